/**
 * How large memory travels beside the messages of a link whose ends are on one machine, and how shared memory is named. The
 * codec knows no more of files and mappings than this.
 *
 * Guarantees: what a message holds is let go when its owner says so, and at the latest when nobody has the message any more.
 */

import { SafeMap, SafeWeakMap } from './intrinsics.js';
import { FLAG_BESIDE } from './wire.js';

/** Something that is kept while a message may still be read. */
export interface Hold {
  /** The message will not be read again, or was never sent. */
  release(): void;
}

/** From this size on a piece of memory is worth a way of its own. */
export const LARGE_BYTES = 128 * 1024;

/** What memory is found by: whole numbers that only the two ends understand. */
export type Reference = readonly number[];

/** A piece of memory that the other side can find. */
export interface Stored {
  readonly reference: Reference;
  /** Kept as long as the message may be read. */
  readonly hold?: Hold;
  /** The message was not written after all. */
  readonly undo?: Hold;
}

/** Takes a copy of a piece of a buffer: its place among the attachments, or a reference; `undefined` if it cannot. */
export type Beside = (piece: Uint8Array, buffer: ArrayBuffer) => number | Reference | undefined;

/** One end's way to memory beside the messages. */
export interface MemoryPort {
  /** Whether what is stored can be loaded several times. */
  readonly lasts: boolean;
  /** Takes a copy of a piece of a buffer; `undefined`: it must travel inside the message. */
  store(piece: Uint8Array, source: ArrayBuffer): Stored | undefined;
  /** The copy, as memory of its own, or `undefined` when it cannot be had. */
  load(reference: Reference, length: number): ArrayBuffer | undefined;
  /** What names memory that `share` has made, for the other side; `undefined` when it was not, or cannot be seen there. */
  nameShared(memory: object): Stored | undefined;
  /** The shared memory of that name; `undefined` when it is gone. */
  findShared(reference: Reference): object | undefined;
}

const mapped = new SafeWeakMap<ArrayBuffer, true>();

/** Notes that a buffer is a mapping: the engine calls it resizable, but it stands for one that is not. */
export function markMapped(buffer: ArrayBuffer): void {
  mapped.set(buffer, true);
}

/** See `markMapped`. */
export function isMapped(buffer: ArrayBuffer): boolean {
  return mapped.get(buffer) === true;
}

const held = new SafeWeakMap<Uint8Array, readonly Hold[]>();
const abandoned = new FinalizationRegistry<readonly Hold[]>(releaseAll);
const register = abandoned.register.bind(abandoned);

/** Ties what a message needs to its bytes. */
export function holdFor(bytes: Uint8Array, holds: readonly Hold[]): void {
  held.set(bytes, holds);
  register(bytes, holds);
}

/** Whether something is kept for a message. */
export function isHolding(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & FLAG_BESIDE) !== 0;
}

/** A message will not be read again. Costs nothing for one that holds nothing. */
export function releaseMessage(bytes: Uint8Array): void {
  if (!isHolding(bytes)) return;
  const holds = held.get(bytes);
  held.delete(bytes);
  if (holds !== undefined) releaseAll(holds);
}

/** Lets go of several. To let go twice is no error. */
export function releaseAll(holds: readonly Hold[]): void {
  for (let i = 0; i < holds.length; i++) holds[i]?.release();
}

/** A hold that lets go once. */
export function holdOnce(release: () => void): Hold {
  let isHeld = true;
  return {
    release() {
      if (isHeld) release();
      isHeld = false;
    },
  };
}

/** Finds memory again by names that were given to it, as long as it is there. */
export class Names<T extends object> {
  readonly #byName = new SafeMap<string, WeakRef<T>>();
  readonly #gone: FinalizationRegistry<string>;

  constructor() {
    this.#gone = new FinalizationRegistry((name) => {
      if (this.#byName.get(name)?.deref() === undefined) this.#byName.delete(name);
    });
  }

  set(name: string, memory: T): void {
    this.#byName.set(name, new WeakRef(memory));
    this.#gone.register(memory, name);
  }

  get(name: string): T | undefined {
    return this.#byName.get(name)?.deref();
  }
}
