/**
 * The ends of the way for large memory: of a host of processes, of a worker process, and of whoever is both.
 */

import fs from 'node:fs';
import { LARGE_BYTES, type MemoryPort, markMapped, type Reference, type Stored } from '../serialization/memory-port.js';
import { AnswerSlots, type SlotOffer } from './answer-slots.js';
import { openLocation } from './locations.js';
import { loadNatives, readAll, writeAll } from './natives.js';
import { findRegion, nameForProcess, nameHere } from './shared-regions.js';
import { Snapshots } from './snapshots.js';
import { Worth } from './worth.js';

const { closeSync, fstatSync } = fs;

/** All pools of a program share them: the same array is often sent to several. */
let snapshots: Snapshots | undefined;

/** The host's end of the links to its processes. */
export interface HostMemory extends MemoryPort {
  readonly slots: AnswerSlots;
}

/** Makes a host's end. */
export function createHostMemory(): HostMemory {
  const slots = new AnswerSlots();
  return {
    lasts: true,
    slots,
    store(piece, source) {
      snapshots ??= new Snapshots();
      return snapshots.store(piece, source);
    },
    load: ([id = 0], length) => slots.load(id, length),
    nameShared: nameForProcess,
    findShared: findRegion,
  };
}

/** A worker process's end of its link. */
export interface WorkerMemory extends MemoryPort {
  /** The host has given a file to be filled. */
  offer(slot: SlotOffer): void;
}

/** How much shared memory that a worker has sent is kept, at least. */
const SENT_KEPT = 64;

/** Makes a worker's end. */
export function createWorkerMemory(): WorkerMemory {
  const free: SlotOffer[] = [];
  const give = (slot: SlotOffer): void => {
    free[free.length] = slot;
  };
  const worth = new Worth();
  /** What was made here and sent a moment ago: the host has yet to open it. */
  const sent: (object | undefined)[] = [];
  let lastSent = 0;
  return {
    lasts: false,
    offer: give,
    store(piece) {
      const slot = free[free.length - 1];
      if (slot === undefined || piece.length < LARGE_BYTES) return undefined;
      free.length -= 1;
      return fill(slot, piece, () => give(slot));
    },
    load: (reference, length) => open(reference, length, worth),
    nameShared(memory) {
      lastSent = (lastSent + 1) % SENT_KEPT;
      sent[lastSent] = memory;
      return nameForProcess(memory);
    },
    findShared: findRegion,
  };
}

/** Where host and worker are one thread: only what is shared is known, and it is the same. */
export const localMemory: MemoryPort = {
  lasts: true,
  store: () => undefined,
  load: () => undefined,
  nameShared: nameHere,
  findShared: findRegion,
};

/** `giveBack`: the message was not sent after all. */
function fill(slot: SlotOffer, piece: Uint8Array, giveBack: () => void): Stored | undefined {
  try {
    const fd = openLocation(slot, 'r+');
    try {
      writeAll(fd, piece);
    } finally {
      closeSync(fd);
    }
    return { reference: [slot.id], undo: { release: giveBack } };
  } catch {
    // No memory is left, or the host's files cannot be opened from here.
    return undefined;
  }
}

function open([pid = 0, fd = 0, ino = 0]: Reference, length: number, worth: Worth): ArrayBuffer | undefined {
  let file: number | undefined;
  try {
    file = openLocation({ pid, fd, ino }, 'r');
    if (fstatSync(file).size < length) return undefined;
    const natives = worth.note(length) ? loadNatives() : undefined;
    if (natives === undefined) return readAll(file, length);
    const memory = natives.mapOwn(file, length);
    markMapped(memory);
    return memory;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
