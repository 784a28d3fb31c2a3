/**
 * Tells when workers die so often, without having done anything, that starting more would never end: too many within
 * some time, or too many in a row that did not even get ready, however long each of them took to fail.
 *
 * Rules: no clock. Each death is forgotten by a timer that the scheduler starts for it.
 */

/** At most `count` such deaths `withinMs`. */
export interface RestartLimit {
  readonly count: number;
  readonly withinMs: number;
}

/** Which deaths count. */
export interface BreakerOptions extends RestartLimit {
  /**
   * `'never-started'`: workers that died without having begun a task. `'never-finished'`: also those that died under
   * their first one, which has cost that task already.
   */
  readonly counts: 'never-started' | 'never-finished';
}

/** What the breaker looks at. */
export interface WorkerRecordOfDeath {
  readonly startedTasks: number;
  readonly finishedTasks: number;
}

/** Counts deaths; see the file's header. */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  #recent = 0;
  #failedStarts = 0;
  #serial = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** How long a death is remembered. */
  get withinMs(): number {
    return this.#options.withinMs;
  }

  /** Whether the death of this worker counts. */
  concerns(worker: WorkerRecordOfDeath): boolean {
    const done = this.#options.counts === 'never-started' ? worker.startedTasks : worker.finishedTasks;
    return done === 0;
  }

  /** Notes one death; `tripped` when it was one too many. `serial` names the timer that will forget it. */
  recordDeath({ wasReady }: { readonly wasReady: boolean }): { readonly serial: number; readonly tripped: boolean } {
    this.#recent += 1;
    this.#serial += 1;
    if (!wasReady) this.#failedStarts += 1;
    return { serial: this.#serial, tripped: Math.max(this.#recent, this.#failedStarts) > this.#options.count };
  }

  /** Notes that a worker got ready: starting works. */
  noteReady(): void {
    this.#failedStarts = 0;
  }

  /** The serials of the deaths that are not forgotten yet: the latest ones, as all are remembered equally long. */
  remembered(): number[] {
    return Array.from({ length: this.#recent }, (_, index) => this.#serial - index);
  }

  /** One death is long enough ago. */
  forgetDeath(): void {
    this.#recent -= 1;
  }
}
