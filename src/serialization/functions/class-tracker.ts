/**
 * Gives each class that travels by value a name that is the same wherever it goes, so that it is one class in a worker however
 * often it comes, and its instances are instances of the host's class when they come back. A function that makes instances for a
 * reducer gets one too: it comes back as itself.
 *
 * Guarantees: keeps the classes that were used last, for an instance may come back when nobody else holds its class; older ones
 * only while somebody holds them.
 */

import { origin } from '../../base/origin.js';
import type { AnyFunction } from '../function-record.js';
import { SafeMap, SafeWeakMap } from '../intrinsics.js';
import { createLruMap } from './lru-map.js';

const HELD = 500;
const ids = new SafeWeakMap<AnyFunction, string>();
const classes = new SafeMap<string, WeakRef<AnyFunction>>();
const held = createLruMap<string, AnyFunction>({ maxEntries: HELD, maxWeight: Number.POSITIVE_INFINITY });
const collected = new FinalizationRegistry<string>((id) => {
  if (classes.get(id)?.deref() === undefined) classes.delete(id);
});
let lastNumber = 0;

/** The name of a class; it gets one when it first travels. */
export function trackClass(type: AnyFunction): string {
  const known = ids.get(type);
  if (known !== undefined) {
    held.set(known, type, 0);
    return known;
  }
  lastNumber += 1;
  const id = `${origin}.${lastNumber}`;
  noteClass(type, id);
  return id;
}

/** The name of a function that its class makes: it is one there as long as somebody holds it, and comes back as itself. */
export function trackFunction(fn: AnyFunction): string {
  const known = ids.get(fn);
  if (known !== undefined) return known;
  lastNumber += 1;
  const id = `${origin}.${lastNumber}`;
  noteFunction(fn, id);
  return id;
}

/** Whether it has a name. */
export function isTracked(type: AnyFunction): boolean {
  return ids.get(type) !== undefined;
}

/** The class of a name, if it is known here. */
export function findClass(id: string): AnyFunction | undefined {
  return held.get(id) ?? classes.get(id)?.deref();
}

/** Whether a class was made here, and not of what came from elsewhere. */
export function isOriginal(id: string): boolean {
  return id.startsWith(`${origin}.`);
}

/** Notes a class under the name that it has elsewhere. */
export function noteClass(type: AnyFunction, id: string): void {
  noteFunction(type, id);
  held.set(id, type, 0);
}

/** The same for a function, which nothing here holds. */
export function noteFunction(fn: AnyFunction, id: string): void {
  ids.set(fn, id);
  classes.set(id, new WeakRef(fn));
  collected.register(fn, id);
}
