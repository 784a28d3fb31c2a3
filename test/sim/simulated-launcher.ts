/** A `Launcher` whose workers live in virtual time. */

import type { Launcher, WorkerListener } from '#src/core/ports.js';
import { SimulatedWorker } from './simulated-worker.js';
import type { World } from './world.js';

/** Starts simulated workers and keeps a list of those that have not been reported dead. */
export class SimulatedLauncher implements Launcher {
  readonly #world: World;
  readonly #workers = new Map<number, SimulatedWorker>();
  #launched = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The workers whose exit the host has not heard of. */
  get workers(): SimulatedWorker[] {
    return [...this.#workers.values()];
  }

  async close(): Promise<void> {}

  launch(listener: WorkerListener): SimulatedWorker {
    this.#launched += 1;
    const id = this.#launched;
    const worker = new SimulatedWorker({
      world: this.#world,
      id,
      listener: {
        onMessage: (message) => listener.onMessage(message),
        onExit: (exit) => {
          this.#workers.delete(id);
          listener.onExit(exit);
        },
      },
    });
    this.#workers.set(id, worker);
    return worker;
  }
}
