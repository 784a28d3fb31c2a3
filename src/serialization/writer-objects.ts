/**
 * Writes objects that are neither plain nor arrays of the simplest sort, each kind as its own function.
 *
 * Rules: an object's kind comes from its prototype and is verified by what the engine says of it (`isMap` and its
 * like), never by a name or a tag that anybody can write.
 */

import type { Collector } from './attachments.js';
import { cloneNative } from './builtin-reducers.js';
import { className, type ObjectKind, type TravellingClass } from './classes.js';
import { describeProperties, extraKeys, writeExtraProperties } from './extras.js';
import { type AnyFunction, type ClosureState, type FunctionRecord, FunctionRefusal } from './function-record.js';
import {
  getPrototypeOf,
  hasOwn,
  isArgumentsObject,
  isArray,
  isArrayBuffer,
  isEnumerable,
  isExotic,
  isMap,
  isModuleNamespaceObject,
  isNativeError,
  isSet,
  isTypedArray,
  mapForEach,
  objectKeys,
  setForEach,
  typedArrayLength,
} from './intrinsics.js';
import { constructorOf } from './kinds.js';
import { Refusal, verify } from './refusal.js';
import { TAG, USE } from './wire.js';
import { writeClosure, writeClosureContent, writeOwnProperties, writeReference } from './writer-closures.js';
import type { Writer } from './writer-context.js';
import { builtinErrorRecord, writeErrorHead, writeErrorProperties } from './writer-errors.js';
import { writeLeaf } from './writer-leaves.js';
import { writeNumbers } from './writer-numbers.js';

const { toStringTag } = Symbol;

/** A function or a class: an entry in the message's table. */
export function writeFunction(writer: Writer, fn: AnyFunction): void {
  const record = describe(writer, fn);
  if (record.kind === 'value') return asRefusal(() => writeClosure(writer, fn));
  if (isReference(record)) return writeReference(writer, record);
  const index = writer.tableIndex(record, USE.function);
  writer.out.byte(TAG.function);
  writer.out.size(index);
}

function isReference({ kind }: FunctionRecord): boolean {
  return kind === 'import' || kind === 'commonjs' || kind === 'require';
}

function describe(writer: Writer, fn: AnyFunction): FunctionRecord {
  return asRefusal(() => writer.tools.port.describe(fn));
}

function asRefusal<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FunctionRefusal) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

const PLAIN: ObjectKind = { base: 'object' };

/** Any object, given its prototype. */
export function writeObject(writer: Writer, object: object, prototype: object | null): void {
  const reduce = writer.tools.reducers.find(prototype);
  if (reduce !== undefined) return writeReduced(writer, object, reduce(object));
  // Memory that is moved is written where memory is written.
  if (writer.collector?.moves(object) && !isArrayBuffer(object)) {
    writer.out.byte(TAG.attached);
    return writer.out.size(writer.collector.add(object));
  }
  if (isOdd(object) && writeAsReference(writer, object)) return;
  refuseOddities(object);
  const kind = kindOf(writer, prototype);
  const { base, type } = kind;
  if (kind.refused !== undefined && !(base === 'error' && isNativeError(object))) {
    if (writeAsReference(writer, object) || writeBeside(writer, object)) return;
    throw new Refusal(kind.refused);
  }
  const keys = extrasOf(writer, object, kind);
  const late = keys.length > 0 && writer.tooDeep;
  if (keys.length > 0) writer.out.byte(late ? TAG.lateExtras : TAG.extras);
  const isApart =
    type !== undefined && travels(type) && base !== 'object' && (base !== 'error' || isNativeError(object));
  if (isApart) writer.out.byte(TAG.subclassOf);
  else if (type !== undefined && base !== 'object' && base !== 'error') {
    writer.out.byte(TAG.subclass);
    writer.out.size(writer.tableIndex(type.record, USE.class));
  }
  writeBase(writer, object, kind, prototype);
  if (isApart) writer.write(type.constructor);
  if (late) writer.defer(object, TAG.extras);
  else if (keys.length > 0) writeExtraProperties(writer, object, keys);
}

/** Threads can clone some of what nobody can take apart. */
function writeBeside(writer: Writer, object: object): boolean {
  const copy = writer.collector === undefined ? undefined : cloneNative(object);
  if (copy === undefined) return false;
  writer.out.byte(TAG.attached);
  writer.out.size((writer.collector as Collector).add(copy));
  return true;
}

function kindOf(writer: Writer, prototype: object | null): ObjectKind {
  return prototype === null ? PLAIN : writer.tools.classes.kindOf(prototype);
}

/** Whether the class is part of the body. */
function travels({ record }: TravellingClass): boolean {
  return record.kind === 'value';
}

/** The keys that the base of an object does not write. */
function extrasOf(writer: Writer, object: object, { base, type }: ObjectKind): PropertyKey[] {
  const isError = base === 'error' && isNativeError(object);
  const hasElements = base === 'array' || base === 'view';
  return extraKeys(writer, object, {
    elements: hasElements ? lengthOf(object) : 0,
    namesWritten: base === 'object' || base === 'error',
    // Among elements, what is hidden could only be found by listing all of them.
    hidden: base === 'domException' || (!isError && (base === 'error' || (type !== undefined && !hasElements))),
  });
}

/** A DataView has none. */
function lengthOf(object: object): number {
  if (isArray(object)) return object.length;
  return isTypedArray(object) ? typedArrayLength(object) : 0;
}

/** What only is what it is in its own place, unless the other side has the same. */
function isOdd(object: object): boolean {
  return isModuleNamespaceObject(object) || isTaggedBuiltin(object) || constructorOf(object) !== undefined;
}

