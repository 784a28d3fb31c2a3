/**
 * What travels beside the bytes of a message: shared memory, and what is moved rather than copied. Only a link between
 * threads can carry it, so bytes stay bytes for everybody else: the attachments of a message are found by its bytes.
 *
 * Rules: knows no link. Guarantees: what is moved leaves its owner's hands when the message is written, all of it or
 * nothing; so a failure is told there, and not when the message is on its way.
 */

import { ByteArray, isArrayBuffer, SafeWeakMap, typedArraySet } from './intrinsics.js';
import { Refusal, textOf } from './refusal.js';

const clone = structuredClone;

/** Attachments in the order in which the message names them. */
export interface Attachments {
  /** Shared memory, and what was moved; in a worker, what is still on its way has a hole here. */
  readonly items: unknown[];
  /** The places of what was moved. */
  readonly moved: readonly number[];
  /** Whether what was moved must be there again when the task is tried again: then a worker gets a copy. */
  readonly keeps: boolean;
  /** In a worker: when what is on its way has come. */
  readonly arrival?: Promise<void> | undefined;
}

const attached = new SafeWeakMap<Uint8Array, Attachments>();

/** Lets attachments go with a message. */
export function attach(bytes: Uint8Array, attachments: Attachments): void {
  attached.set(bytes, attachments);
}

/** What goes with a message; mostly nothing. */
export function attachmentsOf(bytes: Uint8Array): Attachments | undefined {
  return attached.get(bytes);
}

/** Collects the attachments of one message while it is written. */
export class Collector {
  readonly #items: object[] = [];
  readonly #moved: number[] = [];
  /** The places of copies that were made for the message, so that they need not be taken from anybody. */
  readonly #copies: number[] = [];
  readonly #transfer: readonly object[];

  constructor(transfer: readonly object[]) {
    this.#transfer = transfer;
  }

  /** Whether the user wants an object to be moved. */
  moves(object: object): boolean {
    for (let i = 0; i < this.#transfer.length; i++) if (this.#transfer[i] === object) return true;
    return false;
  }

  /** The place of an object among the attachments. */
  add(object: object): number {
    const { length } = this.#items;
    for (let i = 0; i < length; i++) if (this.#items[i] === object) return i;
    if (this.moves(object)) this.#moved[this.#moved.length] = length;
    this.#items[length] = object;
    return length;
  }

  /** The place of a copy of some memory, which is moved. */
  addCopy(piece: Uint8Array): number {
    const copy = new ByteArray(piece.length);
    typedArraySet(copy, piece);
    const { length } = this.#items;
    this.#items[length] = copy.buffer;
    this.#copies[this.#copies.length] = length;
    return length;
  }

  /** Takes what is to be moved out of its owner's hands. Throws `Refusal`. */
  finish({ keeps }: { readonly keeps: boolean }): Attachments | undefined {
    if (this.#items.length === 0) return undefined;
    const items: unknown[] = [];
    for (let i = 0; i < this.#items.length; i++) items[i] = this.#items[i];
    const owned: object[] = [];
    for (let i = 0; i < this.#moved.length; i++) {
      const item = this.#items[this.#moved[i] as number] as object;
      if (keeps && !isArrayBuffer(item)) {
        throw new Refusal(
          'what is not memory can be transferred only once: leave out transfer, or retries and retryOn',
        );
      }
      owned[i] = item;
    }
    const moved = move(owned);
    for (let i = 0; i < moved.length; i++) items[this.#moved[i] as number] = moved[i];
    for (let i = 0; i < this.#copies.length; i++) this.#moved[this.#moved.length] = this.#copies[i] as number;
    return { items, moved: this.#moved, keeps };
  }
}

function move(owned: readonly object[]): readonly unknown[] {
  if (owned.length === 0) return owned;
  try {
    return clone(owned, { transfer: owned as never });
  } catch (error) {
    throw new Refusal(`it cannot be transferred: ${textOf(error)}`, { cause: error });
  }
}
