/**
 * What whoever runs a task does to its future.
 *
 * Rules: functions of the future, not an object beside each: there may be a million.
 * Guarantees: a step that `FUTURE_TRANSITIONS` does not have throws.
 */

import type { CancelledError } from '../base/errors.js';
import { type Future, reportTo, stepFuture } from './future.js';

/** The steps in a future's life, for whoever runs its task. */
export interface FutureSteps {
  /** The task is known to have started. */
  start(future: Future<unknown>): void;
  /** The task will be started again. */
  requeue(future: Future<unknown>): void;
  /** The task gave `value`. */
  fulfil(future: Future<unknown>, value: unknown): void;
  /** The task failed with `error`, which may be anything. */
  reject(future: Future<unknown>, error: unknown): void;
  /** The task was cancelled. */
  cancelled(future: Future<unknown>, error: CancelledError): void;
  /** Hands on what the task reported; ignored when the future is done. */
  reportProgress(future: Future<unknown>, value: unknown): void;
}

/** The steps themselves. */
export const futureSteps: FutureSteps = {
  start: (future) => stepFuture(future, 'start'),
  requeue: (future) => stepFuture(future, 'requeue'),
  fulfil: (future, value) => stepFuture(future, 'fulfil', value),
  reject: (future, error) => stepFuture(future, 'reject', error),
  cancelled: (future, error) => stepFuture(future, 'cancel', error),
  reportProgress: (future, value) => reportTo(future, value),
};
