/**
 * Own properties beyond what an object's kind already writes: symbols, names on an array or a Map, and whatever an
 * instance of a class keeps out of sight.
 *
 * Rules: enumerable properties travel, as in structured clone; of class instances the others too, for they are its state.
 * Guarantees: nothing that travels is left out silently; a symbol that cannot travel refuses the value.
 */

import { EventEmitter } from 'node:events';
import { type InspectOptions, inspect } from 'node:util';
import {
  getOwnPropertyNames,
  getOwnPropertySymbols,
  getPrototypeOf,
  isEnumerable,
  objectKeys,
  objectPrototype,
} from './intrinsics.js';
import { Refusal } from './refusal.js';
import { isCommonSymbol } from './symbols.js';
import type { Writer } from './writer-context.js';

/** From this length it is faster to let Node's `inspect`, which skips elements natively, look for other keys. */
const MANY_ELEMENTS = 64;
const INSPECT_OPTIONS = {
  maxArrayLength: 0,
  depth: 0,
  customInspect: false,
  showHidden: false,
  showProxy: true,
  breakLength: Infinity,
  colors: false,
  compact: 3,
} satisfies InspectOptions;
const INSPECT_HIDDEN = { ...INSPECT_OPTIONS, showHidden: true };

const INDICES: string[] = [];
for (let i = 0; i < MANY_ELEMENTS; i++) INDICES[i] = `${i}`;

/** Whether an array has no enumerable names but its elements' indices. */
export function namesAreIndices(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length < MANY_ELEMENTS) {
    const keys = objectKeys(array);
    if (keys.length === length) return length === 0 || keys[length - 1] === INDICES[length - 1];
  }
  return !hasNames(array, length);
}

/** Whether an array may have names, hidden ones included, that are not its elements' indices or its length. */
export function hasHiddenNames(array: readonly unknown[]): boolean {
  const { length } = array;
  if (length >= MANY_ELEMENTS && showsElementsOnly(array, length, INSPECT_HIDDEN)) return false;
  const names = getOwnPropertyNames(array);
  return names[names.length - 1] !== 'length';
}

/** Whether `inspect`, told to leave out all elements, shows nothing else. When it does not say so, the answer is found slowly. */
function showsElementsOnly(elements: object, length: number, options: InspectOptions = INSPECT_OPTIONS): boolean {
  try {
    const text = inspect(elements, options);
    const end = options.showHidden
      ? `[ ... ${length} more items, [length]: ${length} ]`
      : `[ ... ${length} more items ]`;
    const start = text.length - end.length;
    for (let i = 0; i < end.length; i++) if (text[start + i] !== end[i]) return false;
    return true;
  } catch {
    // It uses methods that a program may have broken.
    return false;
  }
}

/** Whether an array or a typed array may have enumerable keys other than its elements' indices. */
function hasNames(elements: object, length: number): boolean {
  if (length >= MANY_ELEMENTS && showsElementsOnly(elements, length)) return false;
  const keys = objectKeys(elements);
  return keys.length > 0 && !isIndex(keys[keys.length - 1] as string);
}

/** Integer keys come first, so that the last key tells whether there is any other. */
export function isIndex(key: string): boolean {
  const index = +key >>> 0;
  return index !== 0xffffffff && `${index}` === key;
}

/** The keys of an array's or typed array's own enumerable properties that are not elements. */
function namesOf(elements: object, length: number): string[] {
  const names: string[] = [];
  if (!hasNames(elements, length)) return names;
  const keys = objectKeys(elements);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (!isIndex(key)) names[names.length] = key;
  }
  return names;
}

/** The own symbols that travel as keys. Throws for one that cannot. */
export function addSymbols(writer: Writer, object: object, keys: PropertyKey[]): void {
  const symbols = getOwnPropertySymbols(object);
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as symbol;
    if (!isEnumerable(object, symbol) || isDispensable(object as Record<symbol, unknown>, symbol)) continue;
    if (!isCommonSymbol(symbol) && writer.captureDepth === 0) {
      writer.trail.enter(object);
      writer.trail.at(symbol);
      throw new Refusal('its key is a local symbol, which would be another one there: use Symbol.for(…) or a string');
    }
    keys[keys.length] = symbol;
  }
}

/** What Node keeps under symbols of its own stands in objects of its classes. */
export function isPlain(object: object): boolean {
  const prototype: unknown = getPrototypeOf(object);
  return prototype === null || prototype === objectPrototype;
}

/** The symbols that every event emitter has; false is what their absence means. */
const emitterSymbols = getOwnPropertySymbols(new EventEmitter());

/**
 * A local symbol can be left out where what is made there reads the same without it: the prototype gives the same value, or it
 * is an event emitter's own and says what its absence says.
 */
function isDispensable(object: Record<symbol, unknown>, symbol: symbol): boolean {
  if (isCommonSymbol(symbol)) return false;
  for (let i = 0; i < emitterSymbols.length; i++) {
    if (emitterSymbols[i] === symbol && !object[symbol]) return true;
  }
  const prototype = getPrototypeOf(object) as Record<symbol, unknown> | null;
  return prototype !== null && symbol in prototype && prototype[symbol] === object[symbol];
}

/** What of an object its base does not write. */
export interface ExtraOptions {
  /** How many index keys the base writes. */
  readonly elements: number;
  /** Whether the base writes the enumerable names itself. */
  readonly namesWritten: boolean;
  /** Whether hidden names travel too, and which of them belong to the base. */
  readonly hidden: boolean;
}

/** The keys of the extra properties, usually none. */
export function extraKeys(writer: Writer, object: object, options: ExtraOptions): PropertyKey[] {
  const keys: PropertyKey[] = options.namesWritten ? [] : namesOf(object, options.elements);
  if (options.hidden) addHidden(object, keys);
  addSymbols(writer, object, keys);
  return keys;
}

function addHidden(object: object, keys: PropertyKey[]): void {
  const names = getOwnPropertyNames(object);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (name === 'length' || name === 'lastIndex' || isEnumerable(object, name)) continue;
    keys[keys.length] = name;
  }
}

/** Writes extra properties: count, then key, whether it is enumerable, and value. */
export function writeExtraProperties(writer: Writer, object: object, keys: readonly PropertyKey[]): void {
  const { out } = writer;
  out.size(keys.length);
  writer.trail.enter(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | symbol;
    writer.trail.at(key);
    writer.write(key);
    out.byte(isEnumerable(object, key) ? 1 : 0);
    writer.write((object as Record<PropertyKey, unknown>)[key]);
  }
  writer.trail.leave();
}
