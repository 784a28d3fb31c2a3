/**
 * A link in virtual time, one way: what is sent arrives in order, each message after a latency of its own.
 *
 * Rules: never looks into a message. `test/sim` stands on it, too.
 */

import type { VirtualClock } from './virtual-clock.js';

/** What a link is made of. */
export interface SimulatedLinkParts<T> {
  readonly clock: Pick<VirtualClock, 'nowMs' | 'at'>;
  /** Drawn anew for each message. */
  latencyMs(): number;
  receive(message: T): void;
}

/** Carries messages to whoever receives them; see the file's header. */
export class SimulatedLink<T> {
  readonly #parts: SimulatedLinkParts<T>;
  #lastArrivalMs = 0;

  constructor(parts: SimulatedLinkParts<T>) {
    this.#parts = parts;
  }

  /** The moment when all that was sent will have arrived. */
  get drainedAtMs(): number {
    return Math.max(this.#lastArrivalMs, this.#parts.clock.nowMs());
  }

  send(message: T): void {
    const { clock, latencyMs, receive } = this.#parts;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, clock.nowMs() + latencyMs());
    clock.at(this.#lastArrivalMs, () => receive(message));
  }
}
