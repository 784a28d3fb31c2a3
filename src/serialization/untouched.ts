/**
 * Whether a function that several messages share still is as it was made: what a task has left on it, no later task is to see.
 *
 * Rules: uses nothing that a task may have replaced; runs no code of the user's.
 */

import type { AnyFunction } from './function-record.js';
import { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } from './intrinsics.js';

/** How a function looked when it was made. */
export interface Look {
  readonly keyCount: number;
  readonly parent: unknown;
  /** What its instances inherit from, if it has such an object. */
  readonly prototype: object | undefined;
  readonly prototypeKeyCount: number;
  readonly prototypeParent: unknown;
}

/** Looks at a function that was just made. */
export function lookAt(fn: AnyFunction): Look {
  const value: unknown = getOwnPropertyDescriptor(fn, 'prototype')?.value;
  const prototype = typeof value === 'object' && value !== null ? value : undefined;
  return {
    keyCount: ownKeys(fn).length,
    parent: getPrototypeOf(fn),
    prototype,
    prototypeKeyCount: prototype === undefined ? 0 : ownKeys(prototype).length,
    prototypeParent: prototype === undefined ? undefined : getPrototypeOf(prototype),
  };
}

/** Whether it looks the same. */
export function isUntouched(fn: AnyFunction, look: Look): boolean {
  const { prototype } = look;
  if (ownKeys(fn).length !== look.keyCount || getPrototypeOf(fn) !== look.parent) return false;
  if (prototype === undefined) return true;
  return (
    getOwnPropertyDescriptor(fn, 'prototype')?.value === prototype &&
    ownKeys(prototype).length === look.prototypeKeyCount &&
    getPrototypeOf(prototype) === look.prototypeParent
  );
}
