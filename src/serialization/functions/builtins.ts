/**
 * Functions of the language and of Node, found by their path and found again by it: `Math.max`, `node:fs readFileSync`,
 * `Array.prototype.map`, `Map.prototype.size:get`, `%TypedArray%.from`.
 *
 * Rules: never calls a getter and never loads a module of Node that is not loaded, since many globals load half of Node
 * when touched. Looks at fixed lists of names: what a program has added to the globals is not part of Node.
 * Guarantees: a path leads back to the identical function in the same Node.
 */

import { builtinModules, createRequire } from 'node:module';
import * as errors from '../../base/errors.js';
import { selfUrl } from '../../base/self-url.js';
import type { AnyFunction, BuiltinRecord } from '../function-record.js';
import { ownNameOf } from './function-name.js';

const LANGUAGE_NAMES =
  `Object Function Array String Number Boolean Symbol BigInt Math JSON Reflect Promise Map Set WeakMap
WeakSet WeakRef FinalizationRegistry Date RegExp Error EvalError RangeError ReferenceError SyntaxError TypeError URIError
AggregateError SuppressedError ArrayBuffer SharedArrayBuffer DataView Atomics Int8Array Uint8Array Uint8ClampedArray
Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Proxy Intl
WebAssembly Iterator DisposableStack AsyncDisposableStack Temporal parseInt parseFloat isNaN isFinite encodeURI
encodeURIComponent decodeURI decodeURIComponent escape unescape eval`.split(/\s+/);

const NODE_NAMES = `process Buffer console performance setTimeout setInterval setImmediate clearTimeout clearInterval
clearImmediate queueMicrotask structuredClone atob btoa fetch URL URLSearchParams TextEncoder TextDecoder AbortController
AbortSignal Event EventTarget`.split(/\s+/);

/** Looking at one of these makes Node load what stands behind it, so they come last. */
const LAZY_NAMES = `MessageChannel MessagePort MessageEvent BroadcastChannel Blob File FormData Headers Request Response
WebSocket EventSource CloseEvent CustomEvent DOMException ReadableStream ReadableStreamDefaultReader
ReadableStreamBYOBReader ReadableStreamDefaultController ReadableByteStreamController ReadableStreamBYOBRequest
WritableStream WritableStreamDefaultWriter WritableStreamDefaultController TransformStream
TransformStreamDefaultController ByteLengthQueuingStrategy CountQueuingStrategy TextEncoderStream TextDecoderStream
CompressionStream DecompressionStream Performance PerformanceEntry PerformanceMark PerformanceMeasure
PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming Crypto CryptoKey SubtleCrypto URLPattern
Navigator QuotaExceededError ErrorEvent crypto navigator Storage localStorage sessionStorage`.split(/\s+/);

const OTHER_GLOBAL_NAMES = ['globalThis', 'global', 'undefined', 'NaN', 'Infinity', 'gc'];
const standardNames = new Set([...LANGUAGE_NAMES, ...NODE_NAMES, ...LAZY_NAMES, ...OTHER_GLOBAL_NAMES]);

/** This package's own classes of errors, which both sides have, in a bundle too. */
const OWN_ERRORS = { ...errors };

/** Objects that no global names. */
const HIDDEN_ROOTS: Readonly<Record<string, () => unknown>> = {
  '%tardigrade%': () => OWN_ERRORS,
  '%TypedArray%': () => Object.getPrototypeOf(Uint8Array),
  '%AsyncFunction%': () => (async () => {}).constructor,
  '%GeneratorFunction%': () => function* () {}.constructor,
  '%AsyncGeneratorFunction%': () => async function* () {}.constructor,
  '%GeneratorPrototype%': () => Object.getPrototypeOf(function* () {}.prototype),
  '%AsyncGeneratorPrototype%': () => Object.getPrototypeOf(async function* () {}.prototype),
  '%ArrayIteratorPrototype%': () => Object.getPrototypeOf([].values()),
  '%MapIteratorPrototype%': () => Object.getPrototypeOf(new Map().values()),
  '%SetIteratorPrototype%': () => Object.getPrototypeOf(new Set().values()),
  '%StringIteratorPrototype%': () => Object.getPrototypeOf(''[Symbol.iterator]()),
  '%IteratorPrototype%': () => Object.getPrototypeOf(Object.getPrototypeOf([].values())),
};

