/**
 * The numbers of a pool's tasks.
 *
 * Rules: frames and shared claims have 32 bits for a number, which a busy pool uses up in some weeks.
 * Guarantees: numbers begin anew behind the last one; no two tasks that are in the pool have the same.
 */

import type { TaskId } from '../core/events.js';

/** The largest number that a frame takes. */
export const LAST_TASK_NUMBER = 2 ** 32 - 1;

/**
 * So many tasks a worker gets at most, and is succeeded: its claims count what it was sent, tasks that were taken back again
 * included, and must not begin anew.
 */
export const MOST_TASKS_OF_A_WORKER = 1_000_000_000;

/** See the file's header. */
export class TaskNumbers {
  #last: TaskId;

  constructor(last: TaskId = 0) {
    this.#last = last;
  }

  /** The next number that is free. */
  give(isTaken: (number: TaskId) => boolean): TaskId {
    do this.#last = this.#last === LAST_TASK_NUMBER ? 1 : this.#last + 1;
    while (isTaken(this.#last));
    return this.#last;
  }
}
