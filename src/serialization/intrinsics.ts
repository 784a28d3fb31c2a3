/**
 * What the codec needs from the language, captured when this file loads, so that a task that replaces a global or a
 * prototype's method breaks at most itself.
 *
 * Rules: knows nothing of the format. Guarantees: no call of a captured function looks anything up on a prototype.
 */

import { types } from 'node:util';

const { bind, call } = Function.prototype;

/** Turns a method into a function whose first argument is `this`. */
export const uncurry = bind.bind(call) as unknown as <T, A extends unknown[], R>(
  method: (this: T, ...args: A) => R,
) => (self: T, ...args: A) => R;

/** `Object`'s functions. */
export const {
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  getPrototypeOf,
  setPrototypeOf,
  hasOwn,
  isExtensible,
  isFrozen,
  isSealed,
  preventExtensions,
  seal,
  keys: objectKeys,
  create: createObject,
} = Object;
/** `Reflect`'s functions. */
export const { ownKeys, apply, deleteProperty } = Reflect;
/** `Array`'s functions. */
export const isArray = Array.isArray;
/** `ArrayBuffer`'s functions. */
export const isView = ArrayBuffer.isView;
/** `BigInt`'s functions. */
export const { asIntN } = BigInt;
/** `Math`'s functions. */
export const { floor } = Math;
/** `String`'s functions. */
export const fromCharCode = String.fromCharCode;
/** `Symbol`'s functions. */
export const { for: symbolFor, keyFor: symbolKeyFor } = Symbol;
/** What the engine says of an object, whatever its prototype. */
export const {
  isProxy,
  isArgumentsObject,
  isModuleNamespaceObject,
  isNativeError,
  isMap,
  isSet,
  isDate,
  isRegExp,
  isArrayBuffer,
  isSharedArrayBuffer,
  isDataView,
  isTypedArray,
  isBoxedPrimitive,
  isPromise,
  isWeakMap,
  isWeakSet,
  isGeneratorObject,
} = types;

/** Whether the engine made the object as something that its properties do not show. */
export function isExotic(object: object): boolean {
  return (
    isArray(object) ||
    isMap(object) ||
    isSet(object) ||
    isDate(object) ||
    isRegExp(object) ||
    isNativeError(object) ||
    isPromise(object) ||
    isWeakMap(object) ||
    isWeakSet(object) ||
    isBoxedPrimitive(object) ||
    isGeneratorObject(object) ||
    isView(object) ||
    isArrayBuffer(object)
  );
}

/** `Uint8Array` as it was. */
export const ByteArray = Uint8Array;
/** `Int32Array` as it was. */
export const IntegerArray = Int32Array;
/** `Float64Array` as it was. */
export const DoubleArray = Float64Array;
/** `ArrayBuffer` as it was. */
export const Memory = ArrayBuffer;

/** The prototype of plain objects. */
export const objectPrototype = Object.prototype;
/** The prototype of functions. */
export const functionPrototype: object = Function.prototype;
/** The prototype of plain arrays. */
export const arrayPrototype: object = Array.prototype;
/** `String.prototype.charCodeAt`. */
export const charCodeAt = uncurry(String.prototype.charCodeAt);
/** `String.prototype.indexOf`. */
export const stringIndexOf = uncurry(String.prototype.indexOf);
/** `String.prototype.slice`. */
export const stringSlice = uncurry(String.prototype.slice);
/** `String.prototype.repeat`. */
export const stringRepeat = uncurry(String.prototype.repeat);
/** `Function.prototype.toString`. */
export const functionToString = uncurry(Function.prototype.toString);
/** `Object.prototype.propertyIsEnumerable`. */
export const isEnumerable = uncurry(Object.prototype.propertyIsEnumerable);
/** `BigInt.prototype.toString`. */
export const bigintToString = uncurry(BigInt.prototype.toString as (this: bigint, radix: number) => string);
/** `RegExp.prototype.exec`, which looks nothing up on the prototype, as `test` and `match` do. */
export const regExpExec = uncurry(RegExp.prototype.exec);