const MAX_DEPTH = 4;
const requireBuiltin = createRequire(selfUrl);
const isPublicModule = new Set(
  builtinModules.map((name) => name.replace(/^node:/, '')).filter((name) => !/^_|^(?:punycode|sys|wasi)$/.test(name)),
);
const paths = new Map<unknown, BuiltinRecord>();
const seen = new Set<unknown>();
const indexedModules = new Set<string>();

/** Objects that are the same thing in every process, unlike what hangs on them. */
const COMMON_OBJECT = /^(?:[\w$%]+|process\.env|process\.std(?:in|out|err)|crypto\.subtle|[\w$%]+\.prototype)$/;

/** The path of an object of the language or of Node that each process has for itself: `console`, `node:fs`, `process.env`. */
export function findBuiltinObject(object: object): BuiltinRecord | undefined {
  if (object === globalThis) return { kind: 'builtin', path: 'globalThis' };
  if (Array.isArray(object) && object !== Array.prototype) return undefined;
  const found = findBuiltin(object) ?? findBehindGetter(object);
  if (found === undefined) return undefined;
  if (found.module !== undefined) return /^\w*$/.test(found.path) ? found : undefined;
  return COMMON_OBJECT.test(found.path) ? found : undefined;
}

/** Single objects that hide behind getters, by their classes: whoever holds one has touched the getter. */
const BEHIND_GETTERS: Readonly<Record<string, string>> = {
  Crypto: 'crypto',
  SubtleCrypto: 'crypto.subtle',
  Navigator: 'navigator',
};

function findBehindGetter(object: object): BuiltinRecord | undefined {
  const type: unknown = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(object) ?? {}, 'constructor')?.value;
  const name = typeof type === 'function' ? ownNameOf(type as AnyFunction) : undefined;
  if (name === undefined || !Object.hasOwn(BEHIND_GETTERS, name)) return undefined;
  const record = { kind: 'builtin', path: BEHIND_GETTERS[name] as string } as const;
  return resolveBuiltinValue(record) === object ? record : undefined;
}

const ownErrors = new Map<unknown, BuiltinRecord>(
  Object.entries(OWN_ERRORS).map(([name, type]) => [type, { kind: 'builtin', path: `%tardigrade%.${name}` }]),
);

/** The path of a class of this package's errors. Nothing is looked into for it. */
export function findOwnError(type: AnyFunction): BuiltinRecord | undefined {
  return ownErrors.get(type);
}

/** What is looked through, one after the other, until the function is found. The last but one grows as Node loads modules. */
const stages: readonly ((fn: object) => void)[] = [
  indexOnce(indexLanguage),
  (fn) => index(ownValue(globalThis, namesake(fn)), undefined, namesake(fn), 2),
  indexOnce(indexEagerGlobals),
  indexLoadedModules,
  indexOnce(indexLazyGlobals),
];

/** The module of Node whose default export this is, if it is loaded. */
export function findBuiltinModule(exported: unknown): string | undefined {
  for (const entry of (process as { moduleLoadList?: readonly string[] }).moduleLoadList ?? []) {
    const name = entry.replace(/^NativeModule (?:internal\/(?=fs\/promises$))?/, '');
    if (name !== entry && isPublicModule.has(name) && requireBuiltin(`node:${name}`) === exported)
      return `node:${name}`;
  }
  return undefined;
}

/** Whether Node itself has a global of this name. */
export function isStandardGlobal(name: string): boolean {
  return standardNames.has(name);
}

/** The path of a function or object of the language or of Node; `undefined` for any other. */
export function findBuiltin(fn: object): BuiltinRecord | undefined {
  for (const stage of stages) {
    const found = paths.get(fn);
    if (found !== undefined) return found;
    stage(fn);
  }
  return paths.get(fn);
}

function indexOnce(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}

