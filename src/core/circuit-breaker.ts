/**
 * Tells when workers die so often, without having done anything, that starting more would never end: too many within
 * some time and without one task finished meanwhile, or too many in a row that did not even get ready, however long each
 * of them took to fail. It also tells when starting more is a waste for now: too many within some time, whatever else
 * the pool gets done.
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
  /** The last death before a task finished. */
  #forgiven = 0;

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

  /** Whether workers keep dying and nothing gets done. */
  get isTripped(): boolean {
    const inRow = Math.min(this.#recent, this.#serial - this.#forgiven);
    return Math.max(inRow, this.#failedStarts) > this.#options.count;
  }

  /** Whether too many have died lately to start others while there is somebody to do the work. */
  get isOverLimit(): boolean {
    return this.#recent > this.#options.count;
  }

  /** Notes one death. Answers with the serial that names the timer which will forget it. */
  recordDeath({ wasReady }: { readonly wasReady: boolean }): number {
    this.#recent += 1;
    this.#serial += 1;
    if (!wasReady) this.#failedStarts += 1;
    return this.#serial;
  }

  /** Notes that a task finished: the pool works, whoever has died. */
  noteFinished(): void {
    this.#forgiven = this.#serial;
    this.#failedStarts = 0;
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
