/**
 * What of Node's own classes travels by data: `Headers`, and keys of `node:crypto`. What threads can clone goes beside the message.
 *
 * Rules: touches no lazy global and loads no module of Node before such an object is met.
 * Guarantees: says yes to instances of the very class only: a subclass is another one, whose state nobody knows.
 */

import type * as CryptoModule from 'node:crypto';
import { createRequire } from 'node:module';
import { types } from 'node:util';
import { selfUrl } from '../base/self-url.js';
import type { AnyFunction } from './function-record.js';
import { getOwnPropertyDescriptor, getPrototypeOf } from './intrinsics.js';
import { constructorOf } from './kinds.js';
import { verify } from './refusal.js';

const requireBuiltin = createRequire(selfUrl);
const { isKeyObject } = types;
const clone = structuredClone;

/** Reduces and revives the instances of one class. */
export interface BuiltinReducer {
  /** Its name on the wire. */
  readonly key: string;
  /** Takes an instance apart. */
  reduce(instance: unknown): unknown;
  /** Makes one of the data. */
  revive(data: never): unknown;
}

const HEADERS: BuiltinReducer = {
  key: 'node Headers',
  reduce(headers) {
    const entries: string[][] = [];
    // By the method of the class, whatever hangs on the instance.
    Reflect.apply(Headers.prototype.forEach, headers, [(value: string, name: string) => entries.push([name, value])]);
    return entries;
  },
  revive: (entries: [string, string][]) => new Headers(entries),
};

type Key = CryptoModule.KeyObject;
type KeyData = { readonly type: Key['type']; readonly bytes: Buffer };

const KEY: BuiltinReducer = {
  key: 'node KeyObject',
  reduce(key) {
    verify(isKeyObject(key), 'a KeyObject');
    const { type } = key as Key;
    return { type, bytes: (key as Key).export(exportOptions(type)) as Buffer } satisfies KeyData;
  },
  revive({ type, bytes }: KeyData) {
    const crypto = requireBuiltin('node:crypto') as typeof CryptoModule;
    if (type === 'secret') return crypto.createSecretKey(bytes);
    if (type === 'public') return crypto.createPublicKey({ key: bytes, format: 'der', type: 'spki' });
    return crypto.createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  },
};

function exportOptions(type: Key['type']): never {
  if (type === 'secret') return undefined as never;
  return { format: 'der', type: type === 'public' ? 'spki' : 'pkcs8' } as never;
}

type TemporalType = { from(text: string): object } & AnyFunction;

function temporalType(name: string): TemporalType | undefined {
  return (globalThis as { Temporal?: Readonly<Record<string, TemporalType>> }).Temporal?.[name];
}

/** `Temporal`, where Node has it: its texts are whole. */
const TEMPORAL: BuiltinReducer = {
  key: 'Temporal',
  reduce(value) {
    const { name } = constructorOf(getPrototypeOf(value as object) as object) as AnyFunction;
    return [name, Reflect.apply(temporalType(name)?.prototype.toString as () => string, value, [])];
  },
  revive: ([name, text]: [string, string]) => (temporalType(name) as TemporalType).from(text),
};

const reducers: readonly BuiltinReducer[] = [HEADERS, KEY, TEMPORAL];

/** The reducer of Node's own class whose prototype this is. */
export function findBuiltinReducer(prototype: object): BuiltinReducer | undefined {
  const type = constructorOf(prototype);
  const name: unknown = type && getOwnPropertyDescriptor(type, 'name')?.value;
  switch (name) {
    case 'Headers':
      return type === (globalThis.Headers as unknown) ? HEADERS : undefined;
    case 'SecretKeyObject':
    case 'PublicKeyObject':
    case 'PrivateKeyObject':
      return isNodeKey(prototype) ? KEY : undefined;
    case 'Instant':
    case 'PlainDate':
    case 'PlainTime':
    case 'PlainDateTime':
    case 'PlainYearMonth':
    case 'PlainMonthDay':
    case 'ZonedDateTime':
    case 'Duration':
      return temporalType(name) === type ? TEMPORAL : undefined;
    default:
      return undefined;
  }
}

function isNodeKey(prototype: object): boolean {
  const { KeyObject } = requireBuiltin('node:crypto') as typeof CryptoModule;
  for (let at = getPrototypeOf(prototype) as object | null; at !== null; at = getPrototypeOf(at) as object | null) {
    if (at === KeyObject.prototype) return true;
  }
  return false;
}

/** The reducer of this name. */
export function builtinReducerOf(key: string): BuiltinReducer | undefined {
  for (let i = 0; i < reducers.length; i++) if (reducers[i]?.key === key) return reducers[i];
  return undefined;
}

/**
 * A copy of what threads can clone (a `Blob`, a `CryptoKey`, a `BlockList`, a WebAssembly module …); `undefined` of what
 * structured clone refuses, or makes a plain object of.
 */
export function cloneNative(object: object): object | undefined {
  try {
    const copy = clone(object);
    return getPrototypeOf(copy) === getPrototypeOf(object) ? copy : undefined;
  } catch {
    return undefined;
  }
}
