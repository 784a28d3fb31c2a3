/**
 * Which export of an ES module a function is, where no inspector tells where it stands.
 *
 * The files on the call stack, modules that were met before, and what these import, directly or not, are loaded. Node gives the exports of a loaded module at
 * once, and the function is looked for among them.
 *
 * Rules: reads texts of files; loads no module that is not loaded. Only relative imports are followed.
 * Guarantees: as of `exports.ts`; leaves no trace in the cache of `require`.
 */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { selfUrl } from '../../base/self-url.js';
import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { withStackFrames } from '../intrinsics.js';
import { isChangedLater } from './changed-exports.js';
import { toModuleUrl } from './entry-script.js';
import { listExports } from './exports.js';
import { listKnownModules } from './known-functions.js';
import { createLruMap } from './lru-map.js';
import { isByValue } from './registration.js';
import { createScript, readSource, type Script } from './scripts.js';

const requireHere = createRequire(selfUrl);
const STACK_FRAMES = 50;
const MAX_MODULES = 500;
const MAX_LENGTH = 2 ** 20;
const scripts = createLruMap<string, { readonly script: Script | undefined }>({
  maxEntries: MAX_MODULES,
  maxWeight: 16 * 2 ** 20,
});

/** The record of a function that a module exports which the calling code can reach. */
export function findReachableExport(fn: AnyFunction): FunctionRecord | undefined {
  if ((process.features as { require_module?: unknown }).require_module !== true) return undefined;
  const urls = new Set([...readStack(), ...listKnownModules()]);
  for (const url of urls) {
    const script = findModule(url);
    if (script === undefined) continue;
    const name = findName(fn, url, script);
    if (name !== undefined) return { kind: 'module', url, name };
    for (const next of importsOf(script)) if (urls.size < MAX_MODULES) urls.add(next);
  }
  return undefined;
}

/** Whether a namespace is that of the module with this URL. One that hands on the exports of others is not told. */
export function isNamespaceOf(namespace: object, url: string): boolean {
  const script = findModule(url);
  if (script === undefined) return false;
  const names = new Set(listExports(script).map(({ name }) => name));
  const keys = Object.keys(namespace);
  return keys.length === names.size && keys.every((key) => names.has(key));
}

/** The ES modules on the call stack: a CommonJS file stands there by its path. */
function readStack(): string[] {
  const trace: { stack?: unknown } = {};
  withStackFrames(STACK_FRAMES, () => Error.captureStackTrace(trace, findReachableExport));
  const { stack } = trace;
  if (typeof stack !== 'string') return [];
  const frames = stack.matchAll(/(file:\/\/[^\s]+?):\d+:\d+\)?$/gm);
  return [...frames].map(([, url]) => url as string).filter((url) => url !== selfUrl);
}

function findModule(url: string): Script | undefined {
  const known = scripts.get(url);
  if (known !== undefined) return known.script;
  const source = /\.[cm]?[jt]s$/.test(url) ? readSource(url) : undefined;
  const isFit = source !== undefined && source.length <= MAX_LENGTH;
  const script = isFit ? createScript({ url, isModule: true, startLine: 0, startColumn: 0 }, source) : undefined;
  scripts.set(url, { script }, source?.length ?? 0);
  return script;
}

/** What a file imports was run before it, or runs around it. */
function importsOf(script: Script): string[] {
  const found: string[] = [];
  for (const statement of script.tree()?.body ?? []) {
    const specifier = 'source' in statement ? statement.source?.value : undefined;
    if (typeof specifier !== 'string' || !/^(?:\.{0,2}\/|file:)/.test(specifier)) continue;
    const { href } = new URL(specifier, script.url);
    if (/\.m?[jt]s$/.test(href)) found.push(href);
  }
  return found;
}

function findName(fn: AnyFunction, url: string, script: Script): string | undefined {
  const items = toModuleUrl(url) === undefined || isByValue(url) ? [] : listExports(script);
  const namespace = items.length === 0 ? undefined : readNamespace(url);
  return items.find((item) => {
    if (namespace === undefined || readExport(namespace, item.name) !== fn) return false;
    return !('local' in item) || !isChangedLater(script, item.local, item.exportedAt);
  })?.name;
}

/** A variable that has no value yet throws. */
function readExport(namespace: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return namespace[name];
  } catch {
    return undefined;
  }
}

/** Throws for one that still runs or has waited at its top: then its exports cannot be had at once. */
function readNamespace(url: string): Readonly<Record<string, unknown>> | undefined {
  const file = fileURLToPath(url);
  const isCached = Object.hasOwn(requireHere.cache, file);
  try {
    return requireHere(file) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  } finally {
    if (!isCached) delete requireHere.cache[file];
  }
}
