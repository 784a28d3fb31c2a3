/**
 * Where worker processes put large results: files of memory that the host has made and keeps open, so that a result is safe
 * once it is written, whatever becomes of its worker.
 *
 * A worker is given its first files when it has sent so much through the link that it is worth it, and a new one for each
 * that it used. When it has none left, the link carries what it has.
 *
 * Rules: believes nothing that a worker says of a file but its number, which nobody can guess, and looks at the file itself.
 * Guarantees: what was mapped of a file can neither change nor vanish.
 */

import type * as CryptoModule from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { selfUrl } from '../base/self-url.js';
import { markMapped } from '../serialization/memory-port.js';
import { locate } from './locations.js';
import { loadNatives, readAll } from './natives.js';
import { Worth } from './worth.js';

const { fstatSync } = fs;
const { setImmediate } = globalThis;

/** A file that a worker may fill. */
export interface SlotOffer {
  readonly id: number;
  readonly pid: number;
  readonly fd: number;
  readonly ino: number;
}

/** Who takes the offers of files. */
export interface SlotUser {
  offer(slot: SlotOffer): void;
}

interface Slot {
  readonly user: SlotUser;
  readonly fd: number;
  /** What was read of it; an answer may be read twice. */
  memory: ArrayBuffer | undefined;
}

const requireBuiltin = createRequire(selfUrl);

/** How many files a worker has, so that it need not wait for the next one. */
const SLOTS_EACH = 2;
const MAX_ID = 2 ** 47;

/** See the file's header. */
export class AnswerSlots {
  readonly #slots = new Map<number, Slot>();
  readonly #users = new Map<SlotUser, Worth>();

  /** A worker has sent a large answer through its link. */
  noteLarge(user: SlotUser, bytes: number): void {
    const worth = this.#users.get(user) ?? new Worth();
    this.#users.set(user, worth);
    if (!worth.note(bytes)) return;
    for (let missing = SLOTS_EACH - this.#count(user); missing > 0; missing -= 1) this.#open(user);
  }

  /** The content of a file that a worker has filled, as memory of its own. */
  load(id: number, length: number): ArrayBuffer | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined) return undefined;
    if (slot.memory !== undefined) return slot.memory.byteLength === length ? slot.memory : undefined;
    try {
      slot.memory = take(slot.fd, length);
    } catch {
      return undefined;
    } finally {
      closeFile(slot.fd);
      if (slot.memory === undefined) this.#slots.delete(id);
      else setImmediate(() => this.#slots.delete(id));
      this.#open(slot.user);
    }
    return slot.memory;
  }

  /** A worker is gone. */
  retire(user: SlotUser): void {
    this.#users.delete(user);
    for (const [id, slot] of this.#slots) {
      if (slot.user !== user || slot.memory !== undefined) continue;
      this.#slots.delete(id);
      closeFile(slot.fd);
    }
  }

  #count(user: SlotUser): number {
    let count = 0;
    for (const slot of this.#slots.values()) if (slot.user === user && slot.memory === undefined) count += 1;
    return count;
  }

  #open(user: SlotUser): void {
    const natives = loadNatives();
    if (natives === undefined || !this.#users.has(user)) return;
    let fd: number | undefined;
    try {
      fd = natives.createFile();
      // Loaded late: it takes a tenth of the time in which the package is imported.
      const { randomInt } = requireBuiltin('node:crypto') as typeof CryptoModule;
      const offer = { id: randomInt(MAX_ID), ...locate(fd) };
      this.#slots.set(offer.id, { user, fd, memory: undefined });
      user.offer(offer);
    } catch {
      // No descriptor is left: the link needs none.
      if (fd !== undefined) natives.closeFile(fd);
    }
  }
}

/** A slot is there only where the system's calls are. */
function closeFile(fd: number): void {
  loadNatives()?.closeFile(fd);
}

/** Maps a filled file; one that still can be changed is copied. */
function take(fd: number, length: number): ArrayBuffer {
  const natives = loadNatives();
  if (natives === undefined || fstatSync(fd).size < length) throw new Error('The file is not what was said of it.');
  try {
    natives.seal(fd, 'final');
  } catch {
    return readAll(fd, length);
  }
  const memory = natives.mapOwn(fd, length);
  markMapped(memory);
  return memory;
}
