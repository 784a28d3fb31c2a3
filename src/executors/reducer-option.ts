/**
 * The option `reducers` of a pool: what it may be, and the one form that the rest knows.
 *
 * Guarantees: a copy, so that nobody changes it afterwards; an error names the item and what is wrong with it.
 */

import { type Check, callback, checkArgument, matching } from '../base/validate.js';
import { type AnyPair, isReducible, type PoolReducer, REDUCIBLE } from '../serialization/reducers.js';

/** How instances of some classes travel in a pool. */
export type PoolReducers = readonly PoolReducer[] | ReadonlyMap<PoolReducer['type'], AnyPair>;

/** What can be listed; the items are looked at one by one. */
export function reducerList(): Check<PoolReducers> {
  const expected = 'a list of { type, reduce, revive } or a Map from classes to { reduce, revive }';
  return matching(expected, (value) => Array.isArray(value) || value instanceof Map);
}

/** Checks each reducer. Throws `TypeError`. */
export function checkReducers(given: PoolReducers | undefined): readonly PoolReducer[] {
  if (given === undefined) return [];
  const checked: PoolReducer[] = [];
  const add = (path: string, type: unknown, pair: unknown): void => {
    checkArgument(`${path}.type`, type, matching<PoolReducer['type']>(REDUCIBLE, isReducible));
    checkArgument(path, pair, matching<object>('an object { reduce, revive }', isObject));
    const { reduce, revive } = pair as AnyPair;
    checkArgument(`${path}.reduce`, reduce, callback());
    checkArgument(`${path}.revive`, revive, callback());
    checked.push({ type, reduce, revive });
  };
  if (given instanceof Map) {
    for (const [type, pair] of given as ReadonlyMap<unknown, unknown>)
      add(`options.reducers.get(${nameOf(type)})`, type, pair);
  } else {
    for (const [index, item] of (given as readonly unknown[]).entries()) {
      const path = `options.reducers[${index}]`;
      // As an entry of a Map is.
      const entry = Array.isArray(item)
        ? (item as unknown[])
        : [(item as Partial<PoolReducer> | null | undefined)?.type, item];
      checkArgument(path, item, matching<object>('an object { type, reduce, revive }', isObject));
      add(path, entry[0], entry[1]);
    }
  }
  return checked;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function nameOf(type: unknown): string {
  return typeof type === 'function' ? type.name : String(type);
}
