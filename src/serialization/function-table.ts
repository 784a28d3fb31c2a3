/**
 * The table of functions and classes of one message: written as plain data, and turned back into functions through the port
 * before the body is read, so that reading itself never waits.
 *
 * Guarantees: an error's class that cannot be had is only marked as missing; any other failure says where in the value it is.
 */

import type { ByteReader } from './byte-reader.js';
import { Damaged } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import {
  type AnyFunction,
  type FunctionPort,
  type FunctionRecord,
  LoadFailure,
  type ReferenceRecord,
} from './function-record.js';
import { isArray, isPromise, promiseThen } from './intrinsics.js';
import { ValueReader } from './reader.js';
import type { ReaderParts, Resolved } from './reader-context.js';
import { Refusal, textOf } from './refusal.js';
import type { ReadShapes } from './shapes.js';
import { lookAt } from './untouched.js';
import { USE } from './wire.js';
import type { ValueWriter } from './writer.js';
import type { TableEntry } from './writer-context.js';

/** How a side gets at classes: a worker loads their modules, the host only looks among those that it has loaded. */
export type ClassLoading = 'load' | 'known';

/** What the table is resolved with. */
export interface TableOptions {
  readonly port: FunctionPort;
  readonly classes: ClassLoading;
}

/** Reads the entries, checking that they are ones. */
export function readEntries(input: ByteReader, shapes: ReadShapes): TableEntry[] {
  const parts: ReaderParts = { shapes, buffers: undefined, table: [], attached: undefined };
  const entries = new ValueReader(input, parts).read();
  if (entries === null) return [];
  if (!isArray(entries)) throw new Damaged('their table of functions is none');
  for (let i = 0; i < entries.length; i++) {
    if (!isEntry(entries[i])) throw new Damaged('their table of functions is none');
  }
  return entries as TableEntry[];
}

type Loose = Record<string, unknown> | null | undefined;

function isEntry(value: unknown): value is TableEntry {
  const entry = value as Loose;
  const record = entry?.record as Loose;
  if (typeof entry?.path !== 'string' || typeof entry.use !== 'number' || typeof record !== 'object' || record === null)
    return false;
  if (record.kind === 'module') return typeof record.url === 'string' && typeof record.name === 'string';
  switch (record.kind) {
    case 'builtin':
      return typeof record.path === 'string';
    case 'text':
      return typeof record.source === 'string';
    case 'value':
      return typeof record.source === 'string' && isArray(record.cells) && isArray(record.head);
    case 'import':
      return (
        typeof record.specifier === 'string' && typeof record.parent === 'string' && typeof record.name === 'string'
      );
    case 'commonjs':
      return typeof record.url === 'string';
    default:
      return record.kind === 'require' && typeof record.folder === 'string';
  }
}

/** The functions and classes of the entries, at once if none has to be loaded. */
export function resolveEntries(
  entries: readonly TableEntry[],
  options: TableOptions,
): Resolved[] | Promise<Resolved[]> {
  const resolved: Resolved[] = [];
  let waiting = false;
  const results: (Resolved | Promise<Resolved>)[] = [];
  for (let i = 0; i < entries.length; i++) {
    const result = resolve(entries[i] as TableEntry, options);
    results[i] = result;
    if (isPromise(result)) waiting = true;
    else resolved[i] = result;
  }
  return waiting ? settleAll(results) : resolved;
}

/** Every one is waited for, so that no second failure is left unobserved; the first in order is thrown. */
async function settleAll(results: readonly (Resolved | Promise<Resolved>)[]): Promise<Resolved[]> {
  const resolved: Resolved[] = [];
  const failures: unknown[] = [];
  for (let i = 0; i < results.length; i++) {
    try {
      resolved[i] = await (results[i] as Resolved);
    } catch (error) {
      failures[failures.length] = error;
    }
  }
  if (failures.length > 0) throw failures[0];
  return resolved;
}

