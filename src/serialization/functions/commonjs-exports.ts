/**
 * What the loaded CommonJS files of this thread export.
 *
 * Rules: looks into the loader's cache; loads nothing, and runs no getter that a compiler has not written.
 */

import { createRequire } from 'node:module';
import { selfUrl } from '../../base/self-url.js';
import type { AnyFunction, FunctionRecord } from '../function-record.js';
import { toModuleUrl } from './entry-script.js';

const { cache: commonJsCache } = createRequire(selfUrl);

/** `module.exports` of a loaded CommonJS file. */
export function findCommonJsExports(file: string): { readonly value: unknown } | undefined {
  const loaded = commonJsCache[file];
  return loaded === undefined ? undefined : { value: loaded.exports as unknown };
}

/** The name under which a CommonJS file exports a function: `'default'` for `module.exports` itself. */
export function findCommonJsExport(fn: AnyFunction, file: string): string | undefined {
  const found = findCommonJsExports(file);
  if (found === undefined) return undefined;
  const { value } = found;
  if (value === fn) return 'default';
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  const name = Object.keys(value).find((key) => readExport(value, key) === fn);
  // Beside a function as `module.exports`, `default` is taken.
  return name === 'default' && typeof value === 'function' ? undefined : name;
}

function readExport(exported: object, key: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(exported, key);
  if (descriptor === undefined || 'value' in descriptor) return descriptor?.value;
  // Compilers export live bindings as getters; a getter that somebody wrote by hand may load what nobody wants.
  return Object.hasOwn(exported, '__esModule') ? descriptor.get?.call(exported) : undefined;
}

/** The loaded CommonJS file that exports a function; for when nothing says where the function was made. */
export function findLoadedCommonJs(fn: AnyFunction): FunctionRecord | undefined {
  for (const file of Object.keys(commonJsCache)) {
    const url = toModuleUrl(file);
    const name = url === undefined ? undefined : findCommonJsExport(fn, file);
    if (url !== undefined && name !== undefined) return { kind: 'module', url, name };
  }
  return undefined;
}

/** The function that a loaded CommonJS file exports under a name, by the same rule. */
export function readCommonJsExport(exported: unknown, name: string): unknown {
  if (name === 'default' && typeof exported === 'function') return exported;
  if ((typeof exported !== 'object' && typeof exported !== 'function') || exported === null) return undefined;
  return Object.hasOwn(exported, name)
    ? (readExport(exported, name) ?? (exported as Record<string, unknown>)[name])
    : undefined;
}
