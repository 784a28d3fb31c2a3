/**
 * The claims of a link to a thread: the page of `claims`, in memory that both threads see.
 *
 * Rules: Dekker's, as there: each side writes its own words before it reads the other's. `Atomics` keeps that order, and
 * `length` is written after the frames that it measures.
 */

import { typedArraySet } from '../serialization/intrinsics.js';
import { CLAIM_HEAD_BYTES, type KeptFrames, keptFramesOf, PAGE_BYTES, RECALLED_AT, sealOf } from './kept-frames.js';

const { load, store } = Atomics;
const { Buffer } = globalThis;
const BytesOf = Uint8Array;

/** The host writes it, the worker reads it. */
const RECALLED = RECALLED_AT / 4;
/** These the worker writes. */
const BEGUN = 0;
const TOLD = 1;
const LENGTH = 2;

/** Either side's view of the page. */
export class SharedClaims {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  /** The worker's. */
  #lastBegun = 0;
  /** The worker's: how much of what it keeps lies here already, and behind how many frames. */
  #copied = 0;
  #copiedBehind = 0;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(PAGE_BYTES)) {
    this.memory = memory;
    this.#words = new Uint32Array(memory);
    this.#bytes = new BytesOf(memory);
  }

  /** The host's: takes back every task up to `last` that has not begun; answers the number of the last one that may have. */
  recall(last: number): number {
    store(this.#words, RECALLED, last);
    return load(this.#words, BEGUN);
  }

  /** The host's: the number of the last task that the worker was about to begin. */
  readBegun(): number {
    return load(this.#words, BEGUN);
  }

  /** The host's: what the worker keeps here; `undefined` when that is nothing, or cannot be made out. */
  readKept(): KeptFrames | undefined {
    if (load(this.#words, LENGTH) === 0) return undefined;
    // A copy: the worker goes on writing.
    return keptFramesOf(Buffer.from(this.#bytes.slice(0, RECALLED_AT).buffer));
  }

  /** The worker's: see `WorkerClaims.claim`. */
  claim(sequence: number, memory: Buffer, length: number, told: number): boolean {
    this.#keep(memory, length, told);
    store(this.#words, BEGUN, sequence);
    if (sequence > load(this.#words, RECALLED)) {
      this.#lastBegun = sequence;
      return true;
    }
    // Withdrawn, so that the host does not take for begun what is not, should this worker die before it says so.
    store(this.#words, BEGUN, this.#lastBegun);
    return false;
  }

  /** Frames are only added to what is kept until all of it leaves, so only the new ones are copied. */
  #keep(memory: Buffer, length: number, told: number): void {
    if (length === this.#copied && told === this.#copiedBehind) return;
    const first = told === this.#copiedBehind && length > this.#copied ? this.#copied : 0;
    store(this.#words, LENGTH, 0);
    const added = new BytesOf(memory.buffer, memory.byteOffset + CLAIM_HEAD_BYTES + first, length - first);
    typedArraySet(this.#bytes, added, CLAIM_HEAD_BYTES + first);
    writeSeal(this.#bytes, CLAIM_HEAD_BYTES + length, sealOf(told, length));
    store(this.#words, TOLD, told);
    store(this.#words, LENGTH, length);
    this.#copied = length;
    this.#copiedBehind = told;
  }
}

function writeSeal(target: Uint8Array, at: number, seal: number): void {
  for (let index = 0; index < 4; index += 1) target[at + index] = seal >>> (8 * index);
}
