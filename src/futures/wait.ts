/**
 * Waits for many futures at once, and says which are done.
 *
 * Rules: knows no executor; takes anything that has a `then`.
 * Guarantees: each item is in exactly one of the two sets, as it stood when `wait` returned. Leaves no listener and no timer.
 */

import { checkOptions, duration, oneOf } from '../base/validate.js';
import { happensWithin } from './happens-within.js';
import { collectFutures, isFuture, watchFutures } from './watch.js';

/** When `wait` returns. */
export type ReturnWhen = 'all-completed' | 'first-completed' | 'first-exception';

/** Options of `wait`. */
export interface WaitOptions {
  /** Return after this time, whatever is done; 0 means: look, do not wait. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** Default: `'all-completed'`. `'first-exception'` means the first failure, or all; a cancellation is no failure. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/** What is done and what is not. */
export interface WaitResult<F> {
  readonly done: Set<F>;
  readonly notDone: Set<F>;
}

const waitChecks = {
  timeoutMs: duration(),
  returnWhen: oneOf('all-completed', 'first-completed', 'first-exception'),
};

/**
 * Waits until all of `futures` are done, or the first, or one has failed, or the time is over. Takes futures of different
 * executors, promises, and the same one twice. Does not throw when one fails: look into `done`. Counts as observing.
 * From `concurrent.futures.wait`.
 */
export async function wait<F extends PromiseLike<unknown>>(
  futures: Iterable<F>,
  options?: WaitOptions,
): Promise<WaitResult<F>> {
  const { timeoutMs = Infinity, returnWhen = 'all-completed' } = checkOptions('WaitOptions', options, waitChecks);
  const notDone = collectFutures(futures);
  const done = new Set<F>();
  let hasFailure = false;
  let onEnough: (() => void) | undefined;

  const isEnough = (): boolean => {
    if (notDone.size === 0) return true;
    switch (returnWhen) {
      case 'all-completed':
        return false;
      case 'first-completed':
        return done.size > 0;
      case 'first-exception':
        return hasFailure;
      default:
        return returnWhen satisfies never;
    }
  };
  const watch = watchFutures([...notDone], (item, { hasFailed }) => {
    notDone.delete(item);
    done.add(item);
    hasFailure ||= hasFailed;
    if (isEnough()) onEnough?.();
  });
  // A promise that has settled says so only after a turn of the event loop.
  const canWait = timeoutMs > 0 || ![...notDone].every(isFuture);
  if (!isEnough() && canWait) {
    await happensWithin(timeoutMs, (happened) => {
      onEnough = happened;
      return () => {};
    });
  }
  watch.stop();
  return { done, notDone };
}
