/**
 * What tasks have left on a class that is used again: it is to be as it was made, and as the host says that it is now.
 *
 * Rules: uses nothing that a task may have replaced; runs no code of the user's.
 * Guarantees: a class that a task has frozen is not used again.
 */

import type { AnyFunction } from '../function-record.js';
import {
  defineProperty,
  deleteProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isExtensible,
  ownKeys,
  setPrototypeOf,
} from '../intrinsics.js';

interface OwnState {
  readonly object: object;
  readonly keys: readonly PropertyKey[];
  readonly descriptors: readonly PropertyDescriptor[];
  readonly parent: object | null;
}

/** A class or a function as its code has made it. */
export interface MadeState {
  readonly own: OwnState;
  /** Of its `prototype`, if it has one. */
  readonly inherited: OwnState | undefined;
  /** Which item of the head the superclass is; -1: none. */
  readonly superclass: number;
}

/** Remembers how a function was made. */
export function takeState(fn: AnyFunction, head: readonly unknown[]): MadeState {
  const prototype: unknown = getOwnPropertyDescriptor(fn, 'prototype')?.value;
  const own = takeOwn(fn);
  let superclass = -1;
  for (let i = 0; i < head.length; i++) if (head[i] === own.parent) superclass = i;
  return {
    own,
    inherited: typeof prototype === 'object' && prototype !== null ? takeOwn(prototype) : undefined,
    superclass,
  };
}

function takeOwn(object: object): OwnState {
  const keys = ownKeys(object);
  const descriptors: PropertyDescriptor[] = [];
  for (let i = 0; i < keys.length; i++) {
    descriptors[i] = getOwnPropertyDescriptor(object, keys[i] as PropertyKey) as PropertyDescriptor;
  }
  return { object, keys, descriptors, parent: getPrototypeOf(object) as object | null };
}

/** Whether it can be put back; then it inherits again from what the host says. */
export function canRestore({ own, inherited, superclass }: MadeState, head: readonly unknown[]): boolean {
  if (!isOpen(own.object) || (inherited !== undefined && !isOpen(inherited.object))) return false;
  const type = superclass === -1 ? undefined : (head[superclass] as { readonly prototype: object });
  setParent(own, type ?? own.parent);
  if (inherited !== undefined) setParent(inherited, type === undefined ? inherited.parent : type.prototype);
  return true;
}

function isOpen(object: object): boolean {
  if (!isExtensible(object)) return false;
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as PropertyKey;
    if (key !== 'prototype' && getOwnPropertyDescriptor(object, key)?.configurable === false) return false;
  }
  return true;
}

function setParent({ object }: OwnState, parent: object | null): void {
  if (getPrototypeOf(object) !== parent) setPrototypeOf(object, parent);
}

/** Puts back what a message has not just defined: the keys of the function and of its `prototype` that it has. */
export function restoreKeys(
  { own, inherited }: MadeState,
  defined: { readonly own: readonly PropertyKey[]; readonly inherited: readonly PropertyKey[] },
): void {
  restoreOwn(own, defined.own);
  if (inherited !== undefined) restoreOwn(inherited, defined.inherited);
}

function restoreOwn({ object, keys, descriptors }: OwnState, defined: readonly PropertyKey[]): void {
  const present = ownKeys(object);
  for (let i = 0; i < present.length; i++) {
    const key = present[i] as PropertyKey;
    if (indexOf(keys, key) === -1 && indexOf(defined, key) === -1) deleteProperty(object, key);
  }
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as PropertyKey;
    const descriptor = descriptors[i] as PropertyDescriptor;
    if (indexOf(defined, key) === -1 && !isSame(getOwnPropertyDescriptor(object, key), descriptor)) {
      defineProperty(object, key, descriptor);
    }
  }
}

function indexOf(keys: readonly PropertyKey[], wanted: PropertyKey): number {
  for (let i = 0; i < keys.length; i++) if (keys[i] === wanted) return i;
  return -1;
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor): boolean {
  return (
    one !== undefined &&
    one.value === other.value &&
    one.get === other.get &&
    one.set === other.set &&
    one.enumerable === other.enumerable &&
    one.writable === other.writable
  );
}
