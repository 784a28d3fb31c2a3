/**
 * What simulated workers live in: time, chance, what takes how long, and the story that is written down.
 *
 * Rules: knows no worker.
 */

import type { ExitReport } from '../base/exit-reason.js';
import { Random } from './random.js';
import { draw, drawTaskMs, type SimulatedSettings, type SimulatedTask } from './simulated-options.js';
import { VirtualClock } from './virtual-clock.js';

/** What is known of a worker that is in a world. */
export interface WorkerEnd {
  readonly workerId: number;
  readonly exit: ExitReport;
}

/** See the file's header. */
export class SimulatedWorld {
  readonly clock = new VirtualClock();
  readonly random: Random;
  /** What has happened, a line each. */
  readonly trace: string[] = [];
  readonly #settings: SimulatedSettings;

  constructor(settings: SimulatedSettings) {
    this.#settings = settings;
    this.random = new Random(settings.seed);
  }

  /** How long a worker takes to start. */
  startupMs(): number {
    return draw(this.#settings.startupMs, this.random);
  }

  /** How long a message takes. */
  latencyMs(): number {
    return draw(this.#settings.latencyMs, this.random);
  }

  /** How long a task keeps its worker busy. */
  taskMs(task: SimulatedTask): number {
    return drawTaskMs(this.#settings.taskMs, { task, random: this.random });
  }

  /** Whether a worker dies under the task that it begins: when, from 0 (at once) to 1 (when it would have answered). */
  drawLoss(): number | undefined {
    const { lossRate } = this.#settings;
    if (lossRate === 0 || !this.random.chance(lossRate)) return undefined;
    return this.random.next();
  }

  /** Writes down what happens to a worker. */
  note(worker: number, what: string): void {
    this.trace.push(`${Number(this.clock.nowMs().toFixed(3))} ms: worker ${worker} ${what}`);
  }
}
