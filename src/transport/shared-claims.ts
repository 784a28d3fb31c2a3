/**
 * The claims of a link to a thread: the two words of `claims`, in memory that both threads see.
 *
 * Rules: Dekker's, as there: each side writes its own word before it reads the other's. `Atomics` keeps that order.
 */

const { load, store } = Atomics;

/** The worker writes it, the host reads it. */
const BEGUN = 0;
/** The host writes it, the worker reads it. */
const RECALLED = 1;

/** Either side's view of the words. */
export class SharedClaims {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  /** The worker's. */
  #lastBegun = 0;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.#words = new Uint32Array(memory);
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

  /** The worker's: whether the task may begin; if not, the host has taken it back, or will when it hears `skipped`. */
  claim(sequence: number): boolean {
    store(this.#words, BEGUN, sequence);
    if (sequence > load(this.#words, RECALLED)) {
      this.#lastBegun = sequence;
      return true;
    }
    // Withdrawn, so that the host does not take for begun what is not, should this worker die before it says so.
    store(this.#words, BEGUN, this.#lastBegun);
    return false;
  }
}
