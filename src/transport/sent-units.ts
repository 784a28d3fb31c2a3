/**
 * Which functions a worker has been sent, so that each is sent once, and which of them it is to forget.
 *
 * Rules: numbers and sizes only. Guarantees: what a worker keeps is bounded in number and in bytes; what was used last stays.
 */

import type { FunctionUnit } from '../core/ports.js';

/** The two bounds of what one worker keeps. */
const MAX_UNITS = 1000;
const MAX_BYTES = 64 * 2 ** 20;

/** The units of one worker. */
export class SentUnits {
  readonly #sizes = new Map<number, number>();
  #bytes = 0;

  /** Notes that a call names a unit; says whether the worker must hear of it first. */
  use({ id, bytes }: FunctionUnit): 'known' | 'new' {
    const isKnown = this.#sizes.delete(id);
    // A `Map` keeps the order of insertion: what is used goes to its end.
    this.#sizes.set(id, bytes.length);
    if (!isKnown) this.#bytes += bytes.length;
    return isKnown ? 'known' : 'new';
  }

  /** Takes out what the worker is to forget: what was not used for longest, and never the last one. */
  takeForgotten(): readonly number[] {
    if (this.#sizes.size <= MAX_UNITS && this.#bytes <= MAX_BYTES) return NOTHING;
    const forgotten: number[] = [];
    for (const [id, size] of this.#sizes) {
      const isEnough = this.#sizes.size <= MAX_UNITS && this.#bytes <= MAX_BYTES;
      if (isEnough || this.#sizes.size === 1) break;
      this.#sizes.delete(id);
      this.#bytes -= size;
      forgotten.push(id);
    }
    return forgotten;
  }
}

const NOTHING: readonly number[] = [];
