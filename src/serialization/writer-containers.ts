/**
 * Writes containers: the head, by which the reader makes one, and the content, now or, where it stands too deep, later.
 *
 * Rules: which container an object is, is decided by `writer-objects.ts`.
 */

import { type Attributes, attributesOf, writeAttributes } from './attributes.js';
import type { ObjectKind, TravellingClass } from './classes.js';
import { extraKeys, writeExtraProperties } from './extras.js';
import { type ClosureState, FunctionRefusal } from './function-record.js';
import {
  getPrototypeOf,
  isArray,
  isNativeError,
  isTypedArray,
  mapForEach,
  objectKeys,
  setForEach,
  typedArrayLength,
} from './intrinsics.js';
import type { Base } from './kinds.js';
import { Refusal } from './refusal.js';
import { TAG, USE } from './wire.js';
import { writeClosureContent } from './writer-closures.js';
import type { Writer } from './writer-context.js';
import { builtinErrorRecord, writeErrorHead, writeErrorProperties } from './writer-errors.js';

const PLAIN: ObjectKind = { base: 'object' };

/** What an object is, by its prototype. */
export function kindOf(writer: Writer, prototype: object | null): ObjectKind {
  return prototype === null ? PLAIN : writer.tools.classes.kindOf(prototype);
}

/** The keys that the base of an object does not write. */
export function extrasOf(
  writer: Writer,
  object: object,
  { base, type }: ObjectKind,
  attributes: Attributes | undefined,
): PropertyKey[] {
  const isError = base === 'error' && isNativeError(object);
  const hasElements = base === 'array' || base === 'view';
  const keys = extraKeys(writer, object, {
    elements: hasElements ? lengthOf(object) : 0,
    namesWritten: base === 'object' || base === 'error',
    // Among elements, what is hidden could only be found by listing all of them.
    hidden: base === 'domException' || (!isError && (base === 'error' || (type !== undefined && !hasElements))),
  });
  const described = attributes?.properties ?? [];
  return described.length === 0 ? keys : keys.filter((key) => described.every((property) => property.key !== key));
}

/** A DataView has none. */
function lengthOf(object: object): number {
  if (isArray(object)) return object.length;
  return isTypedArray(object) ? typedArrayLength(object) : 0;
}

/** Turns the refusal of a function into that of a value. */
export function asRefusal<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FunctionRefusal) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

/** A container: its head, by which the reader makes it, and its content, now or later, or none where all of it is described. */
export function writeContainer(writer: Writer, object: object, tag: number, isDescribed = false): void {
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
  else if (isDescribed) out.size(0);
  else writeContent(writer, object, tag);
}

/** What stands in a container. */
export function writeContent(writer: Writer, object: object, tag: number): void {
  const kindHere = (): ObjectKind => kindOf(writer, getPrototypeOf(object) as object | null);
  switch (tag) {
    case TAG.array:
      return writer.writeElements(object as unknown[]);
    case TAG.map:
      return writeEntries(writer, object as Map<unknown, unknown>);
    case TAG.set:
      return writeMembers(writer, object as Set<unknown>);
    case TAG.attributes:
      return writeAttributes(writer, object, lateAttributes(object, kindHere().base));
    case TAG.closure:
      return asRefusal(() => writeClosureContent(writer, object as unknown as ClosureState));
    case TAG.error:
      return writeErrorProperties(writer, object as Error);
    case TAG.extras:
      return writeExtraProperties(writer, object, extrasOf(writer, object, kindHere(), undefined));
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

/** A getter that ran meanwhile may have changed the object. */
function lateAttributes(object: object, base: Base): Attributes {
  return attributesOf(object, base) ?? { integrity: 0, properties: [] };
}
