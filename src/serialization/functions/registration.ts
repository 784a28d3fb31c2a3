/**
 * Overrules how functions travel: modules whose exports go by value, and functions that a module has under a name which nobody
 * can see.
 *
 * Rules: remembers what it is told; loads nothing. Counts from when it is told: say it before the first submit.
 */

import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { AnyFunction } from '../function-record.js';
import { noteTarget } from './import-tasks.js';

const predicates: ((url: string) => boolean)[] = [];

/** Whether what this module exports goes by value. */
export function isByValue(url: string): boolean {
  return predicates.some((matches) => matches(url));
}

/**
 * Sends what these modules export by value, as if it stood in the entry script: for code that the workers cannot load, or
 * must not run again. `modules` is the URL (or absolute path) of a module, or says of each URL whether it is meant.
 */
export function registerByValue(modules: URL | string | ((url: string) => boolean)): void {
  if (typeof modules === 'function') {
    predicates.push(modules);
    return;
  }
  const url = toUrl(modules, 'registerByValue: "modules"');
  predicates.push((candidate) => candidate === url);
}

/**
 * Sends a function by reference, although nothing shows that a module exports it: `export const f = memoize(g)`, say. Workers
 * load the module and take its export of that name.
 */
export function registerByReference(
  fn: AnyFunction,
  options: { readonly url: URL | string; readonly name?: string },
): void {
  if (typeof fn !== 'function') throw new TypeError(`registerByReference: "fn" must be a function, not ${inspect(fn)}`);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`registerByReference: "options" must be { url, name }, not ${inspect(options)}`);
  }
  const { url, name = 'default' } = options;
  if (typeof name !== 'string')
    throw new TypeError(`registerByReference: "name" must be a string, not ${inspect(name)}`);
  noteTarget(fn, { kind: 'module', url: toUrl(url, 'registerByReference: "url"'), name });
}

function toUrl(module: URL | string, what: string): string {
  if (module instanceof URL) return module.href;
  if (typeof module === 'string' && isAbsolute(module)) return pathToFileURL(module).href;
  if (typeof module === 'string' && URL.canParse(module)) return module;
  throw new TypeError(`${what} must be a URL or an absolute path, not ${inspect(module)}`);
}
