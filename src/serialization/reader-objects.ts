/**
 * Reads objects that are neither plain nor simple arrays, each kind as its own function. Twin of `writer-objects.ts`.
 */

import { Damaged } from './byte-reader.js';
import { apply, createObject, getPrototypeOf, mapSet, setAdd, setPrototypeOf } from './intrinsics.js';
import { defineValue, type Resolved, type ValueReader } from './reader.js';
import { fillError, makeError } from './reader-errors.js';
import { readLeaf } from './reader-leaves.js';
import { Refusal } from './refusal.js';
import { TAG } from './wire.js';

const MapType = Map;
const SetType = Set;

/** Any object, given its tag. */
export function readObject(reader: ValueReader, tag: number): unknown {
  switch (tag) {
    case TAG.nullPrototype:
    case TAG.map:
    case TAG.set:
    case TAG.instance:
    case TAG.error: {
      const object = makeContainer(reader, tag);
      fillContainer(reader, object, tag);
      return object;
    }
    case TAG.function:
      return reader.register(functionOf(reader, reader.in.size()));
    case TAG.subclass:
      return readSubclass(reader);
    case TAG.extras:
      return readExtras(reader);
    case TAG.reduced:
      return readReduced(reader);
    default:
      return readLeaf(reader, tag);
  }
}

/** An empty container with its number. */
export function makeContainer(reader: ValueReader, tag: number): object {
  switch (tag) {
    case TAG.array:
      return reader.register([]);
    case TAG.dictionary:
      return reader.register({});
    case TAG.nullPrototype:
      return reader.register(createObject(null) as object);
    case TAG.map:
      return reader.register(new MapType());
    case TAG.set:
      return reader.register(new SetType());
    case TAG.instance:
      return reader.register(createObject(prototypeOf(reader, reader.in.size())) as object);
    case TAG.error:
      return reader.register(makeError(reader));
    default:
      throw new Damaged(`byte ${tag} stands where a container should`);
  }
}

/** Reads what stands in a container. */
export function fillContainer(reader: ValueReader, object: object, tag: number): void {
  switch (tag) {
    case TAG.array:
      return reader.fillArray(object as unknown[]);
    case TAG.map: {
      for (let left = reader.in.count(2); left > 0; left--) {
        const key = reader.read();
        mapSet(object as Map<unknown, unknown>, key, reader.read());
      }
      return;
    }
    case TAG.set: {
      for (let left = reader.in.count(1); left > 0; left--) setAdd(object as Set<unknown>, reader.read());
      return;
    }
    case TAG.error:
      return fillError(reader, object as Error);
    default:
      return reader.fillDictionary(object as Record<string, unknown>, getPrototypeOf(object) as object | null);
  }
}

function entry(reader: ValueReader, index: number): Resolved {
  const resolved = reader.parts.table[index];
  if (resolved === undefined) throw new Damaged('a function has no entry');
  return resolved;
}

function functionOf(reader: ValueReader, index: number): (...args: never[]) => unknown {
  const resolved = entry(reader, index);
  if ('missing' in resolved) throw new Refusal(resolved.missing, { path: resolved.path });
  return resolved.fn;
}

/** The prototype of a class that must be there. */
export function prototypeOf(reader: ValueReader, index: number): object {
  const { prototype } = functionOf(reader, index) as { prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) throw new Damaged('a class has no prototype');
  return prototype;
}

/** The prototype of an error's class, if the class is there. */
export function errorPrototypeOf(reader: ValueReader, index: number): object | undefined {
  return 'missing' in entry(reader, index) ? undefined : prototypeOf(reader, index);
}

function asObject(value: unknown): object {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
    throw new Damaged('a primitive stands where an object should');
  }
  return value;
}

function readSubclass(reader: ValueReader): object {
  const prototype = prototypeOf(reader, reader.in.size());
  const object = asObject(reader.read());
  setPrototypeOf(object, prototype);
  return object;
}

function readExtras(reader: ValueReader): object {
  const object = asObject(reader.read());
  for (let left = reader.in.count(3); left > 0; left--) {
    const key = reader.read();
    if (typeof key !== 'string' && typeof key !== 'symbol') throw new Damaged('a key is neither a string nor a symbol');
    const enumerable = reader.in.byte() === 1;
    const value = reader.read();
    try {
      defineValue(object, key, value, enumerable);
    } catch {
      throw new Damaged('a property cannot be defined');
    }
  }
  return object;
}

function readReduced(reader: ValueReader): unknown {
  const number = reader.registerUnfinished();
  const parts = reader.read();
  const make: unknown = Array.isArray(parts) ? parts[0] : undefined;
  if (typeof make !== 'function') throw new Damaged('a reducer has no function');
  const args: unknown[] = [];
  for (let i = 1; i < (parts as unknown[]).length; i++) args[i - 1] = (parts as unknown[])[i];
  const object: unknown = apply(make as () => unknown, undefined, args);
  reader.finish(number, object);
  return object;
}
