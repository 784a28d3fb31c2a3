/**
 * How functions are known to travel.
 *
 * Rules: remembers what it is told. Workers note here what they make of records, without what looks into functions.
 */

import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { SafeWeakMap } from '../intrinsics.js';
import type { KnownClosure } from './closure-state.js';

const { getPrototypeOf, ownKeys } = Reflect;

/** A record, and for a text the number of own properties that the function had with it, and what it inherited from. */
export interface Described {
  readonly record: FunctionRecord;
  readonly keyCount: number | undefined;
  readonly parent?: unknown;
  readonly closure: KnownClosure | undefined;
}

/** What is known of each function. */
export const described = new SafeWeakMap<AnyFunction, Described>();

/** Notes how a function by value travels. */
export function rememberClosure(fn: AnyFunction, closure: KnownClosure): void {
  described.set(fn, { record: closure.record, keyCount: undefined, closure });
}

/** Whether it is known how a function travels. */
export function isRemembered(fn: AnyFunction): boolean {
  return described.has(fn);
}

/** Notes how a function travels, so that it is not looked into: for one that was made of a record. */
export function rememberFunction(fn: AnyFunction, record: FunctionRecord): void {
  const isText = record.kind === 'text';
  const keyCount = isText ? ownKeys(fn).length : undefined;
  described.set(fn, { record, keyCount, parent: isText ? getPrototypeOf(fn) : undefined, closure: undefined });
}
