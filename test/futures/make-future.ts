/** Futures without an executor: what the tests of this folder step by hand. */

import { CancelledError } from '#src/base/errors.js';
import { createFuture, type Future } from '#src/futures/future.js';
import { futureSteps } from '#src/futures/future-steps.js';

/** A future with its steps. */
export interface FutureController<T> {
  readonly future: Future<T>;
  start(): void;
  requeue(): void;
  fulfil(value: T): void;
  reject(error: unknown): void;
  cancelled(error: CancelledError): void;
  reportProgress(value: unknown): void;
}

/** Makes a future whose `cancel()` is always granted. */
export function makeFuture<T>(name = 'task'): FutureController<T> {
  const future: Future<T> = createFuture<T>({
    name,
    onCancel(reason) {
      futureSteps.cancelled(future, new CancelledError(`task ${name} was cancelled`, { cause: reason }));
      return true;
    },
  });
  return {
    future,
    start: () => futureSteps.start(future),
    requeue: () => futureSteps.requeue(future),
    fulfil: (value) => futureSteps.fulfil(future, value),
    reject: (error) => futureSteps.reject(future, error),
    cancelled: (error) => futureSteps.cancelled(future, error),
    reportProgress: (value) => futureSteps.reportProgress(future, value),
  };
}

/** A future in each state. The rejected one is observed, so that it does not end the test run. */
export function makeOneOfEach(): Record<
  'pending' | 'running' | 'fulfilled' | 'rejected' | 'cancelled',
  Future<number>
> {
  const running = makeFuture<number>('runner');
  running.start();
  const fulfilled = makeFuture<number>();
  fulfilled.start();
  fulfilled.fulfil(42);
  const rejected = makeFuture<number>();
  rejected.future.addDoneCallback(() => {});
  rejected.reject(new RangeError('no'));
  const cancelled = makeFuture<number>();
  cancelled.future.cancel('why');
  return {
    pending: makeFuture<number>('waiter').future,
    running: running.future,
    fulfilled: fulfilled.future,
    rejected: rejected.future,
    cancelled: cancelled.future,
  };
}

/** Collects `process` events of one kind while `act` runs, and until what it left to microtasks and ticks is over. */
export async function collectEvents(event: string, act: () => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const listener = (first: unknown): void => void seen.push(first);
  // The test runner would take an unhandled rejection for a failed test.
  const others = process.listeners(event as 'unhandledRejection');
  process.removeAllListeners(event);
  process.on(event, listener);
  try {
    await act();
    // Node reports unhandled rejections and warnings before it turns to the next immediate.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off(event, listener);
    for (const other of others) process.on(event, other);
  }
  return seen;
}
