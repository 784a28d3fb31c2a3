/**
 * Reducers: how the user sends what the codec refuses. `reduce` makes data of an instance, and the other side gets what `revive`
 * makes of the data there. They are said of a class for the whole program, by the class itself, or for one pool.
 *
 * Rules: knows nothing of the format.
 * Guarantees: of a class's reducers the pool's counts first, then the class's own, then the program's; a subclass uses its nearest
 * parent's. `revive` is one function on each side, however often it travels.
 */

import { inspect } from 'node:util';
import { builtinReducerOf, findBuiltinReducer } from './builtin-reducers.js';
import { type AnyFunction, type FunctionPort, FunctionRefusal } from './function-record.js';
import { trackClass } from './functions/class-tracker.js';
import { getOwnPropertyDescriptor, getPrototypeOf, SafeMap, SafeWeakMap, symbolFor } from './intrinsics.js';
import { constructorOf } from './kinds.js';
import { Refusal } from './refusal.js';

const { stringify } = JSON;

/** Takes an instance apart: what makes it again (a function, or the key of a class whose reducer is there), and what that is given. */
export type Reducer = (value: unknown) => readonly [make: AnyFunction | string, data: unknown];

/** A class whose instances are of the type, abstract ones included. */
export type AbstractClass<T> = abstract new (...args: never[]) => T;

/** How instances of a class travel: as the data that `reduce` makes of one, of which `revive` makes one again, over there. */
export interface ReducerPair<T = unknown, D = unknown> {
  /** Takes an instance apart, here. */
  reduce(instance: T): D;
  /** Makes one of the data, there. */
  revive(data: D): T;
}

/** How one pool sends instances of a class: an item of its option `reducers`. */
export interface PoolReducer extends AnyPair {
  /** The class. Subclasses without a reducer of their own use it too. */
  readonly type: AbstractClass<object>;
}

/** A `ReducerPair` of any types. */
export interface AnyPair {
  /** Takes an instance apart. */
  reduce(instance: never): unknown;
  /** Makes one of the data. */
  revive(data: never): unknown;
}

/** A static member under this symbol is a class's own `ReducerPair`. */
export const REDUCE: unique symbol = symbolFor('tardigrade.reduce') as never;

const registered = new SafeWeakMap<object, ReducerPair>();
let registeredTypes: WeakRef<AbstractClass<object>>[] = [];
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
 * itself, as `static [Symbol.for('tardigrade.reduce')] = { reduce, revive }`, and a pool may have its own: `reducers`.
 */
export function registerReducer<T extends object, D>(type: AbstractClass<T>, pair: ReducerPair<T, D>): void {
  if (!isReducible(type)) throw new TypeError(`registerReducer: "type" must be ${REDUCIBLE}, not ${inspect(type)}`);
  if (!isPair(pair)) {
    throw new TypeError(
      `registerReducer: "pair" must have the functions "reduce" and "revive", and is ${inspect(pair)}`,
    );
  }
  const prototype = type.prototype as object;
  if (registered.get(prototype) === undefined) registeredTypes.push(new WeakRef<AbstractClass<object>>(type));
  registered.set(prototype, pair as unknown as ReducerPair);
  registrations += 1;
}

/** What `isReducible` asks for, to complete the sentence `… must be …`. */
export const REDUCIBLE = 'a class other than Object, Array and Function';

/** Whether instances of a class can have a reducer: those of everyone's classes are written without a look at any. */
export function isReducible(type: unknown): type is AbstractClass<object> {
  if (typeof type !== 'function' || type === Object || type === Array || type === Function) return false;
  return typeof type.prototype === 'object' && type.prototype !== null;
}

function isPair(value: unknown): value is ReducerPair {
  const pair = value as Partial<ReducerPair> | null | undefined;
  return typeof pair?.reduce === 'function' && typeof pair.revive === 'function';
}

function toReducer(pair: ReducerPair): Reducer {
  const revive = pair.revive as AnyFunction;
  // So that it comes back from a worker as the function that it is here, with the variables that it has here.
  trackClass(revive);
  return (value) => [revive, pair.reduce(value)];
}

/** What was registered for a class: it goes along when the class itself travels. */
export function registeredPair(type: AnyFunction): ReducerPair | undefined {
  const prototype: unknown = getOwnPropertyDescriptor(type, 'prototype')?.value;
  return typeof prototype === 'object' && prototype !== null ? registered.get(prototype) : undefined;
}

/** A class that was registered, with its reducer. */
export interface Registration {
  readonly type: AbstractClass<object>;
  readonly pair: ReducerPair;
}

/** How often reducers were registered: unchanged, `listRegistered` says the same. */
export function countRegistrations(): number {
  return registrations;
}

