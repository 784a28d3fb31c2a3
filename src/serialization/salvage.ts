/**
 * The last resort for a thrown value that cannot travel whole: an `Error` with its class, name, message and stack, those of its
 * properties that can travel, and `notSent`, a list of what could not.
 *
 * Guarantees: never throws; the user's failure is never replaced by the codec's.
 */

import { inspect } from 'node:util';
import { SerializationError } from '../base/errors.js';
import type { Codec } from './codec.js';
import {
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  isArray,
  isNativeError,
  isProxy,
  ownKeys,
  setPrototypeOf,
  withStackFrames,
} from './intrinsics.js';
import { textOf } from './refusal.js';

const DEPTH = 5;
const ErrorType = Error;

interface Salvager {
  readonly codec: Codec;
  readonly notSent: string[];
}

/** The bytes of the best error that can stand for `thrown`. `failure` says why it cannot travel itself. */
export function salvage(codec: Codec, thrown: unknown, failure: SerializationError): Uint8Array {
  const options = { direction: 'result', root: 'error' } as const;
  try {
    const salvager = { codec, notSent: [] };
    const error = standIn(salvager, thrown, 'error', 0);
    if (salvager.notSent.length === 0) add(salvager.notSent, failure.message);
    define(error, 'notSent', salvager.notSent, true);
    return codec.encode(error, options);
  } catch {
    const error = bare(textProperty(thrown, 'message') ?? describeThrown(thrown), textProperty(thrown, 'stack'));
    const name = textProperty(thrown, 'name');
    if (name !== undefined) define(error, 'name', name, false);
    define(error, 'notSent', [failure.message], true);
    return codec.encode(error, options);
  }
}

function add(list: string[], text: string): void {
  list[list.length] = text;
}

function define(error: object, key: PropertyKey, value: unknown, enumerable: boolean): void {
  defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

/** Whoever touches a `stack` that V8 has made runs the program's own `prepareStackTrace`, which may throw. */
function withoutStack(message: string): Error {
  const error = withStackFrames(0, () => new ErrorType(message));
  delete (error as { stack?: unknown }).stack;
  return error;
}

function bare(message: string, stack: string | undefined): Error {
  const error = withoutStack(message);
  define(error, 'stack', stack ?? `Error: ${message}`, false);
  return error;
}

/** A property that is a string, read with care. */
function textProperty(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || isProxy(value)) return undefined;
  try {
    const text = (value as Record<string, unknown>)[key];
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function describeThrown(thrown: unknown): string {
  if (isProxy(thrown)) return 'the task threw a Proxy';
  try {
    return `the task threw ${inspect(thrown, { depth: 1, getters: false, customInspect: false, maxStringLength: 500, maxArrayLength: 10 })}`;
  } catch {
    return 'the task threw a value that cannot be shown';
  }
}

function standIn(salvager: Salvager, thrown: unknown, path: string, depth: number): Error {
  const message = textProperty(thrown, 'message') ?? describeThrown(thrown);
  const error = bare(message, textProperty(thrown, 'stack'));
  if (typeof thrown !== 'object' || thrown === null || isProxy(thrown)) return error;
  if (isNativeError(thrown)) setPrototypeOf(error, getPrototypeOf(thrown));
  const keys = ownKeys(thrown);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | symbol;
    if (key === 'message' || key === 'stack' || key === 'notSent') continue;
    const enumerable = getOwnPropertyDescriptor(thrown, key)?.enumerable === true;
    if (typeof key === 'symbol' && !enumerable) continue;
    const place = `${path}${typeof key === 'string' ? `.${key}` : `[${key.toString()}]`}`;
    const kept = keep(salvager, () => (thrown as Record<PropertyKey, unknown>)[key], place, depth);
    if (kept !== undefined) define(error, key, kept.value, enumerable);
  }
  return error;
}

interface Kept {
  readonly value: unknown;
}

/** A value if it can travel; else what can stand for it, if it is an error or a list of errors. */
function keep(salvager: Salvager, read: () => unknown, path: string, depth: number): Kept | undefined {
  let value: unknown;
  try {
    value = read();
    salvager.codec.encode(value, { direction: 'result', root: path });
    return { value };
  } catch (error) {
    if (depth < DEPTH && isNativeError(value)) return { value: standIn(salvager, value, path, depth + 1) };
    if (depth < DEPTH && isArray(value) && value.length <= 100) return { value: keepAll(salvager, value, path, depth) };
    add(
      salvager.notSent,
      error instanceof SerializationError ? error.message : `${path} cannot travel: reading it threw ${textOf(error)}`,
    );
    return undefined;
  }
}

function keepAll(salvager: Salvager, list: readonly unknown[], path: string, depth: number): unknown[] {
  const kept: unknown[] = [];
  for (let i = 0; i < list.length; i++) kept[i] = keep(salvager, () => list[i], `${path}[${i}]`, depth + 1)?.value;
  return kept;
}
