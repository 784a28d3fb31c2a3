/**
 * Compiles the text of a function again, so that it behaves and reports its place as the original does.
 *
 * Rules: the text sees the globals and the helpers of known tools, and no variable of this package.
 * Guarantees: file, line and column in stack traces are the original's; `name` and strictness too; equal records give the
 * identical function while the bounded cache remembers them and no task has changed it.
 */

import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { isUntouched, type Look, lookAt } from '../untouched.js';
import { findHelpers, restoreName, runGlued, takeMethod } from './glue.js';
import { createLruMap, type LruLimits } from './lru-map.js';

/** A function that travels by its text. */
export type TextRecord = Extract<FunctionRecord, { kind: 'text' }>;

const { stringify } = JSON;

/** A compiler of texts with its own bounded cache. */
export interface TextCompiler {
  compile(record: TextRecord): AnyFunction;
  readonly cachedCount: number;
}

/** Makes a compiler of texts. */
export function createTextCompiler(limits: LruLimits = { maxEntries: 1000, maxWeight: 16 * 2 ** 20 }): TextCompiler {
  const compiled = createLruMap<string, { readonly fn: AnyFunction; readonly look: Look }>(limits);
  return {
    compile(record) {
      const { source, form, strict, name, url, line, column } = record;
      const key = `${form} ${strict} ${line}:${column} ${stringify([url, name])} ${source}`;
      const known = compiled.get(key);
      if (known !== undefined && isUntouched(known.fn, known.look)) return known.fn;
      const fn = compileText(record);
      compiled.set(key, { fn, look: lookAt(fn) }, key.length);
      return fn;
    },
    get cachedCount() {
      return compiled.size;
    },
  };
}

function compileText({ source, form, strict, name, url, line, column }: TextRecord): AnyFunction {
  const { names, values } = findHelpers(source, url);
  const open = form === 'method' ? '{' : '';
  const close = form === 'method' ? '}' : '';
  const before = `(function(${names.length === 0 ? '' : names.join(',')}){${strict ? '"use strict";' : ''}return[${open}`;
  const factory = runGlued({ before, source, after: `${close}]})`, url, line, column }) as (
    ...helpers: unknown[]
  ) => [object];
  const made = Reflect.apply(factory, undefined, values)[0];
  return restoreName(form === 'method' ? takeMethod(made) : (made as AnyFunction), name);
}