function isTaggedBuiltin(object: object): boolean {
  return hasOwn(object, toStringTag) && !isEnumerable(object, toStringTag);
}

function writeAsReference(writer: Writer, object: object): boolean {
  const reference = writer.tools.port.referenceOf(object);
  if (reference === undefined) return false;
  writeReference(writer, reference);
  return true;
}

function refuseOddities(object: object): void {
  if (isArgumentsObject(object)) throw new Refusal('it is an arguments object: send [...arguments]');
  if (isModuleNamespaceObject(object)) {
    throw new Refusal(
      'it is the namespace of a module: send the exported functions, or a copy such as { ...namespace }',
    );
  }
  const type = constructorOf(object);
  if (type !== undefined) {
    throw new Refusal(
      `it is the prototype of ${className(type)}, of which there would be a second one there: send the class itself`,
    );
  }
  if (isTaggedBuiltin(object) && objectKeys(object).length === 0) {
    throw new Refusal(
      'it is a built-in object such as Math, which is there already: send the functions that are needed',
    );
  }
}

function writeBase(writer: Writer, object: object, kind: ObjectKind, prototype: object | null): void {
  switch (kind.base) {
    case 'object':
      verify(!isExotic(object), 'a plain object or an instance of a class');
      return kind.type === undefined
        ? writeNameless(writer, object as Record<string, unknown>, prototype)
        : writeContainer(writer, object, travels(kind.type) ? TAG.instanceOf : TAG.instance);
    case 'array':
      verify(isArray(object), 'an Array');
      return writeArray(writer, object as unknown[]);
    case 'map':
      verify(isMap(object), 'a Map');
      return writeContainer(writer, object, TAG.map);
    case 'set':
      verify(isSet(object), 'a Set');
      return writeContainer(writer, object, TAG.set);
    case 'error':
      if (isNativeError(object)) return writeContainer(writer, object, TAG.error);
      verify(!isExotic(object), 'an error');
      return writeContainer(writer, object, kind.type && travels(kind.type) ? TAG.instanceOf : TAG.instance);
    default:
      return writeLeaf(writer, object, kind.base);
  }
}

function writeNameless(writer: Writer, object: Record<string, unknown>, prototype: object | null): void {
  if (prototype !== null) return writer.writePlain(object);
  writeContainer(writer, object, TAG.nullPrototype);
}

/** An array without other keys than its elements'. */
export function writeArray(writer: Writer, array: unknown[]): void {
  if (writeNumbers(writer.out, array)) return;
  if (writer.tooDeep) return writeContainer(writer, array, TAG.array);
  writer.out.byte(TAG.array);
  writer.writeElements(array);
}

/** A container: its head, by which the reader makes it, and its content, now or later. */
export function writeContainer(writer: Writer, object: object, tag: number): void {
  const { out, tooDeep } = writer;
  if (tooDeep) out.byte(TAG.deferred);
  out.byte(tag);
  if (tag === TAG.instanceOf) {
    const { type } = writer.tools.classes.kindOf(getPrototypeOf(object) as object);
    writer.write((type as TravellingClass).constructor);
  } else if (tag === TAG.error) writeErrorHead(writer, object as Error);
  else if (tag === TAG.instance) {
    const prototype = getPrototypeOf(object) as object;
    const { type } = writer.tools.classes.kindOf(prototype);
    out.size(writer.tableIndex(type?.record ?? builtinErrorRecord(prototype), USE.class));
  }
  if (tooDeep) writer.defer(object, tag);
  else writeContent(writer, object, tag);
}

/** What stands in a container. */
export function writeContent(writer: Writer, object: object, tag: number): void {
  switch (tag) {
    case TAG.array:
      return writer.writeElements(object as unknown[]);
    case TAG.map:
      return writeEntries(writer, object as Map<unknown, unknown>);
    case TAG.set:
      return writeMembers(writer, object as Set<unknown>);
    case TAG.described:
      return writeOwnProperties(writer, object, describeProperties(object));
    case TAG.closure:
      return asRefusal(() => writeClosureContent(writer, object as unknown as ClosureState));
    case TAG.error:
      return writeErrorProperties(writer, object as Error);
    case TAG.extras:
      return writeExtraProperties(
        writer,
        object,
        extrasOf(writer, object, kindOf(writer, getPrototypeOf(object) as object | null)),
      );
    default:
      return writer.writeDictionary(object as Record<string, unknown>, objectKeys(object));
  }
}

/** The entries are listed first: a getter that changes the Map while it is written must not keep us here for ever. */
function writeEntries(writer: Writer, map: Map<unknown, unknown>): void {
  const entries: unknown[] = [];
  mapForEach(map, (value, key) => {
    entries[entries.length] = key;
    entries[entries.length] = value;
  });
  writer.out.size(entries.length / 2);
  writer.trail.enter(map);
  for (let i = 0; i < entries.length; i++) {
    writer.trail.at(i);
    writer.write(entries[i]);
  }
  writer.trail.leave();
}

function writeMembers(writer: Writer, set: Set<unknown>): void {
  const members: unknown[] = [];
  setForEach(set, (member) => {
    members[members.length] = member;
  });
  writer.out.size(members.length);
  writer.trail.enter(set);
  for (let i = 0; i < members.length; i++) {
    writer.trail.at(i);
    writer.write(members[i]);
  }
  writer.trail.leave();
}

/** What a reducer makes of an object: a function and its arguments. */
function writeReduced(writer: Writer, object: object, parts: readonly unknown[]): void {
  writer.out.byte(TAG.reduced);
  writer.trail.enter(object);
  writer.trail.at('[reduced]');
  writer.writePartsOf(object, parts);
  writer.trail.leave();
}