/** The global of Node that is called like the function. */
function namesake(fn: object): string {
  const name = typeof fn === 'function' ? (ownNameOf(fn as AnyFunction) ?? '') : '';
  return NODE_NAMES.includes(name) || LAZY_NAMES.includes(name) ? name : '';
}

function indexLanguage(): void {
  for (const name of LANGUAGE_NAMES) index(ownValue(globalThis, name), undefined, name, MAX_DEPTH);
  for (const [name, find] of Object.entries(HIDDEN_ROOTS)) index(find(), undefined, name, MAX_DEPTH);
}

function indexEagerGlobals(): void {
  // Both hide behind getters on `globalThis`, which do no harm.
  index(process, undefined, 'process', 2);
  index(Buffer, undefined, 'Buffer', MAX_DEPTH);
  for (const name of NODE_NAMES) index(ownValue(globalThis, name), undefined, name, 2);
}

function indexLazyGlobals(): void {
  for (const name of LAZY_NAMES) index(ownValue(globalThis, name), undefined, name, 2);
}

/** The list only grows. */
let loadedCount = 0;

function indexLoadedModules(): void {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  if (moduleLoadList.length === loadedCount) return;
  loadedCount = moduleLoadList.length;
  for (const entry of moduleLoadList) {
    const name = entry.replace(/^NativeModule (?:internal\/(?=fs\/promises$))?/, '');
    if (name === entry || indexedModules.has(name) || !isPublicModule.has(name)) continue;
    indexedModules.add(name);
    index(requireBuiltin(`node:${name}`), `node:${name}`, '', MAX_DEPTH);
  }
}

function ownValue(owner: object, key: PropertyKey): unknown {
  return Object.getOwnPropertyDescriptor(owner, key)?.value;
}

/** Notes all functions that can be reached from `value` through plain properties. */
function index(value: unknown, module: string | undefined, path: string, depth: number): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
  seen.add(value);
  if (!paths.has(value)) paths.set(value, { kind: 'builtin', module, path });
  if (depth === 0) return;
  for (const key of Reflect.ownKeys(value)) {
    const segment = toSegment(key);
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (segment === undefined || descriptor === undefined) continue;
    const below = path === '' ? segment : `${path}.${segment}`;
    index(descriptor.value, module, below, depth - 1);
    index(descriptor.get, module, `${below}:get`, 0);
    index(descriptor.set, module, `${below}:set`, 0);
  }
}

/** Listeners and other things of the program hang on keys that begin with `_`, and on `mainModule`. */
function toSegment(key: PropertyKey): string | undefined {
  if (typeof key === 'string') return /^(?!_|constructor$|mainModule$)[\w$]+$/.test(key) ? key : undefined;
  const [, name] = /^Symbol\(Symbol\.(\w+)\)$/.exec(String(key)) ?? [];
  return name !== undefined && ownValue(Symbol, name) === key ? `@@${name}` : undefined;
}

/** The function at a path; throws when this Node has none there. */
export function resolveBuiltin(record: BuiltinRecord): AnyFunction {
  const value = resolveBuiltinValue(record);
  if (typeof value === 'function') return value as AnyFunction;
  const { module, path } = record;
  const place = module === undefined ? path : `${path} of ${module}`;
  throw new Error(`Node ${process.version} has no function ${place}`);
}

/** What stands at a path. */
export function resolveBuiltinValue({ module, path }: BuiltinRecord): unknown {
  const [first = '', ...rest] = path.split('.');
  let value: unknown;
  if (module === undefined) {
    value = rest.reduce(step, HIDDEN_ROOTS[first]?.() ?? step(globalThis, first));
  } else if (isPublicModule.has(module.replace(/^node:/, ''))) {
    value = (path === '' ? [] : [first, ...rest]).reduce(step, requireBuiltin(module) as unknown);
  }
  return value;
}

function step(owner: unknown, segment: string): unknown {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null) return undefined;
  const [name = '', accessor] = segment.split(':');
  const key = name.startsWith('@@') ? (ownValue(Symbol, name.slice(2)) as symbol) : name;
  if (accessor === undefined) return (owner as Record<PropertyKey, unknown>)[key];
  return Object.getOwnPropertyDescriptor(owner, key)?.[accessor === 'get' ? 'get' : 'set'];
}
