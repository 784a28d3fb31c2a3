/**
 * Compiles the text of a function again, so that it behaves and reports its place as the original does.
 *
 * Rules: the text sees the globals and the helpers of known tools, and no variable of this package.
 * Guarantees: file, line and column in stack traces are the original's; `name` and strictness too; `import()` resolves
 * against the original file; equal records give the identical function while the bounded cache remembers them.
 */

import { constants, Script } from 'node:vm';
import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { SafeMap } from '../intrinsics.js';
import { createLruMap, type LruLimits } from './lru-map.js';

/** A function that travels by its text. */
export type TextRecord = Extract<FunctionRecord, { kind: 'text' }>;

/** Names that tools put into a text, with what stands for them in a worker. */
const HELPER_NAMES = /\b(?:__name|cov_\w+)\b/g;

/** Whether a tool injects this name: esbuild's `__name`, istanbul's counters. */
export function isToolHelper(name: string): boolean {
  return /^(?:__name|cov_\w+)$/.test(name);
}

const { defineProperty } = Object;
const { stringify } = JSON;

/** esbuild wraps functions in it to keep their names. */
function nameFunction(target: object, value: string): object {
  return defineProperty(target, 'name', { value, configurable: true });
}

/** Takes every call, property, increment and assignment: a counter that nobody reads. */
function createAbsorber(): unknown {
  const absorber: unknown = new Proxy(() => {}, {
    get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : absorber),
    set: () => true,
    apply: () => absorber,
  });
  return absorber;
}

/** A compiler of texts with its own bounded cache. */
export interface TextCompiler {
  compile(record: TextRecord): AnyFunction;
  readonly cachedCount: number;
}

/** Makes a compiler of texts. */
export function createTextCompiler(limits: LruLimits = { maxEntries: 1000, maxWeight: 16 * 2 ** 20 }): TextCompiler {
  const compiled = createLruMap<string, AnyFunction>(limits);
  return {
    compile(record) {
      const { source, form, strict, name, url, line, column } = record;
      const key = `${form} ${strict} ${line}:${column} ${stringify([url, name])} ${source}`;
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const fn = compileText(record);
      compiled.set(key, fn, key.length);
      return fn;
    },
    get cachedCount() {
      return compiled.size;
    },
  };
}

/** The files whose functions were compiled here: such a text is a script of its own under the name of its file. */
const compiledNames = new SafeMap<string, true>();

/** Whether functions of this file, by the name that stack traces use, were compiled from their texts in this thread. */
export function isCompiledFrom(name: string): boolean {
  return compiledNames.has(name);
}

function compileText(record: TextRecord): AnyFunction {
  const { source, form, strict, name, url, line, column } = record;
  const { names, values } = findHelpers(source);
  const open = form === 'method' ? '{' : '';
  const close = form === 'method' ? '}' : '';
  // All of this stands on the first line before the text, and is taken off the column again.
  const glue = `(function(${names}){${strict ? '"use strict";' : ''}return[${open}`;
  const usesImport = /\bimport\b/.test(source);
  if (usesImport) silenceImportWarning();
  if (url !== undefined) compiledNames.set(url, true);
  const script = new Script(`${glue}${source}\n${close}]})`, {
    filename: url ?? 'anonymous',
    lineOffset: line,
    columnOffset: column - glue.length,
    ...(usesImport ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER } : {}),
  });
  const factory = script.runInThisContext() as (...helpers: unknown[]) => [object];
  const made = Reflect.apply(factory, undefined, values)[0];
  const fn = form === 'method' ? takeMethod(made) : (made as AnyFunction);
  return restoreName(fn, name);
}

const NO_HELPERS = { names: '', values: [] as unknown[] };

/** The names that the text needs from tools, as parameters, and what is passed for them. */
function findHelpers(source: string): { readonly names: string; readonly values: unknown[] } {
  const found = source.match(HELPER_NAMES);
  // Mostly there are none, and then no method is used that a task before may have replaced.
  if (found === null) return NO_HELPERS;
  const names = [...new Set(found)];
  return {
    names: names.join(','),
    values: names.map((name) => (name === '__name' ? nameFunction : createAbsorber())),
  };
}

function takeMethod(holder: object): AnyFunction {
  const descriptor = Object.values(Object.getOwnPropertyDescriptors(holder))[0];
  return (descriptor?.value ?? descriptor?.get ?? descriptor?.set) as AnyFunction;
}

function restoreName(fn: AnyFunction, name: string): AnyFunction {
  const own: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value;
  // A class may have a static member of that name.
  if (own !== name && (own === undefined || typeof own === 'string')) {
    defineProperty(fn, 'name', { value: name, configurable: true });
  }
  return fn;
}

let isImportWarningSilenced = false;

/**
 * The loader option is experimental, and Node says so at the first `import()` of a thread. That one is made here, with
 * the warning thrown away while it runs.
 */
function silenceImportWarning(): void {
  if (isImportWarningSilenced) return;
  isImportWarningSilenced = true;
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const imported: unknown = new Script("import('node:process')", { importModuleDynamically }).runInThisContext();
    (imported as Promise<unknown>).catch(() => {});
  } finally {
    process.emitWarning = emitWarning;
  }
}
