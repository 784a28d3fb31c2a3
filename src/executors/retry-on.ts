/**
 * `TaskOptions.retryOn` as a function of the error.
 */

import type { RetryOn } from './executor.js';

/** A class matches its instances, a text the errors with that `code`. */
export function toPredicate(retryOn: RetryOn | undefined): ((error: unknown) => boolean) | undefined {
  if (retryOn === undefined || typeof retryOn === 'function') return retryOn;
  return (error) =>
    retryOn.some((mark) =>
      typeof mark === 'string' ? (error as { code?: unknown } | null)?.code === mark : error instanceof mark,
    );
}
