/**
 * How many items of a `map` should travel together next, from how long the items before them took.
 *
 * A chunk should be long enough that its way costs little, and short enough that the last one keeps nobody waiting. So it aims
 * at a few milliseconds, grows and shrinks step by step, and where the length of the input is known, never takes
 * more than a worker's fair share of what is left.
 *
 * Rules: pure; hears durations, reads no clock.
 */

/** How long a chunk should take. */
const TARGET_US = 5000;
/** How many times as large as the one before a chunk may be. */
const GROWTH = 8;
const MAX_ITEMS = 8192;
/** How many chunks for each worker the rest of the input is cut into, at least. */
const SHARES = 2;

/** See the file's header. */
export class ChunkPace {
  readonly #maxWorkers: number;
  #size = 1;

  constructor({ maxWorkers }: { readonly maxWorkers: number }) {
    this.#maxWorkers = maxWorkers;
  }

  /** A chunk has taken so long in its worker. */
  note(items: number, durationUs: number): void {
    const eachUs = Math.max(durationUs / items, TARGET_US / MAX_ITEMS);
    const fitting = Math.max(1, Math.floor(TARGET_US / eachUs));
    // Chunks that were sent before the last change say the same again: they make it grow no further.
    if (fitting < this.#size) this.#size = Math.floor((this.#size + fitting) / 2);
    else if (items >= this.#size || items * GROWTH > this.#size) this.#size = Math.min(fitting, items * GROWTH);
  }

  /** How many items the next chunk should have, when so many are left; `undefined` when nobody knows. */
  next(left: number | undefined): number {
    if (left === undefined) return this.#size;
    const share = Math.ceil(left / (SHARES * this.#maxWorkers));
    return Math.max(1, Math.min(this.#size, share));
  }
}

/** How many items an input has, where it says so. */
export function lengthOf(items: unknown): number | undefined {
  if (Array.isArray(items)) return items.length;
  if (items instanceof Set || items instanceof Map) return items.size;
  if (ArrayBuffer.isView(items) && !(items instanceof DataView)) return (items as Uint8Array).length;
  return undefined;
}
