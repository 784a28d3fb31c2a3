/**
 * What really happened to the tasks, written down where it happened: in the simulated workers. The scheduler's own books
 * are checked against this, never the other way round.
 *
 * Rules: append only; knows nothing of the scheduler.
 */

import type { TaskId } from '#src/core/events.js';
import { promise } from './violation.js';

/** One time that a task began. */
export interface Attempt {
  readonly worker: number;
  readonly beganMs: number;
  /** How it ended, as far as it did. `'result-written'`: whatever happens to the worker now, the host will hear it. */
  end: 'running' | 'result-written' | 'died';
  failed: boolean;
}

/** The log; see the file's header. */
export class Truth {
  readonly #attempts = new Map<TaskId, Attempt[]>();
  readonly #running = new Map<number, TaskId>();
  readonly #begunOn = new Map<number, number>();
  readonly #waiting = new Set<number>();
  /** The most tasks that ever ran at one time without waiting for others; and how many waited at one time. */
  mostRunning = 0;
  mostWaiting = 0;

  /** All times that a task began. */
  attemptsOf(task: TaskId): readonly Attempt[] {
    return this.#attempts.get(task) ?? [];
  }

  /** How many tasks a worker has begun. */
  countBegunOn(worker: number): number {
    return this.#begunOn.get(worker) ?? 0;
  }

  /** `again`: whether the task may begin once more after it failed. */
  noteBegin(worker: number, task: TaskId, { nowMs, again }: { readonly nowMs: number; readonly again: boolean }): void {
    promise(!this.#running.has(worker), () => `worker ${worker} began task ${task} while it ran another one`);
    const earlier = this.#attempts.get(task) ?? [];
    for (const attempt of earlier) {
      const isOver = attempt.end === 'died' || (again && attempt.failed);
      promise(isOver, () => `task ${task} began again although its first attempt is: ${attempt.end}`);
    }
    this.#attempts.set(task, [...earlier, { worker, beganMs: nowMs, end: 'running', failed: false }]);
    this.#running.set(worker, task);
    this.#begunOn.set(worker, this.countBegunOn(worker) + 1);
    this.mostRunning = Math.max(this.mostRunning, this.#running.size - this.#waiting.size);
  }

  /** A worker's task waits for tasks that it has submitted, or goes on. */
  noteWaiting(worker: number, what: 'waits' | 'goes on'): void {
    if (what === 'waits') this.#waiting.add(worker);
    else this.#waiting.delete(worker);
    this.mostWaiting = Math.max(this.mostWaiting, this.#waiting.size);
  }

  noteResult(worker: number, task: TaskId, failed: boolean): void {
    const attempt = this.attemptsOf(task).at(-1) as Attempt;
    attempt.end = 'result-written';
    attempt.failed = failed;
    this.#running.delete(worker);
    this.#waiting.delete(worker);
  }

  noteDeath(worker: number): void {
    const task = this.#running.get(worker);
    if (task !== undefined) (this.attemptsOf(task).at(-1) as Attempt).end = 'died';
    this.#running.delete(worker);
    this.#waiting.delete(worker);
  }
}
