/**
 * A map that forgets what was not used for longest, bounded by the number of entries and by their weight.
 *
 * Rules: a plain data structure; no clock.
 * Guarantees: neither bound is exceeded after `set`, except by one entry that alone weighs more.
 */

import { SafeMap } from '../intrinsics.js';

/** The two bounds. */
export interface LruLimits {
  readonly maxEntries: number;
  readonly maxWeight: number;
}

/** Values under keys, the least recently used forgotten first. */
export interface LruMap<K, V> {
  readonly size: number;
  readonly weight: number;
  get(key: K): V | undefined;
  set(key: K, value: V, weight: number): void;
}

/** Makes an empty map. */
export function createLruMap<K, V>({ maxEntries, maxWeight }: LruLimits): LruMap<K, V> {
  const entries = new SafeMap<K, { readonly value: V; readonly weight: number }>();
  let total = 0;
  const forget = (key: K): void => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };
  return {
    get size() {
      return entries.size;
    },
    get weight() {
      return total;
    },
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // A `Map` keeps the order of insertion: what is used goes to its end.
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, weight) {
      forget(key);
      entries.set(key, { value, weight });
      total += weight;
      for (const oldest of entries.keys()) {
        if (entries.size === 1 || (entries.size <= maxEntries && total <= maxWeight)) return;
        forget(oldest);
      }
    },
  };
}
