/**
 * A launcher of simulated workers, and the roster of those that are alive.
 *
 * Rules: only what `core/ports` says; who is to come to harm is asked for by number or by task, or drawn.
 */

import type { Launcher, WorkerListener } from '../core/ports.js';
import type { WorkerEntry } from '../supervision/worker-entry.js';
import type { Hello } from '../transport/wire.js';
import { SimulatedWorker } from './simulated-worker.js';
import type { SimulatedWorld } from './simulated-world.js';

/** What a launcher is made of. */
export interface SimulatedLauncherParts {
  readonly world: SimulatedWorld;
  readonly hello: Omit<Hello, 'workerId'>;
  readonly entry: WorkerEntry | undefined;
}

/** See the file's header. */
export class SimulatedLauncher implements Launcher {
  readonly #parts: SimulatedLauncherParts;
  readonly #workers = new Set<SimulatedWorker>();
  #launched = 0;

  constructor(parts: SimulatedLauncherParts) {
    this.#parts = parts;
  }

  readonly launch = (listener: WorkerListener): SimulatedWorker => {
    const { world, hello, entry } = this.#parts;
    this.#launched += 1;
    const worker = new SimulatedWorker({
      world,
      hello: { ...hello, workerId: this.#launched, instructions: entry?.instruct() },
      listener: {
        onMessage: (message) => listener.onMessage(message),
        onExit: (exit) => {
          this.#workers.delete(worker);
          listener.onExit(exit);
        },
      },
    });
    this.#workers.add(worker);
    return worker;
  };

  readonly close = async (): Promise<void> => {};

  /** What goes on that virtual time does not move. */
  get activity(): SimulatedWorker['activity'] {
    const all = [...this.#workers].map(({ activity }) => activity);
    if (all.includes('loading')) return 'loading';
    return all.includes('own-code') ? 'own-code' : 'none';
  }

  /** The tasks that have begun and are not answered, for messages. */
  describeTasks(): string {
    const tasks = this.#alive().flatMap(({ id, task }) => task && `task ${task.id} (${task.name}) on worker ${id}`);
    return tasks.filter((text) => text !== undefined).join(', ') || 'no task';
  }

  /** A worker by its number; without one, a busy one by chance, or else any. Throws `RangeError`. */
  find(id: number | undefined): SimulatedWorker {
    const alive = this.#alive();
    const busy = alive.filter(({ task }) => task !== undefined);
    const choices = id === undefined ? (busy.length > 0 ? busy : alive) : alive.filter((worker) => worker.id === id);
    if (choices.length > 0) return this.#parts.world.random.pick(choices);
    const known = alive.map((worker) => worker.id).join(', ') || 'none';
    throw new RangeError(id === undefined ? 'no worker is alive' : `no worker ${id} is alive; known are ${known}`);
  }

  /** The worker that has begun a task. Throws `RangeError`. */
  findByTask(wanted: number | string): SimulatedWorker {
    const found = this.#alive().find(({ task }) => task?.id === wanted || task?.name === wanted);
    if (found !== undefined) return found;
    throw new RangeError(`no task ${String(wanted)} is running; running: ${this.describeTasks()}`);
  }

  #alive(): SimulatedWorker[] {
    return [...this.#workers].filter(({ isAlive }) => isAlive);
  }
}
