/**
 * Writes functions made of code and captured values: the code is an entry of the message's table, the values stand in the body,
 * so that identity and cycles are those of the rest of the message. Twin of `reader-closures.ts`.
 *
 * Rules: knows no text and no inspector; the port says what is captured.
 * Guarantees: runs no getter of a function; a path in an error names the captured variable and where the function stands.
 */

import { warn } from '../base/warning.js';
import { type AnyFunction, ByReference, type ClosureState, type PropertyState } from './function-record.js';
import { hasOwn, SafeMap, stringSlice } from './intrinsics.js';
import { TAG, USE } from './wire.js';
import type { Writer } from './writer-context.js';

/** What follows the cells. */
export const CLOSURE_PART = { properties: 1, prototype: 2, parent: 4, deleted: 8 } as const;
/** How a property was defined. */
export const PROPERTY = { enumerable: 1, writable: 2, configurable: 4, accessor: 8 } as const;

/** A function with captured values. */
export function writeClosure(writer: Writer, fn: AnyFunction): void {
  const { out } = writer;
  writer.shared ??= new SafeMap();
  const state = writer.tools.port.stateOf(fn, {
    shared: writer.shared,
    holder: writer.trail.holder,
    around: writer.trail,
  });
  const late = writer.tooDeep || (writer.headDepth > 0 && !writer.mustBeWhole);
  if (late) out.byte(TAG.deferred);
  out.byte(TAG.closure);
  out.size(writer.tableIndex(state.record, USE.function));
  out.string(state.id);
  out.size(state.uninitialized.length);
  for (let i = 0; i < state.uninitialized.length; i++) out.size(state.uninitialized[i] as number);
  writeHead(writer, state);
  if (late) writer.defer(state, TAG.closure);
  else writeClosureContent(writer, state);
}

/** Of what stands in the head only the heads come first, for it may lead back to this function. */
function writeHead(writer: Writer, { fn, head, record, place }: ClosureState): void {
  if (head.length === 0) return;
  writer.headDepth++;
  writer.trail.enter(fn);
  for (let i = 0; i < head.length; i++) {
    const label = record.home === undefined ? headLabel(record.head[i] as string) : HOME_LABELS[i];
    writer.trail.at(`@${label} of ${place}`);
    writer.write(head[i]);
  }
  writer.trail.leave();
  writer.headDepth--;
}

const HOME_LABELS = ['the class', 'the key', 'the part', 'the "this"'] as const;

function headLabel(name: string): string {
  if (name === 'target') return 'the target';
  if (name === 'self') return 'the bound "this"';
  if (name.length > 3 && stringSlice(name, 0, 3) === 'arg') return 'a bound argument';
  return name.includes('su') ? 'the superclass' : 'a computed key';
}

/** The captured values and what was set on the function. */
export function writeClosureContent(writer: Writer, state: ClosureState): void {
  const { fn, cells, labels, place } = state;
  const { out, trail } = writer;
  const depth = writer.headDepth;
  writer.headDepth = 0;
  writer.captureDepth++;
  trail.enter(fn);
  for (let i = 0; i < cells.length; i++) {
    trail.at(`@variable "${labels[i]}" of ${place}`);
    const before = sizeOf(writer);
    writeCell(writer, cells[i]);
    if (sizeOf(writer) - before > LARGE_BYTES) warnOnce(writer, sizeOf(writer) - before);
  }
  const { properties, prototype, parent, deleted } = state;
  out.byte(
    (properties.length > 0 ? CLOSURE_PART.properties : 0) |
      (prototype === undefined ? 0 : CLOSURE_PART.prototype) |
      (parent === undefined ? 0 : CLOSURE_PART.parent) |
      (deleted === undefined ? 0 : CLOSURE_PART.deleted),
  );
  if (properties.length > 0) writeProperties(writer, properties, '');
  if (prototype !== undefined) {
    out.byte(prototype.hasConstructor ? 1 : 0);
    trail.at('@the prototype');
    if (prototype.parent === undefined) out.byte(0);
    else {
      out.byte('of' in prototype.parent ? 1 : 2);
      writer.write('of' in prototype.parent ? prototype.parent.of : prototype.parent.object);
    }
    writeProperties(writer, prototype.properties, 'prototype.');
  }
  if (parent !== undefined) {
    trail.at('@the parent');
    writer.write(parent);
  }
  if (deleted !== undefined) {
    writeKeys(writer, deleted.own);
    writeKeys(writer, deleted.inherited);
  }
  trail.leave();
  writer.captureDepth--;
  writer.headDepth = depth;
}

function writeKeys(writer: Writer, keys: readonly PropertyKey[]): void {
  writer.out.size(keys.length);
  for (let i = 0; i < keys.length; i++) writer.write(keys[i]);
}

/** A captured value of this size was rarely meant to travel with each call. */
const LARGE_BYTES = 2 ** 20;

function sizeOf({ out, buffers }: Writer): number {
  return out.position + (buffers === undefined ? 0 : buffers.byteLength);
}

const MAX_WARNINGS = 1000;
const warned = new Set<string>();

/** For what stands innermost: what holds it is as large, and is not warned about again. */
function warnOnce(writer: Writer, bytes: number): void {
  if (writer.hasWarned) return;
  writer.hasWarned = true;
  const path = writer.trail.path();
  if (warned.has(path) || warned.size >= MAX_WARNINGS) return;
  warned.add(path);
  const size = (bytes / 2 ** 20).toFixed(1);
  warn({
    code: 'TARDIGRADE_LARGE_CAPTURE',
    message: `A function that is sent to a worker captures ${size} MiB, which travel with each call: ${path}`,
  });
}

function writeCell(writer: Writer, value: unknown): void {
  if (!(value instanceof ByReference)) return writer.write(value);
  writer.out.byte(TAG.imported);
  writer.out.size(writer.tableIndex(value.record, USE.value));
}

/** An object that the other side has. */
export function writeReference(writer: Writer, record: ByReference['record']): void {
  writer.out.byte(TAG.reference);
  writer.out.size(writer.tableIndex(record, USE.value));
}

/** The properties of an object as they are, without running a getter. */
export function writeOwnProperties(writer: Writer, object: object, properties: readonly PropertyState[]): void {
  writer.trail.enter(object);
  writeProperties(writer, properties, '');
  writer.trail.leave();
}

function writeProperties(writer: Writer, properties: readonly PropertyState[], prefix: string): void {
  const { out, trail } = writer;
  out.size(properties.length);
  for (let i = 0; i < properties.length; i++) {
    const { key, descriptor } = properties[i] as PropertyState;
    const { get, set } = descriptor;
    const isAccessor = !hasOwn(descriptor, 'value');
    trail.at(typeof key === 'symbol' ? key : `${prefix}${String(key)}`);
    writer.write(key);
    out.byte(
      (descriptor.enumerable ? PROPERTY.enumerable : 0) |
        (descriptor.writable ? PROPERTY.writable : 0) |
        (descriptor.configurable ? PROPERTY.configurable : 0) |
        (isAccessor ? PROPERTY.accessor : 0),
    );
    if (!isAccessor) writer.write(descriptor.value);
    else {
      writer.write(get);
      writer.write(set);
    }
  }
}