/** The classes that were registered and still live, but for those that say otherwise themselves. */
export function listRegistered(): readonly Registration[] {
  registeredTypes = registeredTypes.filter((reference) => reference.deref() !== undefined);
  return registeredTypes.flatMap((reference) => {
    const type = reference.deref();
    const pair = type && registeredPair(type as unknown as AnyFunction);
    if (type === undefined || pair === undefined || Object.hasOwn(type, REDUCE)) return [];
    return [{ type, pair }];
  });
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

/** What a class is called on both sides; `undefined` when it does not travel. */
export function classKey(type: AnyFunction, port: FunctionPort): string | undefined {
  try {
    const record = port.describe(type);
    return record.kind === 'value' ? trackClass(type) : stringify(record);
  } catch (error) {
    if (error instanceof FunctionRefusal) return undefined;
    throw error;
  }
}

/** The reducers of one codec, by the prototypes of objects. */
export class ReducerTable {
  readonly #port: FunctionPort;
  readonly #own: readonly PoolReducer[];
  /** What is known by the keys of classes: the pool's own on the host, what was shipped in a worker. */
  #byKey: SafeMap<string, Learned> | undefined;
  readonly #nameless = new SafeMap<object, Reducer>();
  #found = new SafeWeakMap<object, Reducer | 'none'>();
  #foundAt = 0;

  constructor(port: FunctionPort, own: readonly PoolReducer[] = []) {
    this.#port = port;
    this.#own = own;
  }

  /** Takes a reducer for the class that is called so. */
  learn(key: string, pair: Learned): void {
    this.#byKey ??= new SafeMap();
    this.#byKey.set(key, pair);
    this.#found = new SafeWeakMap();
  }

  /** What makes instances of the class that is called so. Throws `Refusal`. */
  reviverOf(key: string): AnyFunction {
    const builtin = builtinReducerOf(key);
    if (builtin !== undefined) return builtin.revive;
    const { revive, problem } = this.#keys().get(key) ?? this.#findRegistered(key) ?? UNKNOWN;
    if (revive === undefined) throw new Refusal(`the reducer of its class is not here: ${problem}`);
    return revive;
  }

  /** The reducer of objects with this prototype. */
  find(prototype: object | null): Reducer | undefined {
    if (prototype === null) return undefined;
    if (this.#foundAt !== registrations) {
      this.#found = new SafeWeakMap();
      this.#foundAt = registrations;
    }
    const known = this.#found.get(prototype);
    if (known !== undefined) return known === 'none' ? undefined : known;
    const reducer = this.#search(prototype);
    this.#found.set(prototype, reducer ?? 'none');
    return reducer;
  }

  #search(prototype: object): Reducer | undefined {
    for (let at: object | null = prototype; at !== null; at = getPrototypeOf(at) as object | null) {
      const reducer = this.#findByKey(at) ?? this.#nameless.get(at) ?? findOwn(at);
      if (reducer !== undefined) return reducer;
    }
    const builtin = findBuiltinReducer(prototype);
    return builtin && ((value) => [builtin.key, builtin.reduce(value)]);
  }

  #findByKey(prototype: object): Reducer | undefined {
    if (this.#keys().size === 0) return undefined;
    const type = constructorOf(prototype);
    const key = type && classKey(type, this.#port);
    const learned = key === undefined ? undefined : this.#keys().get(key);
    if (key === undefined || learned === undefined) return undefined;
    const { reduce, problem } = learned;
    if (reduce !== undefined) return (value) => [key, reduce(value)];
    return () => {
      throw new Refusal(`the reducer of its class is not here: ${problem}`);
    };
  }

  #keys(): SafeMap<string, Learned> {
    if (this.#byKey !== undefined) return this.#byKey;
    this.#byKey = new SafeMap();
    for (let i = 0; i < this.#own.length; i++) {
      const reducer = this.#own[i] as PoolReducer;
      const key = classKey(reducer.type as unknown as AnyFunction, this.#port);
      if (key !== undefined) this.#byKey.set(key, toLearned(reducer));
      // Such a class is never there; what its instances are made into may be something else.
      else this.#nameless.set(reducer.type.prototype as object, toReducer(reducer as unknown as ReducerPair));
    }
    return this.#byKey;
  }

  #findRegistered(key: string): Learned | undefined {
    const found = listRegistered().find(({ type }) => classKey(type as unknown as AnyFunction, this.#port) === key);
    return found && toLearned(found.pair);
  }
}

/** The two functions of a reducer, and what is wrong where one is missing. */
export interface Learned {
  readonly reduce: ((value: unknown) => unknown) | undefined;
  readonly revive: AnyFunction | undefined;
  readonly problem: string;
}

const UNKNOWN: Learned = {
  reduce: undefined,
  revive: undefined,
  problem: 'it was registered after this worker had started, or what it captures holds such instances itself',
};

function toLearned(pair: AnyPair): Learned {
  return {
    reduce: (value) => pair.reduce(value as never),
    revive: (data: never) => pair.revive(data),
    problem: '',
  };
}
