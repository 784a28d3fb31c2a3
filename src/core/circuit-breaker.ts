/**
 * Tells when workers die so often, without having done anything, that starting more would never end.
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
  recordDeath(): { readonly serial: number; readonly tripped: boolean } {
    this.#recent += 1;
    this.#serial += 1;
    return { serial: this.#serial, tripped: this.#recent > this.#options.count };
  }

  /** One death is long enough ago. */
  forgetDeath(): void {
    this.#recent -= 1;
  }
}
