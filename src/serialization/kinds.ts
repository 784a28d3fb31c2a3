/**
 * The table of built-in types: how an object's prototype says what the object is, and why some cannot travel.
 *
 * Rules: looks at prototypes only, never at an object's own properties. Guarantees: types of another realm (a `vm`
 * context, a test runner's) count as this realm's of the same name.
 */

import { EventEmitter } from 'node:events';
import {
  functionToString,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isProxy,
  objectPrototype,
  regExpTest,
  SafeMap,
  stringIndexOf,
  stringSlice,
} from './intrinsics.js';
import { ERROR_NAMES, VIEW_NAMES } from './wire.js';

/** What an object is at its base. */
export type Base =
  | 'object'
  | 'array'
  | 'map'
  | 'set'
  | 'date'
  | 'regExp'
  | 'boxed'
  | 'arrayBuffer'
  | 'view'
  | 'error'
  | 'domException'
  | 'url'
  | 'urlSearchParams';

/** Why objects with this prototype cannot travel. */
export interface Refused {
  readonly refused: string;
}

type Class = { prototype: object };
const globals = globalThis as unknown as Record<string, Class | undefined>;

/** Prototypes of this realm by identity, and of other realms by the name of their constructor. */
const byPrototype = new SafeMap<object, Base | Refused>();
const byName = new SafeMap<string, Base | Refused>();

function add(kind: Base | Refused, ...names: readonly string[]): void {
  for (const name of names) {
    const type = globals[name];
    if (type === undefined) continue;
    byPrototype.set(type.prototype, kind);
    byName.set(name, kind);
  }
}

add('object', 'Object');
add('array', 'Array');
add('map', 'Map');
add('set', 'Set');
add('date', 'Date');
add('regExp', 'RegExp');
add('boxed', 'Number', 'String', 'Boolean', 'BigInt', 'Symbol');
add('arrayBuffer', 'ArrayBuffer', 'SharedArrayBuffer');
add('view', ...VIEW_NAMES);
add('error', ...ERROR_NAMES);
add('domException', 'DOMException');
add('url', 'URL');
add('urlSearchParams', 'URLSearchParams');
add({ refused: 'it is a Promise: await it first' }, 'Promise');
add(
  { refused: 'it is a WeakMap or WeakSet, whose content cannot be listed: send a Map or a Set' },
  'WeakMap',
  'WeakSet',
);
add({ refused: 'it is a WeakRef, which only means something here: send what deref() returns' }, 'WeakRef');
add(
  { refused: 'it is a FinalizationRegistry, which only means something here: make one inside the task' },
  'FinalizationRegistry',
);
const ITERATOR: Refused = {
  refused: 'it is an iterator or a generator, whose state stays here: collect it into an array first',
};
byPrototype.set(getPrototypeOf(getPrototypeOf([][Symbol.iterator]()) as object) as object, ITERATOR);
byPrototype.set(
  getPrototypeOf(getPrototypeOf(getPrototypeOf((async function* () {})()) as object) as object) as object,
  ITERATOR,
);

/** Prototypes of built-in classes by name, for the reader. */
export function builtinPrototype(name: string): object {
  return globals[name]?.prototype ?? objectPrototype;
}

/** The one built-in class that is plain JavaScript and may be a parent. */
export const eventEmitterPrototype: object = EventEmitter.prototype;

const NATIVE = /^function (\w+)\(\) \{\s*\[native code\]\s*\}$/;

/** The constructor that a prototype names, provided that it names the prototype back. Runs no getter. */
export function constructorOf(prototype: object): ((...args: never[]) => unknown) | undefined {
  const found: unknown = getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof found !== 'function' || isProxy(found)) return undefined;
  return getOwnPropertyDescriptor(found, 'prototype')?.value === prototype ? (found as () => unknown) : undefined;
}

/** What this very prototype makes of an object, `undefined` when it is none of the language's own. */
export function baseOfPrototype(prototype: object): Base | Refused | undefined {
  const known = byPrototype.get(prototype);
  if (known !== undefined || isProxy(prototype)) return known;
  const type = constructorOf(prototype);
  if (type === undefined) return undefined;
  const text = functionToString(type);
  if (!regExpTest(NATIVE, text)) return undefined;
  return byName.get(stringSlice(text, 'function '.length, stringIndexOf(text, '(')));
}

const errorNumbers = new SafeMap<object, number>();
for (let i = 0; i < ERROR_NAMES.length; i++) {
  const type = globals[ERROR_NAMES[i] as string];
  if (type !== undefined) errorNumbers.set(type.prototype, i);
}

/** The number on the wire of a built-in error class, of whatever realm. */
export function builtinErrorNumber(prototype: object): number | undefined {
  const number = errorNumbers.get(prototype);
  if (number !== undefined || baseOfPrototype(prototype) !== 'error') return number;
  const name = constructorOf(prototype)?.name;
  return name === undefined ? undefined : errorNumbers.get(builtinPrototype(name));
}
