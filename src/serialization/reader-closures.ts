/**
 * Makes functions of code and captured values. Twin of `writer-closures.ts`.
 *
 * Rules: trusts nothing that it reads; the port compiles.
 * Guarantees: a function has its number before its captured values are read, so that they may lead back to it; a class that was
 * sent from here and comes back is the original, untouched.
 */

import { Damaged } from './byte-reader.js';
import { type AnyFunction, countValues, type MadeClosure } from './function-record.js';
import {
  defineProperty,
  deleteProperty,
  functionPrototype,
  getOwnPropertyDescriptor,
  setPrototypeOf,
} from './intrinsics.js';
import type { Reader } from './reader-context.js';
import { codeOf } from './reader-table.js';
import { CLOSURE_PART, PROPERTY } from './writer-closures.js';

/** Reads the head of a function and makes it, without the values of its variables. */
export function makeClosure(reader: Reader): AnyFunction {
  const code = codeOf(reader, reader.in.size());
  const number = reader.registerUnfinished();
  const id = reader.in.string();
  const uninitialized: number[] = [];
  for (let left = reader.in.count(1); left > 0; left--) uninitialized[uninitialized.length] = reader.in.size();
  const head: unknown[] = [];
  for (let i = 0; i < code.record.head.length; i++) head[i] = reader.read();
  const made = code.make({ id, head, uninitialized });
  reader.finish(number, made.fn);
  reader.noteClosure(made, countValues(code.record));
  return made.fn;
}

/** Reads the captured values and what was set on the function. */
export function fillClosure(reader: Reader, fn: object): void {
  const { made, cellCount } = reader.closureOf(fn);
  const cells: unknown[] = [];
  for (let i = 0; i < cellCount; i++) cells[i] = reader.read();
  const isMade = made.origin === 'made';
  if (isMade) made.fill(cells);
  const parts = reader.in.byte();
  const isReused = made.restore !== undefined;
  const own = parts & CLOSURE_PART.properties ? readProperties(reader, isMade ? fn : undefined, { isReused }) : NO_KEYS;
  const inherited = parts & CLOSURE_PART.prototype ? readPrototype(reader, made, isMade) : NO_KEYS;
  made.restore?.({ own, inherited });
  if (parts & CLOSURE_PART.parent) {
    const parent = reader.read();
    if (isMade) setPrototypeOf(fn, asParent(parent));
  }
  if (parts & CLOSURE_PART.deleted) {
    readDeleted(reader, isMade ? fn : undefined);
    readDeleted(reader, isMade ? prototypeOfClass(fn) : undefined);
  }
}

function readDeleted(reader: Reader, target: object | undefined): void {
  for (let left = reader.in.count(1); left > 0; left--) {
    const key = readKey(reader);
    if (target !== undefined) deleteProperty(target, key);
  }
}

function readKey(reader: Reader): string | symbol {
  const key = reader.read();
  if (typeof key !== 'string' && typeof key !== 'symbol') throw new Damaged('a key is neither a string nor a symbol');
  return key;
}

function asParent(value: unknown): object | null {
  if (value !== null && typeof value !== 'object' && typeof value !== 'function')
    throw new Damaged('a prototype is none');
  return value;
}

function readPrototype(reader: Reader, { fn, restore }: MadeClosure, isMade: boolean): PropertyKey[] {
  const prototype: unknown = getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if (typeof prototype !== 'object' || prototype === null) throw new Damaged('a function has no prototype');
  const hasConstructor = reader.in.byte() !== 0;
  if (!hasConstructor && isMade) deleteProperty(prototype, 'constructor');
  const parentKind = reader.in.byte();
  const parent = parentKind === 0 ? undefined : reader.read();
  if (parentKind === 1 && isMade) {
    if (typeof parent !== 'function') throw new Damaged('a prototype is none');
    setPrototypeOf(prototype, asParent((parent as unknown as { prototype: unknown }).prototype));
  } else if (parentKind === 2 && isMade) {
    setPrototypeOf(prototype, asParent(parent));
  }
  const keys = readProperties(reader, isMade ? prototype : undefined, { isReused: restore !== undefined });
  if (!hasConstructor) keys[keys.length] = 'constructor';
  return keys;
}

const NO_KEYS: readonly PropertyKey[] = [];

/**
 * Twin of `writeProperties`; gives the keys. What is used again keeps all its properties configurable, so that the next message can
 * give them other values.
 */
export function readProperties(
  reader: Reader,
  target: object | undefined,
  { isReused = false }: { readonly isReused?: boolean } = {},
): PropertyKey[] {
  const keys: PropertyKey[] = [];
  for (let left = reader.in.count(3); left > 0; left--) {
    const key = readKey(reader);
    keys[keys.length] = key;
    const flags = reader.in.byte();
    const value = reader.read();
    const descriptor: Record<string, unknown> = {
      __proto__: null,
      enumerable: (flags & PROPERTY.enumerable) !== 0,
      configurable: isReused || (flags & PROPERTY.configurable) !== 0,
    };
    if (flags & PROPERTY.accessor) {
      descriptor.get = value;
      descriptor.set = reader.read();
    } else {
      descriptor.value = value;
      descriptor.writable = (flags & PROPERTY.writable) !== 0;
    }
    if (target !== undefined) define(target, key, descriptor);
  }
  return keys;
}

function define(target: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  try {
    defineProperty(target, key, descriptor);
  } catch {
    throw new Damaged('a property cannot be defined');
  }
}

/** The prototype of a class that was read. */
export function prototypeOfClass(type: unknown): object {
  const prototype: unknown =
    typeof type === 'function' ? getOwnPropertyDescriptor(type, 'prototype')?.value : undefined;
  if (typeof prototype !== 'object' || prototype === null || type === functionPrototype) {
    throw new Damaged('a class has no prototype');
  }
  return prototype;
}