function resolve(entry: TableEntry, options: TableOptions): Resolved | Promise<Resolved> {
  const { port, classes } = options;
  const { record, use } = entry;
  try {
    if (record.kind === 'value') return { code: port.compile(record) };
    if (use === USE.value || isReference(record)) return resolveValue(entry, options);
    const isRevived = use === USE.function || classes === 'load';
    const found = isRevived ? port.revive(record) : port.reviveKnown(record);
    if (typeof found === 'function' && isRevived && record.kind === 'text') {
      return { fn: found, look: lookAt(found), again: () => port.revive(record) as AnyFunction };
    }
    if (typeof found === 'function' || found === undefined) return resolvedOf(entry, found);
    const loaded = awaitFunction(entry, found, classes);
    promiseThen(loaded, undefined, () => {});
    return loaded;
  } catch (error) {
    return failed(entry, error, classes);
  }
}

function isReference(record: FunctionRecord): record is ReferenceRecord {
  return record.kind === 'import' || record.kind === 'commonjs' || record.kind === 'require';
}

function resolveValue(entry: TableEntry, options: TableOptions): Resolved | Promise<Resolved> {
  const { port, classes } = options;
  const { record } = entry;
  if (!isReference(record) && record.kind !== 'builtin') return resolve({ ...entry, use: USE.function }, options);
  const value = port.resolve(record);
  if (!isPromise(value) || record.kind === 'builtin') return { value };
  const loaded = awaitValue(entry, value, classes);
  promiseThen(loaded, undefined, () => {});
  return loaded;
}

/** In a box: what a module exports may be a promise itself. */
async function awaitValue(entry: TableEntry, loading: Promise<unknown>, classes: ClassLoading): Promise<Resolved> {
  try {
    return { value: ((await loading) as { readonly value: unknown }).value };
  } catch (error) {
    return failed(entry, error, classes);
  }
}

async function awaitFunction(
  entry: TableEntry,
  found: Promise<AnyFunction | undefined>,
  classes: ClassLoading,
): Promise<Resolved> {
  try {
    return resolvedOf(entry, await found);
  } catch (error) {
    return failed(entry, error, classes);
  }
}

function resolvedOf({ record, path }: TableEntry, found: AnyFunction | undefined): Resolved {
  if (typeof found === 'function') return { fn: found };
  return {
    missing: `${describeRecord(record)} is not loaded here: import its module in the host before the result arrives`,
    path,
  };
}

function failed({ use, record, path }: TableEntry, error: unknown, classes: ClassLoading): Resolved {
  const isLoadFailure = error instanceof LoadFailure && record.kind === 'module';
  const missing = isLoadFailure
    ? `the ${classes === 'load' ? 'worker' : 'host'} could not load ${record.url}, which exports ${record.name}: ${error.reason}`
    : `${describeRecord(record)} could not be had here: ${textOf(error)}`;
  if (use === USE.errorClass) return { missing, path };
  throw new Refusal(missing, { path, cause: isLoadFailure ? error.cause : error });
}

function describeRecord(record: FunctionRecord): string {
  switch (record.kind) {
    case 'module':
      return `${record.name} of ${record.url}`;
    case 'builtin':
      return record.module === undefined ? record.path : `${record.path} of ${record.module}`;
    case 'import':
      return `${record.name} of '${record.specifier}', as ${record.parent} imports it,`;
    case 'commonjs':
      return `module.exports of ${record.url}`;
    case 'require':
      return `the require of ${record.folder}`;
    case 'value':
    case 'text':
      return `the function ${record.name === '' ? '(anonymous)' : record.name}`;
    default:
      return record satisfies never;
  }
}

/** Writes the table after a message's body, as a value of its own. It is plain data, so that no code of the user's runs. */
export function writeEntries(out: ByteWriter, entries: readonly TableEntry[], writer: ValueWriter): void {
  try {
    writer.writeRoot(entries, 'functions');
    out.raw(writer.out.bytes, writer.out.position);
  } finally {
    writer.reset();
  }
}
