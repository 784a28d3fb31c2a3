/**
 * The claims of a link to a thread: the page of `claims`, in memory that both threads see.
 *
 * Rules: Dekker's, as there: each side writes its own words before it reads the other's. `Atomics` keeps that order.
 * Guarantees: a thread may be ended between any two of its steps, and what it kept before is still there: `length` is written
 * after the frames that it measures, and those lie still until all have left by the link. That is known by `told`, which is
 * read again behind them; no seal is needed here.
 */

import { typedArraySet } from '../serialization/intrinsics.js';
import { CLAIM_HEAD_BYTES, KEPT_BYTES_MAX, type KeptFrames, PAGE_BYTES, RECALLED_AT } from './kept-frames.js';

const { add, load, store } = Atomics;
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
    const told = load(this.#words, TOLD);
    const length = load(this.#words, LENGTH);
    if (length === 0 || length > KEPT_BYTES_MAX) return undefined;
    // A copy: the worker goes on writing.
    const bytes = Buffer.from(this.#bytes.slice(CLAIM_HEAD_BYTES, CLAIM_HEAD_BYTES + length).buffer);
    // Without a fence the copy could be read after what tells whether it is one.
    add(this.#words, RECALLED, 0);
    return load(this.#words, TOLD) === told ? { told, bytes } : undefined;
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
    if (told !== this.#copiedBehind) {
      store(this.#words, LENGTH, 0);
      store(this.#words, TOLD, told);
      this.#copied = 0;
      this.#copiedBehind = told;
    }
    const first = this.#copied;
    if (length === first) return;
    const added = new BytesOf(memory.buffer, memory.byteOffset + CLAIM_HEAD_BYTES + first, length - first);
    typedArraySet(this.#bytes, added, CLAIM_HEAD_BYTES + first);
    store(this.#words, LENGTH, length);
    this.#copied = length;
  }
}
