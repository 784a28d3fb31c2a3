/**
 * The option `context` of a pool: which stores of the submitter's async context its tasks are given, and their values as bytes.
 *
 * Rules: reads a store where a task is submitted, and nowhere else.
 * Guarantees: a snapshot, as of an argument; where no store holds anything, there are no bytes. An error names the store.
 */

import type { AsyncLocalStorage } from 'node:async_hooks';
import { SerializationError } from '../base/errors.js';
import { type Check, matching, recordOf } from '../base/validate.js';
import { attachmentsOf } from '../serialization/attachments.js';
import type { Codec } from '../serialization/codec.js';
import { isHolding, releaseMessage } from '../serialization/memory-port.js';
import { formatPath } from '../serialization/path.js';
import { carriedContext, type NamedStore } from '../worker/carried-context.js';

/** Stores by the names that tasks know them by. */
export type ContextStores = Readonly<Record<string, AsyncLocalStorage<unknown> | undefined>>;

const ROOT = 'context';
const PLAIN = 'an object of names, each with an AsyncLocalStorage';

/** A plain object: a Map, or a storage itself, would look like one without names. */
export function contextStores(): Check<ContextStores> {
  const storages = recordOf(matching<AsyncLocalStorage<unknown>>('an AsyncLocalStorage', isStorage));
  return {
    expected: PLAIN,
    findProblem(value, path) {
      if (!isPlain(value) || Object.hasOwn(value, '')) return { kind: 'type', path, expected: PLAIN, value };
      return storages.findProblem(value, path);
    },
  };
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // That of another realm is nobody's heir either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isStorage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { getStore, run } = value as Partial<AsyncLocalStorage<unknown>>;
  return typeof getStore === 'function' && typeof run === 'function';
}

/** The stores of a checked option. A copy, so that nobody changes it afterwards. */
export function listStores(given: ContextStores | undefined): readonly NamedStore[] {
  return Object.entries(given ?? {}).flatMap(([name, storage]) => (storage === undefined ? [] : [{ name, storage }]));
}

/** Whether both carry the same stores under the same names. */
export function isSameContext(one: readonly NamedStore[], other: readonly NamedStore[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ name, storage }) => other.some((known) => known.name === name && known.storage === storage))
  );
}

/** The bytes of what the stores hold here, if they hold anything. Throws `SerializationError`. */
export function packContext(stores: readonly NamedStore[], codec: Codec): Uint8Array | undefined {
  const held: [string, unknown][] = [];
  for (const { name, storage } of stores) {
    const own = storage.getStore();
    // In a task, a store that only the program fills is found under the name that it came by.
    const value = own === undefined ? carriedContext(name) : own;
    if (value !== undefined) held.push([name, value]);
  }
  if (held.length === 0) return undefined;
  const bytes = encode(codec, held);
  if (isAlone(bytes)) return bytes;
  releaseMessage(bytes);
  throw refusal(codec, held);
}

/** Kept with its task for all attempts, so nothing of it may be moved. */
function encode(codec: Codec, held: readonly (readonly [string, unknown])[]): Uint8Array {
  return codec.encode(Object.fromEntries(held), { direction: 'argument', root: ROOT, lasting: true });
}

/** What goes beside a message belongs to that of the arguments. */
function isAlone(bytes: Uint8Array): boolean {
  return attachmentsOf(bytes) === undefined && !isHolding(bytes);
}

function refusal(codec: Codec, held: readonly (readonly [string, unknown])[]): SerializationError {
  const holder = Object.fromEntries(held);
  const culprits = held.filter((entry) => {
    const bytes = encode(codec, [entry]);
    const isFine = isAlone(bytes);
    releaseMessage(bytes);
    return !isFine;
  });
  const steps = culprits.slice(0, 1).map(([key]) => ({ holder, key }));
  return new SerializationError({
    direction: 'argument',
    phase: 'writing',
    path: formatPath(ROOT, [], 0, steps),
    reason: 'it holds shared memory, or something else that is not copied; hand that over as an argument',
  });
}
