/**
 * Memory that `share` has made, and that others have shared with this process: what it is called, and where its file is.
 *
 * Rules: a region is called by its maker, a number and its file, wherever it is seen.
 * Guarantees: the same memory is the same buffer in one thread, however often and from wherever it comes. The file is open
 * as long as the buffer can be reached, and has no name that could be left behind.
 */

import fs from 'node:fs';
import { SafeWeakMap } from '../serialization/intrinsics.js';
import { Names, type Reference, type Stored } from '../serialization/memory-port.js';
import { locate, openLocation } from './locations.js';
import { loadNatives } from './natives.js';

const { closeSync, fstatSync } = fs;
const { pid } = process;
const GrowableBuffer = SharedArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer;

interface Region {
  /** Maker, number, file. */
  readonly name: readonly [number, number, number];
  readonly length: number;
  /** The file's descriptor here, if it has a file. */
  fd: number | undefined;
  close(fd: number): void;
}

const byMemory = new SafeWeakMap<object, Region>();
const byName = new Names<SharedArrayBuffer>();
const gone = new FinalizationRegistry<Region>(closeFile);
let serial = 0;

/** Memory of `length` bytes that other processes can see where that is possible, and other threads everywhere. Throws when there is none. */
export function createRegion(length: number): SharedArrayBuffer {
  serial += 1;
  const natives = loadNatives();
  // An empty file cannot be mapped, and nothing can be seen of it.
  if (natives === undefined) {
    const memory = new GrowableBuffer(length, { maxByteLength: length });
    return enter(memory, { name: [pid, serial, 0], length, fd: undefined, close: closeSync });
  }
  const fd = natives.createFile();
  try {
    natives.reserve(fd, length);
    natives.seal(fd, 'writable');
    const memory = natives.mapShared(fd, length);
    return enter(memory, {
      name: [pid, serial, locate(fd).ino],
      length,
      fd,
      close: (created) => natives.closeFile(created),
    });
  } catch (error) {
    natives.closeFile(fd);
    throw error;
  }
}

/** Gives back what a region takes, here; it is empty then, and cannot be sent any more. */
export function disposeRegion(memory: SharedArrayBuffer): void {
  const region = byMemory.get(memory);
  if (region === undefined) return;
  byMemory.delete(memory);
  if (region.fd !== undefined) loadNatives()?.unmap(memory);
  closeFile(region);
}

/** What names a region for another process. */
export function nameForProcess(memory: object): Stored | undefined {
  const region = byMemory.get(memory);
  if (region?.fd === undefined) return undefined;
  // The message keeps the memory, and the memory its file.
  return { reference: [...region.name, region.length, pid, region.fd], hold: { release: () => void memory } };
}

/** What names a region in the same thread. */
export function nameHere(memory: object): Stored | undefined {
  const region = byMemory.get(memory);
  if (region === undefined) return undefined;
  return { reference: region.name, hold: { release: () => void memory } };
}

/** The memory of a region that may have been named elsewhere; `undefined` when it is gone. */
export function findRegion(reference: Reference): SharedArrayBuffer | undefined {
  const [maker = 0, number = 0, ino = 0, length, owner, ownersFd] = reference;
  const known = byName.get(nameOf([maker, number, ino]));
  if (known !== undefined || length === undefined || owner === undefined || ownersFd === undefined) return known;
  const natives = loadNatives();
  if (natives === undefined) return undefined;
  let fd: number | undefined;
  try {
    fd = openLocation({ pid: owner, fd: ownersFd, ino }, 'r+');
    if (fstatSync(fd).size < length) throw new Error('The file is shorter than the memory.');
    return enter(natives.mapShared(fd, length), { name: [maker, number, ino], length, fd, close: closeSync });
  } catch {
    if (fd !== undefined) closeSync(fd);
    return undefined;
  }
}

function enter(memory: SharedArrayBuffer, region: Region): SharedArrayBuffer {
  byMemory.set(memory, region);
  byName.set(nameOf(region.name), memory);
  gone.register(memory, region);
  return memory;
}

function nameOf([maker, number, ino]: Region['name']): string {
  return `${maker} ${number} ${ino}`;
}

function closeFile(region: Region): void {
  const { fd } = region;
  region.fd = undefined;
  if (fd !== undefined) region.close(fd);
}
