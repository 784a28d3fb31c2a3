/**
 * Errors: the class (or, where that cannot be found, the name), and every own property, hidden ones included.
 *
 * Rules: an error never fails for its class alone: one that cannot be found arrives as the nearest built-in class, under its own
 * name.
 * Guarantees: `message`, `stack`, `cause`, `errors`, `code` and all other own properties travel, as values of any type.
 */

import type { FunctionRecord } from './function-record.js';
import { getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf } from './intrinsics.js';
import { builtinErrorNumber } from './kinds.js';
import { ERROR_NAMES, USE } from './wire.js';
import type { Writer } from './writer-context.js';

/** What the reader needs to make the error: its nearest built-in class, its own class plus one (0 is none), its name. */
export function writeErrorHead(writer: Writer, error: Error): void {
  const { out } = writer;
  const prototype = getPrototypeOf(error) as object;
  const builtin = builtinErrorNumber(prototype);
  if (builtin !== undefined) {
    out.byte(builtin);
    out.byte(0);
    out.string('');
    return;
  }
  out.byte(nearestBuiltin(prototype));
  const { type } = writer.tools.classes.kindOf(prototype);
  // A class that travels in the body follows the error.
  if (type?.record.kind === 'value') {
    out.size(0);
    out.string('');
    return;
  }
  out.size(type === undefined ? 0 : writer.tableIndex(type.record, USE.errorClass) + 1);
  const { name } = error as { name: unknown };
  out.string(typeof name === 'string' ? name : '');
}

const builtinRecords: readonly FunctionRecord[] = ERROR_NAMES.map((path) => ({ kind: 'builtin', path }));

/** The built-in class of an object that only inherits from it: `Object.create(Error.prototype)`. */
export function builtinErrorRecord(prototype: object): FunctionRecord {
  return builtinRecords[nearestBuiltin(prototype)] as FunctionRecord;
}

/** Node's own errors have a prototype of their own between them and, say, `TypeError`, which nobody can name. */
function nearestBuiltin(prototype: object): number {
  for (let at: object | null = prototype; at !== null; at = getPrototypeOf(at) as object | null) {
    const builtin = builtinErrorNumber(at);
    if (builtin !== undefined) return builtin;
  }
  return 0;
}

/**
 * All own names with their values. `stack` is read as a string; where a program makes something else of it, its first
 * line stands for it. Hidden functions (Node gives its own errors a `toString`) belong to the class and stay.
 */
export function writeErrorProperties(writer: Writer, error: Error): void {
  const { out } = writer;
  const names = getOwnPropertyNames(error);
  const kept: string[] = [];
  for (let i = 0; i < names.length; i++) {
    const descriptor = getOwnPropertyDescriptor(error, names[i] as string);
    if (descriptor === undefined || (!descriptor.enumerable && typeof descriptor.value === 'function')) continue;
    kept[kept.length] = names[i] as string;
  }
  out.size(kept.length);
  writer.trail.enter(error);
  for (let i = 0; i < kept.length; i++) {
    const name = kept[i] as string;
    writer.trail.at(name);
    out.string(name);
    out.byte(getOwnPropertyDescriptor(error, name)?.enumerable === true ? 1 : 0);
    const value = (error as unknown as Record<string, unknown>)[name];
    writer.write(name === 'stack' && typeof value !== 'string' && value !== undefined ? firstLine(error) : value);
  }
  writer.trail.leave();
}

function firstLine(error: Error): string {
  return `${error.name}: ${error.message}`;
}
