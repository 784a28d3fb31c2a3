/**
 * Runs a text inside a function that gives it names, so that it stands where it did: file, line and column are the original's.
 *
 * Rules: the text sees the globals, the names it is given, and no variable of this package.
 * Guarantees: `import()` resolves against the original file, without a warning; a task that has replaced methods is not asked.
 */

import { existsSync } from 'node:fs';
import { constants, Script } from 'node:vm';
import type { AnyFunction } from '../function-record.js';
import { defineProperty, getOwnPropertyDescriptor, ownKeys, regExpTest, SafeMap } from '../intrinsics.js';

/** A text, and what is put around it. */
export interface GluedText {
  /** On one line: it is taken off the column again. */
  readonly before: string;
  readonly source: string;
  readonly after: string;
  readonly url: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** The files whose functions were compiled here: such a text is a script of its own under the name of its file. */
const compiledNames = new SafeMap<string, true>();

/** Whether functions of this file, by the name that stack traces use, were compiled from their texts in this thread. */
export function isCompiledFrom(name: string): boolean {
  return compiledNames.has(name);
}

const IMPORT_WORD = /\bimport\b/;

/** What the glue and the text evaluate to. `mayImport`: what it runs later may use `import()`. */
export function runGlued(
  { before, source, after, url, line, column }: GluedText,
  { mayImport }: { readonly mayImport: boolean } = { mayImport: false },
): unknown {
  const usesImport = mayImport || regExpTest(IMPORT_WORD, source);
  if (usesImport) silenceImportWarning();
  if (url !== undefined) compiledNames.set(url, true);
  const script = new Script(`${before}${source}\n${after}`, {
    filename: url ?? 'anonymous',
    lineOffset: line,
    columnOffset: column - before.length,
    ...(usesImport ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER } : {}),
  });
  return script.runInThisContext();
}

/** Imports as the code of a file would. */
export function importAs(
  parent: string,
  specifier: string,
  attributes?: Readonly<Record<string, string>>,
): Promise<object> {
  silenceImportWarning();
  const script = new Script('(specifier, options) => import(specifier, options)', {
    filename: parent,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const load = script.runInThisContext() as (specifier: string, options?: object) => Promise<object>;
  return attributes === undefined ? load(specifier) : load(specifier, { with: attributes });
}

/** Names that tools put into a text, with what stands for them in a worker. */
const HELPER_NAME = /\b(?:__name|cov_\w+|__vite_ssr_dynamic_import__)\b/;
const HELPER_NAMES = new RegExp(HELPER_NAME, 'g');

/** Whether a tool injects this name: esbuild's `__name`, istanbul's counters, the `import()` of vite. */
export function isToolHelper(name: string): boolean {
  return /^(?:__name|cov_\w+|__vite_ssr_dynamic_import__)$/.test(name);
}

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

/** vite names files from its root, which tools like vitest run in. */
function createDynamicImport(url: string | undefined): (specifier: unknown, options?: object) => Promise<object> {
  return (specifier) => {
    const path = String(specifier).replace(/^\/@fs\//, '/');
    const isFromRoot = path.startsWith('/') && !existsSync(path.replace(/[?#].*/, ''));
    return importAs(url ?? `${process.cwd()}/`, isFromRoot ? `${process.cwd()}${path}` : path);
  };
}

function createHelper(name: string, url: string | undefined): unknown {
  if (name === '__name') return nameFunction;
  return name.startsWith('cov_') ? createAbsorber() : createDynamicImport(url);
}

/** Names and what they stand for. */
export interface Helpers {
  readonly names: readonly string[];
  readonly values: readonly unknown[];
}

const NO_HELPERS: Helpers = { names: [], values: [] };

/** The names that the text needs from tools, as parameters, and what is passed for them. */
export function findHelpers(source: string, url: string | undefined): Helpers {
  // Mostly there are none, and then no method is used that a task before may have replaced.
  if (!regExpTest(HELPER_NAME, source)) return NO_HELPERS;
  const names = [...new Set(source.match(HELPER_NAMES))];
  return { names, values: names.map((name) => createHelper(name, url)) };
}

/** The function in an object literal that holds nothing else. */
export function takeMethod(holder: object): AnyFunction {
  const [key] = ownKeys(holder);
  const descriptor = getOwnPropertyDescriptor(holder, key as PropertyKey);
  return (descriptor?.value ?? descriptor?.get ?? descriptor?.set) as AnyFunction;
}

/** Gives a function the name that it had. */
export function restoreName(fn: AnyFunction, name: string): AnyFunction {
  const own: unknown = getOwnPropertyDescriptor(fn, 'name')?.value;
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
