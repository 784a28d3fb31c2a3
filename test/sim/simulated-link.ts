/**
 * A link in virtual time, one way: what is sent arrives in order, each message after a latency of its own.
 */

import type { World } from './world.js';

/** Carries messages to whoever receives them; see the file's header. */
export class SimulatedLink<T> {
  readonly #world: World;
  readonly #worker: number;
  readonly #receive: (message: T) => void;
  #lastArrivalMs = 0;

  constructor(world: World, worker: number, receive: (message: T) => void) {
    this.#world = world;
    this.#worker = worker;
    this.#receive = receive;
  }

  /** The moment when all that was sent will have arrived. */
  get drainedAtMs(): number {
    return Math.max(this.#lastArrivalMs, this.#world.clock.nowMs());
  }

  send(message: T): void {
    const { clock } = this.#world;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, clock.nowMs() + this.#world.latencyMs(this.#worker));
    clock.at(this.#lastArrivalMs, () => this.#receive(message));
  }
}
