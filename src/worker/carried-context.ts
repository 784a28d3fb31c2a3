/**
 * What tasks are given of the async context of who submitted them, by name: in storages of the worker's own, one for each name.
 *
 * They hang on the global object under a registered symbol, so that copies of this package, in bundles say, share them.
 *
 * Rules: knows no link and no codec. Uses nothing that a task before may have replaced.
 * Guarantees: a value is seen by the code of its own task and by nothing else; where nothing is carried, no storage is made.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { checkArgument, string } from '../base/validate.js';
import { SafeMap, uncurry } from '../serialization/intrinsics.js';

/** Values by the names of their stores. */
export type CarriedValues = Readonly<Record<string, unknown>>;

/** A store of the submitter's async context, and the name that tasks know it by. */
export interface NamedStore {
  readonly name: string;
  readonly storage: AsyncLocalStorage<unknown>;
}

type Storages = SafeMap<string, AsyncLocalStorage<unknown>>;

const { keys, defineProperty } = Object;
const REGISTRY = Symbol.for('tardigrade.context');
const global = globalThis as { readonly [REGISTRY]?: Storages };
if (global[REGISTRY] === undefined) defineProperty(global, REGISTRY, { value: new SafeMap() });
const storages = global[REGISTRY] as Storages;

const carried: NamedStore[] = [];

const runIn = uncurry(
  AsyncLocalStorage.prototype.run as (this: AsyncLocalStorage<unknown>, store: unknown, call: () => unknown) => unknown,
);

function storageOf(name: string): AsyncLocalStorage<unknown> {
  let storage = storages.get(name);
  if (storage === undefined) {
    storage = new AsyncLocalStorage();
    storages.set(name, storage);
  }
  return storage;
}

/** The stores that have been carried here. */
export function carriedStores(): readonly NamedStore[] {
  return carried;
}

/** Calls a function where each name has its value. */
export function runCarrying(values: CarriedValues, call: () => unknown): unknown {
  const names = keys(values);
  let run = call;
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const storage = carrierOf(name);
    const inner = run;
    run = () => runIn(storage, values[name], inner);
  }
  return run();
}

function carrierOf(name: string): AsyncLocalStorage<unknown> {
  const storage = storageOf(name);
  let index = 0;
  while (index < carried.length && carried[index]?.name !== name) index += 1;
  if (index === carried.length) carried[index] = { name, storage };
  return storage;
}

/**
 * What the store named `name` in the option `context` of the pool held where this task was submitted; `undefined` if it held
 * nothing, and outside of tasks. It is a copy, as an argument is. The type is the caller's word, as that of a store is.
 */
export function carriedContext<T = unknown>(name: string): T | undefined {
  checkArgument('name', name, string({ minLength: 1 }));
  return storages.get(name)?.getStore() as T | undefined;
}

/**
 * The storage in which `carriedContext(name)` finds its value: for what takes an `AsyncLocalStorage`, such as a logger, or the
 * option `context` of a pool in the task. Always the same one for a name.
 */
export function contextStorage<T = unknown>(name: string): AsyncLocalStorage<T> {
  checkArgument('name', name, string({ minLength: 1 }));
  return storageOf(name) as AsyncLocalStorage<T>;
}
