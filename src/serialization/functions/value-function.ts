/**
 * Compiles the code of functions with captured variables. The text is run again for each function that is made, so that each has
 * variables of its own.
 *
 * Rules: knows no message. Reads nothing of what a task may have replaced while it makes a function.
 * Guarantees: as of `glue.ts`; a variable that had no value yet throws the same ReferenceError; a class that is known here is not
 * made again.
 */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyFunction, ClosureCode, MadeClosure, ValueRecord } from '../function-record.js';
import { apply, stringIndexOf, stringSlice } from '../intrinsics.js';
import { findClass, isOriginal, noteClass } from './class-tracker.js';
import { toFile } from './entry-script.js';
import { findHelpers, restoreName, runGlued, takeMethod } from './glue.js';
import { createLruMap, type LruLimits } from './lru-map.js';

const { stringify } = JSON;

/** The variables of one function that was made. */
interface Slot {
  set(values: readonly unknown[]): void;
  get(): unknown[];
}

/** Reads the captured variables of a function that was made here. */
export type CellReader = () => readonly unknown[];

/** What the compiler tells of each function that it makes, with how to read its variables. */
export type NoteMade = (
  fn: AnyFunction,
  made: {
    readonly record: ValueRecord;
    readonly read: CellReader;
    readonly uninitialized: readonly number[];
    readonly head: readonly unknown[];
  },
) => void;

/** A compiler of closures with its own bounded cache. */
export interface ClosureCompiler {
  compile(record: ValueRecord): ClosureCode;
}

type Factory = (slot: Slot, ...given: unknown[]) => [object];

/** Makes a compiler of closures. */
export function createClosureCompiler(
  note: NoteMade,
  limits: LruLimits = { maxEntries: 1000, maxWeight: 16 * 2 ** 20 },
): ClosureCompiler {
  const compiled = createLruMap<string, ClosureCode>(limits);
  return {
    compile(record) {
      const key = stringify(record);
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const code = createCode(record, note);
      compiled.set(key, code, key.length);
      return code;
    },
  };
}

function createCode(record: ValueRecord, note: NoteMade): ClosureCode {
  const helpers = findHelpers(record.source, record.url);
  const meta = record.meta === undefined ? undefined : createMeta(record);
  const given = helpers.values;
  const usual = createFactory(record, helpers.names, []);
  return {
    record,
    make({ id, head, uninitialized }) {
      const known = id === '' ? undefined : findClass(id);
      if (known !== undefined && isOriginal(id)) return { fn: known, origin: 'original', fill: () => {} };
      if (known !== undefined) {
        const slot = slots.get(known);
        if (slot !== undefined) return { fn: known, origin: 'made', fill: (cells) => slot.set(cells) };
      }
      const factory = uninitialized.length === 0 ? usual : createFactory(record, helpers.names, uninitialized);
      const slot = {} as Slot;
      const args: unknown[] = [slot];
      for (let i = 0; i < given.length; i++) args[args.length] = given[i];
      if (meta !== undefined) args[args.length] = meta;
      for (let i = 0; i < head.length; i++) args[args.length] = head[i];
      const made = apply(factory as (...all: unknown[]) => [object], undefined, args)[0];
      const fn = restoreName(record.form === 'method' ? takeMethod(made) : (made as AnyFunction), record.name);
      if (id !== '') {
        noteClass(fn, id);
        slots.set(fn, slot);
      }
      note(fn, { record, read: () => slot.get(), uninitialized, head });
      return { fn, origin: 'made', fill: (cells) => slot.set(cells) } satisfies MadeClosure;
    },
  };
}

const slots = new WeakMap<AnyFunction, Slot>();

/** What a task may have replaced, such as the methods of arrays, is not used. */
function createFactory(record: ValueRecord, helperNames: readonly string[], uninitialized: readonly number[]): Factory {
  const { source, form, strict, url, line, column, cells, head, meta } = record;
  const slot = freeName(source);
  const values = `${slot}$`;
  let parameters = slot;
  for (let i = 0; i < helperNames.length; i++) parameters += `,${helperNames[i]}`;
  if (meta !== undefined) parameters += `,${meta}`;
  for (let i = 0; i < head.length; i++) parameters += `,${head[i]}`;
  let declared = '';
  let missing = '';
  let setters = '';
  let getters = '';
  for (let i = 0; i < cells.length; i++) {
    const name = cells[i] as string;
    const isMissing = holds(uninitialized, i);
    getters += isMissing ? ',' : `${name},`;
    if (isMissing) missing += missing === '' ? name : `,${name}`;
    else {
      declared += declared === '' ? name : `,${name}`;
      setters += `${name}=${values}[${i}];`;
    }
  }
  const { block, put, take } = writePrivates(record, slot, values);
  const before =
    `(function(${parameters}){${strict ? '"use strict";' : ''}${declared === '' ? '' : `let ${declared};`}` +
    `${slot}.set=function(${values}){${setters}${put}};${slot}.get=function(){return[${getters}${take}]};` +
    `return[${form === 'method' ? '{' : ''}`;
  // A declaration that is never reached leaves its name without a value.
  const after = `${form === 'method' ? '}' : ''}];${missing === '' ? '' : `let ${missing};`}})`;
  const code = block === '' ? source : `${stringSlice(source, 0, -1)}${block}}`;
  return runGlued({ before, source: code, after, url, line, column }) as Factory;
}

/** Only code inside a class reaches its private fields. It stands at the end, where it moves nothing. */
function writePrivates(
  { cells, privates = [] }: ValueRecord,
  slot: string,
  values: string,
): { readonly block: string; readonly put: string; readonly take: string } {
  let writes = '';
  let readers = '';
  let take = '';
  for (let i = 0; i < privates.length; i++) {
    writes += `this.${privates[i]}=${values}[${cells.length + i}];`;
    readers += `${slot}.take${i}=()=>this.${privates[i]};`;
    take += `${slot}.take${i}(),`;
  }
  if (writes === '') return { block: '', put: '', take };
  return { block: `;static{${slot}.put=(${values})=>{${writes}};${readers}}`, put: `${slot}.put(${values})`, take };
}

function holds(numbers: readonly number[], wanted: number): boolean {
  for (let i = 0; i < numbers.length; i++) if (numbers[i] === wanted) return true;
  return false;
}

/** A name that the text does not use. */
function freeName(source: string): string {
  let name = '$';
  while (stringIndexOf(source, name) !== -1) name += '$';
  return name;
}

/** What `import.meta` holds in a file, but for what loaders add. */
function createMeta({ url = '' }: ValueRecord): object {
  const meta: Record<string, unknown> = { __proto__: null };
  const file = toFile(url);
  if (file !== undefined) {
    meta.dirname = dirname(file);
    meta.filename = file;
  }
  meta.main = false;
  meta.resolve = (specifier: string): string => resolveFrom(url, specifier);
  meta.url = url;
  return meta;
}

function resolveFrom(url: string, specifier: string): string {
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
  if (URL.canParse(specifier)) return specifier;
  const found = createRequire(fileURLToPath(url)).resolve(specifier);
  return found.startsWith('/') || /^[a-z]:\\/i.test(found) ? new URL(`file://${found}`).href : `node:${found}`;
}
