/**
 * Writes objects that are neither plain nor arrays of the simplest sort, each kind as its own function.
 *
 * Rules: an object's kind comes from its prototype and is verified by what the engine says of it (`isMap` and its
 * like), never by a name or a tag that anybody can write.
 */

import type { Collector } from './attachments.js';
import { type Attributes, attributesOf, isAllProperties, writeAttributes } from './attributes.js';
import { cloneNative } from './builtin-reducers.js';
import { className, type ObjectKind, type TravellingClass } from './classes.js';
import { writeExtraProperties } from './extras.js';
import type { AnyFunction, FunctionRecord } from './function-record.js';
import {
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
  objectKeys,
} from './intrinsics.js';
import { type Base, constructorOf } from './kinds.js';
import { Refusal, verify } from './refusal.js';
import { TAG, USE } from './wire.js';
import { writeClosure, writeReference } from './writer-closures.js';
import { asRefusal, extrasOf, kindOf, writeContainer } from './writer-containers.js';
import type { Writer } from './writer-context.js';
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
  const attributes = writer.captureDepth > 0 ? attributesOf(object, base) : undefined;
  const late = writer.tooDeep;
  if (attributes !== undefined) writer.out.byte(late ? TAG.lateAttributes : TAG.attributes);
  const keys = extrasOf(writer, object, kind, attributes);
  if (keys.length > 0) writer.out.byte(late ? TAG.lateExtras : TAG.extras);
  const isApart =
    type !== undefined && travels(type) && base !== 'object' && (base !== 'error' || isNativeError(object));
  if (isApart) writer.out.byte(TAG.subclassOf);
  else if (type !== undefined && base !== 'object' && base !== 'error') {
    writer.out.byte(TAG.subclass);
    writer.out.size(writer.tableIndex(type.record, USE.class));
  }
  writeBase(writer, object, { kind, prototype, isDescribed: describesAll(object, base, attributes) });
  if (isApart) writer.write(type.constructor);
  if (keys.length > 0) {
    if (late) writer.defer(object, TAG.extras);
    else writeExtraProperties(writer, object, keys);
  }
  if (attributes !== undefined) {
    if (late) writer.defer(object, TAG.attributes);
    else writeAttributes(writer, object, attributes);
  }
}

/** Threads can clone some of what nobody can take apart. */
function writeBeside(writer: Writer, object: object): boolean {
  const copy = writer.collector === undefined ? undefined : cloneNative(object);
  if (copy === undefined) return false;
  writer.out.byte(TAG.attached);
  writer.out.size((writer.collector as Collector).add(copy));
  return true;
}

/** Whether the class is part of the body. */
function travels({ record }: TravellingClass): boolean {
  return record.kind === 'value';
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

interface BaseParts {
  readonly kind: ObjectKind;
  readonly prototype: object | null;
  /** Whether all its properties come later. */
  readonly isDescribed: boolean;
}

function writeBase(writer: Writer, object: object, { kind, prototype, isDescribed }: BaseParts): void {
  const { type } = kind;
  switch (kind.base) {
    case 'object':
      verify(!isExotic(object), 'a plain object or an instance of a class');
      if (type !== undefined) return writeContainer(writer, object, instanceTag(type), isDescribed);
      if (prototype === null) return writeContainer(writer, object, TAG.nullPrototype, isDescribed);
      return isDescribed
        ? writeContainer(writer, object, TAG.dictionary, isDescribed)
        : writer.writePlain(object as Record<string, unknown>);
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
      return writeContainer(writer, object, instanceTag(type), isDescribed);
    default:
      return writeLeaf(writer, object, kind.base);
  }
}

function instanceTag(type: TravellingClass | undefined): number {
  return type !== undefined && travels(type) ? TAG.instanceOf : TAG.instance;
}

function describesAll(object: object, base: Base, attributes: Attributes | undefined): boolean {
  return attributes !== undefined && attributes.properties.length > 0 && isAllProperties(object, base);
}

/** An array without other keys than its elements'. */
export function writeArray(writer: Writer, array: unknown[]): void {
  if (writeNumbers(writer.out, array)) return;
  if (writer.tooDeep) return writeContainer(writer, array, TAG.array);
  writer.out.byte(TAG.array);
  writer.writeElements(array);
}

/** What a reducer makes of an object: a function and its arguments. */
function writeReduced(writer: Writer, object: object, parts: readonly unknown[]): void {
  writer.out.byte(TAG.reduced);
  writer.trail.enter(object);
  writer.trail.at('[reduced]');
  writer.writePartsOf(object, parts);
  writer.trail.leave();
}
