/**
 * Reducers: how the user sends what the codec refuses. As in Python's `copyreg`, a class is mapped to a function that
 * returns `[make, ...args]`; the other side gets what `make(...args)` returns there.
 *
 * Rules: knows nothing of the format.
 */

import type { AnyFunction } from './function-record.js';
import { getOwnPropertyDescriptor, getPrototypeOf, mapForEach, SafeMap, SafeWeakMap, symbolFor } from './intrinsics.js';
import { constructorOf } from './kinds.js';
import { Refusal } from './refusal.js';

/** Takes an instance apart: the function that makes it again, and its arguments. */
export type Reducer<T = unknown> = (value: T) => readonly [make: AnyFunction, ...args: unknown[]];

/** Any class, abstract ones included. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** Reducers by class. A subclass uses its nearest parent's. */
export type Reducers = ReadonlyMap<AnyClass, Reducer<never>>;

/** How instances of a class travel: as the data that `reduce` makes of one, of which `revive` makes one again, over there. */
export interface ReducerPair<T = unknown, D = unknown> {
  /** Takes an instance apart, here. */
  reduce(instance: T): D;
  /** Makes one of the data, there. */
  revive(data: D): T;
}

/** A static member under this symbol is a class's own `ReducerPair`. */
export const REDUCE: unique symbol = symbolFor('tardigrade.reduce') as never;

const registered = new SafeWeakMap<object, ReducerPair>();
/** Counts registrations: what was found before one counts no more. */
let registrations = 0;

/**
 * Says how instances of a class travel, as arguments, results and captured values, in every executor of this program:
 *
 * ```ts
 * registerReducer(Database, { reduce: (db) => db.url, revive: (url) => new Database(url) });
 * ```
 *
 * Subclasses without a reducer of their own use it too. `revive` travels like any other function. A class may carry its reducer
 * itself, as `static [Symbol.for('tardigrade.reduce')] = { reduce, revive }`.
 */
export function registerReducer<T extends object, D>(type: AbstractClass<T>, pair: ReducerPair<T, D>): void {
  const prototype: unknown = typeof type === 'function' ? type.prototype : undefined;
  if (typeof prototype !== 'object' || prototype === null)
    throw new TypeError('registerReducer: "type" must be a class');
  if (!isPair(pair)) throw new TypeError('registerReducer: "pair" must have the functions "reduce" and "revive"');
  registered.set(prototype, pair as unknown as ReducerPair);
  registrations += 1;
}

/** A class whose instances are of the type. */
export type AbstractClass<T> = abstract new (...args: never[]) => T;

function isPair(value: unknown): value is ReducerPair {
  const pair = value as Partial<ReducerPair> | null | undefined;
  return typeof pair?.reduce === 'function' && typeof pair.revive === 'function';
}

function toReducer(pair: ReducerPair): Reducer {
  const revive = pair.revive as AnyFunction;
  return (value) => [revive, pair.reduce(value)];
}

/** What was registered for a class: it goes along when the class itself travels. */
export function registeredPair(type: AnyFunction): ReducerPair | undefined {
  const prototype: unknown = getOwnPropertyDescriptor(type, 'prototype')?.value;
  return typeof prototype === 'object' && prototype !== null ? registered.get(prototype) : undefined;
}

/** The reducer that a class says of itself, or was said of it. */
function findOwn(prototype: object): Reducer | undefined {
  const type = constructorOf(prototype);
  const pair: unknown = type && getOwnPropertyDescriptor(type, REDUCE)?.value;
  const known = registered.get(prototype);
  if (pair === undefined) return known && toReducer(known);
  if (isPair(pair)) return toReducer(pair);
  throw new Refusal('its class has a reducer under Symbol.for("tardigrade.reduce") that is no { reduce, revive }');
}

/** Finds the reducer of an object by its prototype. */
export class ReducerTable {
  private readonly byPrototype = new SafeMap<object, Reducer>();
  private found = new SafeWeakMap<object, Reducer | 'none'>();
  private foundAt = 0;

  constructor(reducers: Reducers | undefined) {
    if (reducers === undefined) return;
    mapForEach(reducers as Map<unknown, unknown>, (reduce, type) => {
      this.byPrototype.set((type as AnyClass).prototype as object, reduce as Reducer);
    });
  }

  /** The reducer of objects with this prototype. */
  find(prototype: object | null): Reducer | undefined {
    if (prototype === null) return undefined;
    if (this.foundAt !== registrations) {
      this.found = new SafeWeakMap();
      this.foundAt = registrations;
    }
    const known = this.found.get(prototype);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const reducer = this.search(prototype);
    this.found.set(prototype, reducer ?? 'none');
    return reducer;
  }

  private search(prototype: object): Reducer | undefined {
    for (let at: object | null = prototype; at !== null; at = getPrototypeOf(at) as object | null) {
      const reducer = this.byPrototype.get(at) ?? findOwn(at);
      if (reducer !== undefined) return reducer;
    }
    return undefined;
  }
}
