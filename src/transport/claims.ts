/**
 * Who may begin a task, and what is safe although nobody has read it: a page that a worker process and its host share.
 *
 * Who may begin: the worker that holds a task, or the host that takes it back. Both sides must agree at once, even while
 * the worker's event loop is blocked by the task before, so a message will not do.
 *
 *   word 0:    `begun`     the number of the last task that the worker was about to begin   (the worker writes, the host reads)
 *   word 1:    `told`      how many frames had left by the link before the kept ones        (the same)
 *   word 2:    `length`    how many bytes of kept frames follow, and a seal behind them     (the same)
 *   last word: `recalled`  every task up to this number that has not begun is taken back    (the host writes, the worker reads)
 *
 * Each side writes its own words before it reads the other's (Dekker's rule), so at least one of them sees the other. When
 * both do, the task is the worker's to give back: it says `skipped`.
 *
 * What is kept: answers that the worker has not written to the link yet, so that many of them wake the host once. They
 * are written here, together with `begun`, before the next task begins; the host reads them when the worker is dead, or
 * has not been heard for a while.
 *
 * Rules: tasks are numbered by their order on the link, from 1; knows nothing of what is in a frame. The page is a file that
 * has no name any more; it lives as long as a descriptor does, so nothing is left after any end. Where no file can be made
 * there are no claims: nothing can be taken back, so a worker is sent one task at a time, and says that it begins before it
 * does.
 */

import fs from 'node:fs';
import { join } from 'node:path';
import { CLAIM_HEAD_BYTES, type KeptFrames, keptFramesOf, PAGE_BYTES, RECALLED_AT, sealOf } from './kept-frames.js';

const { readSync, writeSync, openSync, closeSync, unlinkSync, fstatSync } = fs;
const { Buffer } = globalThis;

const WORD = 4;
const BEGUN = 0;

function writeWord(fd: number, scratch: Buffer, value: number, position: number): void {
  scratch.writeUInt32LE(value >>> 0);
  writeSync(fd, scratch, 0, WORD, position);
}

function readWord(fd: number, scratch: Buffer, position: number): number {
  const count = readSync(fd, scratch, 0, WORD, position);
  if (count !== WORD) throw new Error('The shared claims of a link are gone.');
  return scratch.readUInt32LE();
}

/** The host's side. */
export class HostClaims {
  readonly fd: number;
  readonly #scratch = Buffer.alloc(WORD);

  constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * Makes the shared page in the first of these folders that takes it; `undefined` if none does. It is written here, because
   * a file system that is full lets an empty file be made, and would fail the worker at its first claim.
   */
  static create(folders: readonly string[], name: string): HostClaims | undefined {
    for (const folder of folders) {
      try {
        return HostClaims.#createFile(join(folder, name));
      } catch {
        // It is not there, not writable, full, or denied by the permission model.
      }
    }
    return undefined;
  }

  static #createFile(path: string): HostClaims {
    const fd = openSync(path, 'wx+', 0o600);
    try {
      unlinkSync(path);
      // Without a position: a task that writes garbage to any descriptor writes it behind the page from now on.
      writeSync(fd, Buffer.alloc(PAGE_BYTES));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new HostClaims(fd);
  }

  /** Takes back every task up to `last` that has not begun; answers the number of the last one that may have. */
  recall(last: number): number {
    writeWord(this.fd, this.#scratch, last, RECALLED_AT);
    return readWord(this.fd, this.#scratch, BEGUN);
  }

  /** The number of the last task that the worker was about to begin; 0 when somebody has spoiled the claims. */
  readBegun(): number {
    try {
      return readWord(this.fd, this.#scratch, BEGUN);
    } catch {
      return 0;
    }
  }

  /**
   * What the worker keeps here; `undefined` when that is nothing, or cannot be made out. A worker that lives may be writing
   * other frames over these, and a reader may see the end of that before its beginning. So they must lie still between two looks.
   */
  readKept(): KeptFrames | undefined {
    try {
      const kept = this.#readKeptOnce();
      if (kept === undefined) return undefined;
      const again = this.#readKeptOnce();
      const liesStill = again?.told === kept.told && again.bytes.subarray(0, kept.bytes.length).equals(kept.bytes);
      return liesStill ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  #readKeptOnce(): KeptFrames | undefined {
    const page = Buffer.allocUnsafe(RECALLED_AT);
    const count = readSync(this.fd, page, 0, page.length, BEGUN);
    return keptFramesOf(page.subarray(0, count));
  }

  /** Lets the bytes go. */
  close(): void {
    closeSync(this.fd);
  }
}

/** The worker's side. */
export class WorkerClaims {
  readonly #fd: number;
  readonly #scratch = Buffer.alloc(WORD);
  #lastBegun = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The claims behind a descriptor, unless the host had none to give: then something else stands there. */
  static open(fd: number): WorkerClaims | undefined {
    try {
      return fstatSync(fd).isFile() ? new WorkerClaims(fd) : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Whether the task may begin; if not, the host has taken it back, or will when it hears `skipped`. `memory` holds
   * `length` bytes of frames to keep behind `CLAIM_HEAD_BYTES` of room, and room for a seal.
   */
  claim(sequence: number, memory: Buffer, length: number, told: number): boolean {
    memory.writeUInt32LE(sequence >>> 0, 0);
    memory.writeUInt32LE(told >>> 0, 4);
    memory.writeUInt32LE(length, 8);
    let end = CLAIM_HEAD_BYTES + length;
    if (length > 0) end = memory.writeUInt32LE(sealOf(told, length), end);
    writeSync(this.#fd, memory, 0, end, BEGUN);
    let mayBegin = false;
    try {
      mayBegin = sequence > readWord(this.#fd, this.#scratch, RECALLED_AT);
    } finally {
      // Withdrawn, so that the host does not take for begun what is not, should this worker die before it says so.
      if (mayBegin) this.#lastBegun = sequence;
      else writeWord(this.#fd, this.#scratch, this.#lastBegun, BEGUN);
    }
    return mayBegin;
  }
}
