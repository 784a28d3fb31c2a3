/**
 * Reducers: how the user sends what the codec refuses. As in Python's `copyreg`, a class is mapped to a function that
 * returns `[make, ...args]`; the other side gets what `make(...args)` returns there.
 *
 * Rules: knows nothing of the format.
 */

import type { AnyFunction } from './function-record.js';
import { getPrototypeOf, mapForEach, SafeMap } from './intrinsics.js';

/** Takes an instance apart: the function that makes it again, and its arguments. */
export type Reducer<T = unknown> = (value: T) => readonly [make: AnyFunction, ...args: unknown[]];

/** Any class, abstract ones included. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** Reducers by class. A subclass uses its nearest parent's. */
export type Reducers = ReadonlyMap<AnyClass, Reducer<never>>;

/** Finds the reducer of an object by its prototype. */
export class ReducerTable {
  private readonly byPrototype = new SafeMap<object, Reducer>();
  readonly none: boolean;

  constructor(reducers: Reducers | undefined) {
    this.none = reducers === undefined || reducers.size === 0;
    if (reducers === undefined) return;
    mapForEach(reducers as Map<unknown, unknown>, (reduce, type) => {
      this.byPrototype.set((type as AnyClass).prototype as object, reduce as Reducer);
    });
  }

  /** The reducer of objects with this prototype. */
  find(prototype: object | null): Reducer | undefined {
    if (this.none) return undefined;
    for (let at = prototype; at !== null; at = getPrototypeOf(at)) {
      const reducer = this.byPrototype.get(at);
      if (reducer !== undefined) return reducer;
    }
    return undefined;
  }
}
