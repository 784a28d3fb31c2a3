/**
 * Hears each of a worker's frames once, whichever way it comes: by the link, or out of the memory where the worker keeps
 * answers that it has not written yet. Those are fetched when it is dead, and when it holds several tasks and has not been
 * heard for a while: it may have finished some, and be busy with a long one.
 *
 * Rules: knows no message; counts frames. Guarantees: frames are heard in the order in which they were said.
 */

import type { Clock, Timer } from '../base/clock.js';
import { type FrameHandler, FrameReader } from './frames.js';
import type { KeptFrames } from './kept-frames.js';

/** What a ledger is made of. */
export interface FrameLedgerOptions {
  readonly clock: Clock;
  /** What the worker keeps now. */
  readKept(): KeptFrames | undefined;
  readonly onFrame: FrameHandler;
  /** What was fetched is not what a worker would keep. */
  onFault(message: string): void;
}

/** How long a worker that holds several tasks may be silent before what it keeps is fetched. */
const SILENCE_MS = 5;

/** See the file's header. */
export class FrameLedger {
  readonly #options: FrameLedgerOptions;
  /** How many frames came by the link. */
  #came = 0;
  /** How many were heard, by either way. */
  #heard = 0;
  #timer: Timer | 'none' | 'closed' = 'none';
  #heardAtLastLook = 0;

  constructor(options: FrameLedgerOptions) {
    this.#options = options;
  }

  /** A frame came by the link. */
  take(kind: number, a: number, b: number, body: Buffer): void {
    this.#came += 1;
    if (this.#came <= this.#heard) return;
    this.#options.onFrame(kind, a, b, body);
    // Only now: what was no frame of the worker's does not count, so that what it keeps is still found.
    this.#heard = this.#came;
  }

  /** Looks after the worker while `holdsSeveral()`. */
  watch(holdsSeveral: () => boolean): void {
    if (this.#timer !== 'none') return;
    this.#heardAtLastLook = this.#heard;
    this.#timer = this.#options.clock.startTimer(SILENCE_MS, () => {
      this.#timer = 'none';
      if (this.#heard === this.#heardAtLastLook) this.fetch();
      if (holdsSeveral()) this.watch(holdsSeveral);
    });
  }

  /** Stops looking, for good: what the memory was may be something else soon. */
  close(): void {
    if (typeof this.#timer === 'object') this.#timer.stop();
    this.#timer = 'closed';
  }

  /** Hears what the worker keeps and has not been heard. */
  fetch(): void {
    const kept = this.#options.readKept();
    // What left before these has not all come: these will come, too.
    if (kept === undefined || kept.told > this.#heard) return;
    let number = kept.told;
    const reader = new FrameReader((kind, a, b, body) => {
      number += 1;
      if (number <= this.#heard) return;
      this.#heard = number;
      this.#options.onFrame(kind, a, b, body);
    });
    try {
      reader.push(kept.bytes);
    } catch (error) {
      this.#options.onFault((error as Error).message);
    }
  }
}
