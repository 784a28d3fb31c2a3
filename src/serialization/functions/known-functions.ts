/**
 * The functions and classes that were described here, found again by their record: so an instance that comes back is one
 * of the class that went out.
 *
 * Guarantees: keeps nobody alive.
 */

import type { AnyFunction, FunctionRecord } from '../function-record.js';

const known = new Map<string, WeakRef<AnyFunction>>();
const urls = new Set<string>();
const collected = new FinalizationRegistry<string>((key) => {
  if (known.get(key)?.deref() === undefined) known.delete(key);
});

function keyOf(record: FunctionRecord): string {
  return record.kind === 'module' ? `${record.url} ${record.name}` : JSON.stringify(record);
}

/** Something that `new` makes instances of: arrow functions and methods have no `prototype`. */
function isConstructible(fn: AnyFunction): boolean {
  return Object.hasOwn(fn, 'prototype');
}

/** Notes a function with its new record. Functions by text are not looked for again; classes are. */
export function noteKnown(fn: AnyFunction, record: FunctionRecord): void {
  if (record.kind === 'builtin' || record.kind === 'value' || (record.kind === 'text' && !isConstructible(fn))) return;
  const key = keyOf(record);
  known.set(key, new WeakRef(fn));
  collected.register(fn, key);
  if (record.kind === 'module') urls.add(record.url);
}

/** The function with this record, if it was described here and is alive. */
export function findKnown(record: FunctionRecord): AnyFunction | undefined {
  return known.get(keyOf(record))?.deref();
}

/** The modules whose exports were described here. */
export function listKnownModules(): readonly string[] {
  return [...urls];
}

/** Whether something that this module exports was described here, so that the module must be loaded. */
export function isKnownModule(url: string): boolean {
  return urls.has(url);
}
