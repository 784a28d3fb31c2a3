/**
 * Reads objects that are neither plain nor simple arrays, each kind as its own function. Twin of `writer-objects.ts`.
 */

import { readAttributes } from './attributes.js';
import { Damaged } from './byte-reader.js';
import {
  apply,
  createObject,
  defineValue,
  getPrototypeOf,
  isArray,
  mapSet,
  setAdd,
  setPrototypeOf,
} from './intrinsics.js';
import { fillClosure, makeClosure, prototypeOfClass } from './reader-closures.js';
import type { Reader } from './reader-context.js';
import { fillError, makeError } from './reader-errors.js';
import { readLeaf } from './reader-leaves.js';
import { functionOf, prototypeOf, referenceOf } from './reader-table.js';
import { Refusal, textOf } from './refusal.js';
import { TAG } from './wire.js';

const MapType = Map;
const SetType = Set;

/** Any object, given its tag. */
export function readObject(reader: Reader, tag: number): unknown {
  switch (tag) {
    case TAG.nullPrototype:
    case TAG.map:
    case TAG.set:
    case TAG.instance:
    case TAG.instanceOf:
    case TAG.closure:
    case TAG.error: {
      const object = makeContainer(reader, tag);
      fillContainer(reader, object, tag);
      return object;
    }
    case TAG.function:
      return reader.register(functionOf(reader, reader.in.size()));
    case TAG.attached:
      return reader.register(readAttached(reader));
    case TAG.reference:
      return reader.register(asReference(referenceOf(reader, reader.in.size())));
    case TAG.imported:
      return referenceOf(reader, reader.in.size());
    case TAG.subclassOf:
      return readSubclassOf(reader);
    case TAG.subclass:
      return readSubclass(reader);
    case TAG.extras:
      return readExtras(reader);
    case TAG.lateExtras: {
      const object = asObject(reader.read());
      reader.defer(object, TAG.extras);
      return object;
    }
    case TAG.attributes: {
      const object = asObject(reader.read());
      readAttributes(reader, object);
      return object;
    }
    case TAG.lateAttributes: {
      const object = asObject(reader.read());
      reader.defer(object, TAG.attributes);
      return object;
    }
    case TAG.reduced:
      return readReduced(reader);
    default:
      return readLeaf(reader, tag);
  }
}

/** An empty container with its number. */
export function makeContainer(reader: Reader, tag: number): object {
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
    case TAG.instanceOf:
      return makeInstance(reader);
    case TAG.closure:
      return makeClosure(reader);
    case TAG.error:
      return reader.register(makeError(reader));
    default:
      throw new Damaged(`byte ${tag} stands where a container should`);
  }
}

/** Reads what stands in a container. */
export function fillContainer(reader: Reader, object: object, tag: number): void {
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
    case TAG.extras:
      return fillExtras(reader, object);
    case TAG.attributes:
      return readAttributes(reader, object);
    case TAG.closure:
      return fillClosure(reader, object);
    case TAG.error:
      return fillError(reader, object as Error);
    default:
      return reader.fillDictionary(object as Record<string, unknown>, getPrototypeOf(object) as object | null);
  }
}

/** What is made here may be changed here; a function of the program may not, whatever the bytes say. */
function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Damaged('something else stands where an object should');
  return value;
}

function readAttached(reader: Reader): object {
  const object = reader.parts.attached?.[reader.in.size()];
  if (object === undefined) throw new Damaged('an object that should come beside them is missing');
  return asObject(object);
}

function asReference(value: unknown): object {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value;
  throw new Damaged('a primitive stands where an object should');
}

/** The instance first: its class may hold it. */
function makeInstance(reader: Reader): object {
  const object = reader.register({});
  setPrototypeOf(object, prototypeOfClass(reader.read()));
  return object;
}

function readSubclassOf(reader: Reader): object {
  const object = asObject(reader.read());
  setPrototypeOf(object, prototypeOfClass(reader.read()));
  return object;
}

function readSubclass(reader: Reader): object {
  const prototype = prototypeOf(reader, reader.in.size());
  const object = asObject(reader.read());
  setPrototypeOf(object, prototype);
  return object;
}

function readExtras(reader: Reader): object {
  const object = asObject(reader.read());
  fillExtras(reader, object);
  return object;
}

function fillExtras(reader: Reader, object: object): void {
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
}

function readReduced(reader: Reader): unknown {
  const number = reader.registerUnfinished();
  const parts = reader.read();
  let make: unknown = isArray(parts) ? parts[0] : undefined;
  if (typeof make === 'string') make = reader.parts.reducers?.reviverOf(make);
  if (typeof make !== 'function') throw new Damaged('a reducer has no function');
  const object = revive(make as (data: unknown) => unknown, (parts as unknown[])[1]);
  reader.finish(number, object);
  return object;
}

function revive(make: (data: unknown) => unknown, data: unknown): unknown {
  try {
    return apply(make, undefined, [data]);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal(`revive() of the reducer of its class threw ${textOf(cause)}`, { cause });
  }
}
