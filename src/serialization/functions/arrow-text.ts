/**
 * The texts of arrow functions that may be the same as others': see `interchangeable`.
 *
 * Rules: looks at the function only, and at its text for two signs.
 */

import type { AnyFunction } from '../function-record.js';

const { toString: textOf } = Function.prototype;
const { getPrototypeOf, ownKeys } = Reflect;
const asyncPrototype = getPrototypeOf(async () => {});

/** Longer texts cost more than a look-up is worth. */
const MAX_LENGTH = 500;

/** The text of a short arrow function with nothing set on it; `undefined` for everything else, known at a glance. */
export function readArrowText(fn: AnyFunction): string | undefined {
  const keys = ownKeys(fn);
  if (keys.length !== 2 || keys[0] !== 'length' || keys[1] !== 'name') return undefined;
  const text = Reflect.apply(textOf, fn, []) as string;
  if (text.length > MAX_LENGTH || !text.includes('=>')) return undefined;
  return getPrototypeOf(fn) === (text.startsWith('async') ? asyncPrototype : Function.prototype) ? text : undefined;
}
