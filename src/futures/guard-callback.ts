/**
 * Makes a user's callback harmless to whoever calls it.
 *
 * Rules: knows no future. Only native promises are looked after when they come back: another thenable (a future, say) has
 * its own way of telling that it failed.
 * Guarantees: the guarded callback never throws, runs in the async context of whoever made it (as a promise's handler
 * would), and its failure, thrown or rejected, becomes one warning with the failure's stack.
 */

import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { warn } from '../base/warning.js';

/** Guards `callback`, which was added to the task `taskName`. */
export function guardCallback<A>(callback: (argument: A) => unknown, taskName: string): (argument: A) => void {
  const call = AsyncResource.bind(callback, 'TARDIGRADE_CALLBACK');
  const onFailure = (cause: unknown): void => {
    warn({ code: 'TARDIGRADE_CALLBACK_FAILED', message: `a done callback of task ${taskName} failed`, cause });
  };
  return (argument) => {
    try {
      const returned = call(argument);
      if (types.isPromise(returned)) returned.then(undefined, onFailure);
    } catch (error) {
      onFailure(error);
    }
  };
}
