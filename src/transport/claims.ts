/**
 * Who may begin a task: the worker that holds it, or the host that takes it back. Both sides must agree at once, even
 * while the worker's event loop is blocked by the task before, so a message will not do: they share eight bytes.
 *
 *   word 0: `begun`     the number of the last task that the worker was about to begin   (the worker writes, the host reads)
 *   word 1: `recalled`  every task up to this number that has not begun is taken back    (the host writes, the worker reads)
 *
 * Each side writes its own word before it reads the other's (Dekker's rule), so at least one of them sees the other. When
 * both do, the task is the worker's to give back: it says `skipped`.
 *
 * Rules: tasks are numbered by their order on the link, from 1. The bytes are a file that has no name any more; it lives
 * as long as a descriptor does, so nothing is left after any end. Where no file can be made there are no claims: nothing can
 * be taken back, so a worker is sent one task at a time, and says that it begins before it does.
 */

import fs from 'node:fs';
import { join } from 'node:path';

const { readSync, writeSync, openSync, closeSync, unlinkSync, fstatSync } = fs;
const { Buffer } = globalThis;

const WORD = 4;

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
   * Makes the shared bytes in the first of these folders that takes them; `undefined` if none does. They are written here,
   * because a file system that is full lets an empty file be made, and would fail the worker at its first claim.
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
      writeSync(fd, Buffer.alloc(2 * WORD), 0, 2 * WORD, 0);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return new HostClaims(fd);
  }

  /** Takes back every task up to `last` that has not begun; answers the number of the last one that may have. */
  recall(last: number): number {
    writeWord(this.fd, this.#scratch, last, WORD);
    return readWord(this.fd, this.#scratch, 0);
  }

  /** The number of the last task that the worker was about to begin; 0 when somebody has spoiled the claims. */
  readBegun(): number {
    try {
      return readWord(this.fd, this.#scratch, 0);
    } catch {
      return 0;
    }
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

  /** Whether the task may begin; if not, the host has taken it back, or will when it hears `skipped`. */
  claim(sequence: number): boolean {
    writeWord(this.#fd, this.#scratch, sequence, 0);
    let mayBegin = false;
    try {
      mayBegin = sequence > readWord(this.#fd, this.#scratch, WORD);
    } finally {
      // Withdrawn, so that the host does not take for begun what is not, should this worker die before it says so.
      if (mayBegin) this.#lastBegun = sequence;
      else writeWord(this.#fd, this.#scratch, this.#lastBegun, 0);
    }
    return mayBegin;
  }
}
