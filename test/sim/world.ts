/**
 * What the simulated workers live in: time, chance, the log of the truth, and the faults that befall them.
 *
 * Guarantees: no more faults than the climate allows, so that every storm ends.
 */

import type { TaskId } from '#src/core/events.js';
import type { Random } from '#src/testing/random.js';
import type { VirtualClock } from '#src/testing/virtual-clock.js';
import type { Behaviour, Climate } from './plan.js';
import type { Truth } from './truth.js';

/** All that can go wrong with a worker, each at its step of the protocol. */
export const FAULTS = [
  'spawn-failed',
  'never-ready',
  'dies-starting',
  'start-failed',
  'dies-when-ready',
  'dies-idle',
  'stalls-idle',
  'dies-before-started',
  'dies-running',
  'stalls-before-started',
  'stalls-running',
  'dies-after-finished',
  'says-spent',
  'never-leaves',
  'dies-leaving',
  'late-message',
  'slow-kill',
  'killed-from-outside',
] as const;

/** The name of a fault. */
export type Fault = (typeof FAULTS)[number];

/** What a world is made of. */
export interface WorldParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly climate: Climate;
  readonly truth: Truth;
  behaviourOf(task: TaskId): Behaviour;
  /** A fault happens. */
  onFault(fault: Fault, worker: number): void;
}

/** See the file's header. */
export class World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly climate: Climate;
  readonly truth: Truth;
  readonly behaviourOf: (task: TaskId) => Behaviour;
  readonly #onFault: WorldParts['onFault'];
  #faultsLeft: number;

  constructor({ clock, random, climate, truth, behaviourOf, onFault }: WorldParts) {
    this.clock = clock;
    this.random = random;
    this.climate = climate;
    this.truth = truth;
    this.behaviourOf = behaviourOf;
    this.#onFault = onFault;
    this.#faultsLeft = climate.faultLimit;
  }

  /** Whether this fault happens now, to this worker. */
  strikes(fault: Fault, worker: number): boolean {
    if (!this.random.chance(this.climate.faultChance)) return false;
    return this.force(fault, worker);
  }

  /** Makes a fault happen, if there may be any more. */
  force(fault: Fault, worker: number): boolean {
    if (this.#faultsLeft === 0) return false;
    this.#faultsLeft -= 1;
    this.#onFault(fault, worker);
    return true;
  }

  /** How long a message takes. */
  latencyMs(worker: number): number {
    const usualMs = this.random.between(0, this.climate.latencyMs);
    const isLate = this.random.chance(this.climate.lateChance) && this.force('late-message', worker);
    return isLate ? usualMs + this.random.between(50, 1_000) : usualMs;
  }
}
