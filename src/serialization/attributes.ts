/**
 * What an object is beyond the values of its properties: accessors, hidden properties, properties that cannot be changed, and
 * whether it may be extended. It travels with objects that functions capture, which shall be there what they are here; of arguments and
 * results the values travel, as in structured clone.
 *
 * Rules: typed arrays and objects of the platform have none of it; of elements nothing is asked one by one.
 * Guarantees: runs no getter.
 */

import { Damaged } from './byte-reader.js';
import { hasHiddenNames, isIndex, isPlain } from './extras.js';
import type { PropertyState } from './function-record.js';
import {
  freeze,
  getOwnPropertyDescriptor,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  hasOwn,
  isArray,
  isExtensible,
  isFrozen,
  isNativeError,
  isSealed,
  preventExtensions,
  seal,
} from './intrinsics.js';
import type { Base } from './kinds.js';
import { readProperties } from './reader-closures.js';
import type { Reader } from './reader-context.js';
import { isCommonSymbol } from './symbols.js';
import { writeOwnProperties } from './writer-closures.js';
import type { Writer } from './writer-context.js';

const INTEGRITY = { extensible: 0, closed: 1, sealed: 2, frozen: 3 } as const;

/** What lies over an object once its values are there. */
export interface Attributes {
  readonly integrity: number;
  readonly properties: readonly PropertyState[];
}

/** What has to be said of a captured object; `undefined` of most. */
export function attributesOf(object: object, base: Base): Attributes | undefined {
  switch (base) {
    case 'object':
    case 'array':
    case 'map':
    case 'set':
    case 'date':
    case 'regExp':
    case 'boxed':
    case 'error':
      return describe(object, base);
    default:
      return undefined;
  }
}

/** Whether the base writes nothing but properties, so that all of them can be described in their order. */
export function isAllProperties(object: object, base: Base): boolean {
  return base === 'object' || (base === 'error' && !isNativeError(object));
}

/** The properties that are more, or less, than a name and its value; all of them once there is one, where that can be. */
function describe(object: object, base: Base): Attributes | undefined {
  const integrity = integrityOf(object);
  const all: PropertyState[] = [];
  const special: PropertyState[] = [];
  const keys = keysOf(object, base);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | symbol;
    const state = { key, descriptor: getOwnPropertyDescriptor(object, key) as PropertyDescriptor };
    all[all.length] = state;
    if (isSpecial(state, { integrity, hidden: base !== 'error' })) special[special.length] = state;
  }
  if (special.length === 0 && integrity === INTEGRITY.extensible) return undefined;
  return { integrity, properties: special.length > 0 && isAllProperties(object, base) ? all : special };
}

function integrityOf(object: object): number {
  if (isExtensible(object)) return INTEGRITY.extensible;
  if (isFrozen(object)) return INTEGRITY.frozen;
  return isSealed(object) ? INTEGRITY.sealed : INTEGRITY.closed;
}

/** The names and symbols that are no elements and not what makes the object what it is. */
function keysOf(object: object, base: Base): (string | symbol)[] {
  const keys: (string | symbol)[] = [];
  const names = isArray(object) && !hasHiddenNames(object) ? [] : getOwnPropertyNames(object);
  const hasElements = base === 'array' || base === 'boxed';
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (!(hasElements && isIndex(name)) && !isOfBase(name, base)) keys[keys.length] = name;
  }
  const symbols = getOwnPropertySymbols(object);
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as symbol;
    // What the platform keeps under symbols of its own is no part of an instance.
    if (isCommonSymbol(symbol) || isPlain(object)) keys[keys.length] = symbol;
  }
  return keys;
}

function isOfBase(name: string, base: Base): boolean {
  switch (base) {
    case 'array':
    case 'boxed':
      return name === 'length';
    case 'regExp':
      return name === 'lastIndex';
    case 'error':
      // It may be an accessor.
      return name === 'stack';
    default:
      return false;
  }
}

interface Ordinary {
  readonly integrity: number;
  /** Whether what is hidden has to be told; of errors it travels anyway. */
  readonly hidden: boolean;
}

function isSpecial({ descriptor }: PropertyState, { integrity, hidden }: Ordinary): boolean {
  if (!hasOwn(descriptor, 'value') || (hidden && !descriptor.enumerable)) return true;
  if (!descriptor.writable && integrity !== INTEGRITY.frozen) return true;
  return !descriptor.configurable && integrity < INTEGRITY.sealed;
}

/** Writes them. The reader needs the object first, with its values. */
export function writeAttributes(writer: Writer, object: object, { integrity, properties }: Attributes): void {
  writer.out.byte(integrity);
  writeOwnProperties(writer, object, properties);
}

/** Lays them over an object. */
export function readAttributes(reader: Reader, object: object): void {
  const integrity = reader.in.byte();
  readProperties(reader, object);
  try {
    if (integrity === INTEGRITY.frozen) freeze(object);
    else if (integrity === INTEGRITY.sealed) seal(object);
    else if (integrity === INTEGRITY.closed) preventExtensions(object);
  } catch {
    throw new Damaged('an object cannot be frozen');
  }
}
