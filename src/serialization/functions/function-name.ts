/**
 * The name of a function, for people: in task names, errors and traces.
 *
 * Rules: reads one own property; runs nothing of the user's.
 */

import type { AnyFunction } from '../function-record.js';
import { getOwnPropertyDescriptor } from '../intrinsics.js';

/** The function's own `name`, unless a class has put something else there. */
export function ownNameOf(fn: AnyFunction): string | undefined {
  const name: unknown = getOwnPropertyDescriptor(fn, 'name')?.value;
  return typeof name === 'string' ? name : undefined;
}

/** What a task is called when it was given no name: its function's, or `(anonymous)`. */
export function describeFunctionName(fn: AnyFunction): string {
  return ownNameOf(fn) || '(anonymous)';
}
