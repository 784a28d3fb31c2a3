/**
 * Writes objects that are neither plain nor arrays of the simplest sort, each kind as its own function.
 *
 * Rules: an object's kind comes from its prototype and is verified by what the engine says of it (`isMap` and its
 * like), never by a name or a tag that anybody can write.
 */

import type { ObjectKind, TravellingClass } from './classes.js';
import { extraKeys, writeExtraProperties } from './extras.js';
import { type AnyFunction, type FunctionRecord, FunctionRefusal } from './function-record.js';
import {
  getPrototypeOf,
  hasOwn,
  isArgumentsObject,
  isArray,
  isEnumerable,
  isExotic,
  isMap,
  isModuleNamespaceObject,
  isNativeError,
  isSet,
  mapForEach,
  objectKeys,
  setForEach,
} from './intrinsics.js';
import { Refusal, verify } from './refusal.js';
import { TAG, USE } from './wire.js';
import type { ValueWriter } from './writer.js';
import { writeErrorHead, writeErrorProperties } from './writer-errors.js';
import { writeLeaf } from './writer-leaves.js';
import { writeNumbers } from './writer-numbers.js';

const { toStringTag } = Symbol;

/** A function or a class: an entry in the message's table. */
export function writeFunction(writer: ValueWriter, fn: AnyFunction): void {
  const index = writer.tableIndex(describe(writer, fn), USE.function);
  writer.out.byte(TAG.function);
  writer.out.size(index);
}

function describe(writer: ValueWriter, fn: AnyFunction): FunctionRecord {
  try {
    return writer.tools.port.describe(fn);
  } catch (error) {
    if (error instanceof FunctionRefusal) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

const PLAIN: ObjectKind = { base: 'object' };

/** Any object, given its prototype. */
export function writeObject(writer: ValueWriter, object: object, prototype: object | null): void {
  const reduce = writer.tools.reducers.find(prototype);
  if (reduce !== undefined) return writeReduced(writer, object, reduce(object));
  refuseOddities(object);
  const kind = prototype === null ? PLAIN : writer.tools.classes.kindOf(prototype);
  const { base } = kind;
  const isError = base === 'error' && isNativeError(object);
  if (kind.refused !== undefined && !isError) throw new Refusal(kind.refused);
  const elements = base === 'array' ? (object as unknown[]).length : 0;
  const keys = extraKeys(writer, object, {
    elements: base === 'view' ? (object as Uint8Array).length : elements,
    namesWritten: isError || base === 'object' || base === 'error',
    hidden: kind.type !== undefined && !isError,
  });
  if (keys.length > 0) writer.out.byte(TAG.extras);
  if (kind.type !== undefined && base !== 'object' && base !== 'error') {
    writer.out.byte(TAG.subclass);
    writer.out.size(writer.tableIndex(kind.type.record, USE.class));
  }
  writeBase(writer, object, kind, prototype);
  if (keys.length > 0) writeExtraProperties(writer, object, keys);
}

function refuseOddities(object: object): void {
  if (isArgumentsObject(object)) throw new Refusal('it is an arguments object: send [...arguments]');
  if (isModuleNamespaceObject(object)) {
    throw new Refusal(
      'it is the namespace of a module: send the exported functions, or a copy such as { ...namespace }',
    );
  }
  if (hasOwn(object, toStringTag) && !isEnumerable(object, toStringTag) && objectKeys(object).length === 0) {
    throw new Refusal(
      'it is a built-in object such as Math, which is there already: send the functions that are needed',
    );
  }
}

function writeBase(writer: ValueWriter, object: object, kind: ObjectKind, prototype: object | null): void {
  switch (kind.base) {
    case 'object':
      return kind.type === undefined
        ? writeNameless(writer, object as Record<string, unknown>, prototype)
        : writeContainer(writer, object, TAG.instance);
    case 'array':
      verify(isArray(object), 'Array');
      return writeArray(writer, object as unknown[]);
    case 'map':
      verify(isMap(object), 'Map');
      return writeContainer(writer, object, TAG.map);
    case 'set':
      verify(isSet(object), 'Set');
      return writeContainer(writer, object, TAG.set);
    case 'error':
      return writeContainer(writer, object, isNativeError(object) ? TAG.error : TAG.instance);
    default:
      return writeLeaf(writer, object, kind.base);
  }
}

function writeNameless(writer: ValueWriter, object: Record<string, unknown>, prototype: object | null): void {
  if (prototype === null || objectKeys(object).length === 0) verify(!isExotic(object), 'a plain object');
  if (prototype === null) writeContainer(writer, object, TAG.nullPrototype);
  else writer.writePlain(object);
}

function writeArray(writer: ValueWriter, array: unknown[]): void {
  if (!writeNumbers(writer.out, array)) writeContainer(writer, array, TAG.array);
}

/** A container: its head, by which the reader makes it, and its content, now or later. */
function writeContainer(writer: ValueWriter, object: object, tag: number): void {
  const { out, tooDeep } = writer;
  if (tooDeep) out.byte(TAG.deferred);
  out.byte(tag);
  if (tag === TAG.error) writeErrorHead(writer, object as Error);
  else if (tag === TAG.instance) {
    const { type } = writer.tools.classes.kindOf(getPrototypeOf(object) as object);
    out.size(writer.tableIndex((type as TravellingClass).record, USE.class));
  }
  if (tooDeep) writer.defer(object, tag);
  else writeContent(writer, object, tag);
}

/** What stands in a container. */
export function writeContent(writer: ValueWriter, object: object, tag: number): void {
  switch (tag) {
    case TAG.array:
      return writer.writeElements(object as unknown[]);
    case TAG.map:
      return writeEntries(writer, object as Map<unknown, unknown>);
    case TAG.set:
      return writeMembers(writer, object as Set<unknown>);
    case TAG.error:
      return writeErrorProperties(writer, object as Error);
    default:
      return writer.writeDictionary(object as Record<string, unknown>, objectKeys(object));
  }
}

/** The entries are listed first: a getter that changes the Map while it is written must not keep us here for ever. */
function writeEntries(writer: ValueWriter, map: Map<unknown, unknown>): void {
  const entries: unknown[] = [];
  mapForEach(map, (value, key) => {
    entries[entries.length] = key;
    entries[entries.length] = value;
  });
  writer.out.size(entries.length / 2);
  writer.enter(map);
  for (let i = 0; i < entries.length; i++) {
    writer.at(i);
    writer.write(entries[i]);
  }
  writer.leave();
}

function writeMembers(writer: ValueWriter, set: Set<unknown>): void {
  const members: unknown[] = [];
  setForEach(set, (member) => {
    members[members.length] = member;
  });
  writer.out.size(members.length);
  writer.enter(set);
  for (let i = 0; i < members.length; i++) {
    writer.at(i);
    writer.write(members[i]);
  }
  writer.leave();
}

/** What a reducer makes of an object: a function and its arguments. */
function writeReduced(writer: ValueWriter, object: object, parts: readonly unknown[]): void {
  if (!isArray(parts) || typeof parts[0] !== 'function') {
    throw new Refusal('its reducer must return an array of a function and its arguments');
  }
  writer.out.byte(TAG.reduced);
  writer.enter(object);
  writer.at('[reduced]');
  writer.write(parts);
  writer.leave();
}