/** Whether a text has what the expression looks for. */
export function regExpTest(expression: RegExp, text: string): boolean {
  return regExpExec(expression, text) !== null;
}
/** `Promise.prototype.then`. */
export const promiseThen = uncurry(
  Promise.prototype.then as (
    this: Promise<unknown>,
    done?: (value: never) => unknown,
    failed?: (error: unknown) => unknown,
  ) => Promise<unknown>,
);
/** `Map.prototype.forEach`. */
export const mapForEach = uncurry(
  Map.prototype.forEach as (this: Map<unknown, unknown>, visit: (value: unknown, key: unknown) => void) => void,
);
/** `Map.prototype.set`. */
export const mapSet = uncurry(Map.prototype.set);
/** `Set.prototype.forEach`. */
export const setForEach = uncurry(
  Set.prototype.forEach as (this: Set<unknown>, visit: (value: unknown) => void) => void,
);
/** `Set.prototype.add`. */
export const setAdd = uncurry(Set.prototype.add);
/** `Date.prototype.getTime`. */
export const dateGetTime = uncurry(Date.prototype.getTime);
/** `Uint8Array.prototype.set`. */
export const typedArraySet = uncurry(Uint8Array.prototype.set);
/** `Number.prototype.valueOf`. */
export const numberValueOf = uncurry(Number.prototype.valueOf);
/** `String.prototype.valueOf`. */
export const stringValueOf = uncurry(String.prototype.valueOf);
/** `Boolean.prototype.valueOf`. */
export const booleanValueOf = uncurry(Boolean.prototype.valueOf);
/** `BigInt.prototype.valueOf`. */
export const bigintValueOf = uncurry(BigInt.prototype.valueOf);
/** `Symbol.prototype.valueOf`. */
export const symbolValueOf = uncurry(Symbol.prototype.valueOf);

type Slice = (start: number, end: number) => string;
type Write = (text: string, offset: number, length: number) => number;
interface BufferMethods {
  latin1Slice: Slice;
  ucs2Slice: Slice;
  latin1Write: Write;
  ucs2Write: Write;
}

const bufferMethods = Buffer.prototype as unknown as BufferMethods;
/** One byte for each character of bytes[start..end). */
export const latin1Slice = uncurry<Uint8Array, [number, number], string>(bufferMethods.latin1Slice);
/** Two bytes for each character, lone surrogates included. */
export const ucs2Slice = uncurry<Uint8Array, [number, number], string>(bufferMethods.ucs2Slice);
/** Writes one byte for each character. */
export const latin1Write = uncurry<Uint8Array, [string, number, number], number>(bufferMethods.latin1Write);
/** Writes two bytes for each character. */
export const ucs2Write = uncurry<Uint8Array, [string, number, number], number>(bufferMethods.ucs2Write);
/** The length of a string in UTF-8, which equals its number of characters only if all are ASCII. */
export const utf8ByteLength = Buffer.byteLength;

/** The getter of an accessor property, as a function of the object. */
export function captureGetter<T, R>(holder: object, key: PropertyKey): (self: T) => R {
  const getter = getOwnPropertyDescriptor(holder, key)?.get as ((this: T) => R) | undefined;
  if (getter === undefined) throw new TypeError(`no getter ${String(key)}`);
  return uncurry(getter);
}

/** Gives a class its parent's methods as its own and cuts it off, so that nobody's patch reaches its instances. */
function cutOff(type: { prototype: object }, parent: { prototype: object }): void {
  for (const key of ownKeys(parent.prototype)) {
    const descriptor = getOwnPropertyDescriptor(parent.prototype, key);
    if (descriptor !== undefined && !hasOwn(type.prototype, key)) defineProperty(type.prototype, key, descriptor);
  }
  setPrototypeOf(type.prototype, null);
}

/** How many elements a typed array has. */
export const typedArrayLength = captureGetter<object, number>(getPrototypeOf(Uint8Array.prototype) as object, 'length');

/** A Map whose methods cannot be replaced from outside. */
export class SafeMap<K, V> extends Map<K, V> {
  // biome-ignore lint/complexity/noUselessConstructor: The one that is made by default goes through the Array's iterator.
  constructor() {
    super();
  }
}
cutOff(SafeMap, Map);

/** A WeakMap whose methods cannot be replaced from outside. */
export class SafeWeakMap<K extends WeakKey, V> extends WeakMap<K, V> {
  // biome-ignore lint/complexity/noUselessConstructor: As above.
  constructor() {
    super();
  }
}
cutOff(SafeWeakMap, WeakMap);

/** Defines an own property as an object literal would. */
export function defineValue(object: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  defineProperty(object, key, { __proto__: null, value, enumerable, writable: true, configurable: true } as object);
}

const ErrorType = Error;

/** Runs with another number of frames for the stacks that V8 makes; a program that has frozen `Error` keeps its own. */
export function withStackFrames<T>(frames: number, run: () => T): T {
  const limit = ErrorType.stackTraceLimit;
  try {
    ErrorType.stackTraceLimit = frames;
  } catch {
    return run();
  }
  try {
    return run();
  } finally {
    ErrorType.stackTraceLimit = limit;
  }
}
