/**
 * Watches many futures, promises and other thenables at once: what `wait` and `asCompleted` stand on.
 *
 * Rules: only tells what has settled; decides nothing and knows no time.
 * Guarantees: each item is told once and not kept after that. After `stop()` nothing is told, no listener is left on a
 * future, and what is left on a promise (which cannot be taken back) holds nothing but that promise.
 */

import { checkArgument, matching } from '../base/validate.js';
import { Future, onFutureDone } from './future.js';

/** A running watch. */
export interface Watch {
  /** Tells nothing more. */
  stop(): void;
}

/** Called when `item` has settled; for what has settled already, before `watchFutures` returns (futures only). */
export type SettledListener<F> = (item: F, outcome: { readonly hasFailed: boolean }) => void;

const iterable = matching<Iterable<unknown>>(
  'an iterable of futures or promises',
  (value) =>
    (typeof value === 'object' || typeof value === 'string') &&
    value !== null &&
    typeof Reflect.get(Object(value), Symbol.iterator) === 'function',
);

const thenable = matching<PromiseLike<unknown>>(
  'a future or a promise',
  (value) =>
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    (value instanceof Future || typeof Reflect.get(value, 'then') === 'function'),
);

/** The distinct items of `futures`, in order. Throws a `TypeError` that names the first one that cannot be waited for. */
export function collectFutures<F extends PromiseLike<unknown>>(futures: Iterable<F>): Set<F> {
  checkArgument('futures', futures, iterable);
  const items = new Set<F>();
  let index = 0;
  for (const item of futures) {
    checkArgument(`futures[${index}]`, item, thenable);
    items.add(item);
    index += 1;
  }
  return items;
}

/** Whether the state of `item` can be seen at once. Of a promise, it can only be waited for. */
export function isFuture(item: unknown): item is Future<unknown> {
  return item instanceof Future;
}

/** Tells `onSettled` of each item that settles. A failure that is watched counts as observed. */
export function watchFutures<F extends PromiseLike<unknown>>(items: Iterable<F>, onSettled: SettledListener<F>): Watch {
  const unsubscribers = new Map<F, () => void>();
  let listener: SettledListener<F> | undefined = onSettled;
  for (const item of items) {
    if (isFuture(item)) {
      const unsubscribe = onFutureDone(item, () => {
        unsubscribers.delete(item);
        listener?.(item, { hasFailed: item.state === 'rejected' });
      });
      if (!item.done()) unsubscribers.set(item, unsubscribe);
    } else {
      const tell = (hasFailed: boolean): void => listener?.(item, { hasFailed });
      Promise.resolve(item).then(
        () => tell(false),
        () => tell(true),
      );
    }
  }
  return {
    stop() {
      listener = undefined;
      for (const unsubscribe of unsubscribers.values()) unsubscribe();
      unsubscribers.clear();
    },
  };
}
