/**
 * Objects and values that travel by reference although they are no functions: parts of Node, the exports of CommonJS files, what
 * an import statement names, and `require`.
 *
 * Rules: loads nothing where it describes. Guarantees: the entry script is never named.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { selfUrl } from '../../base/self-url.js';
import type { AnyFunction, BuiltinRecord, FunctionRecord, ReferenceRecord } from '../function-record.js';
import { SafeMap, SafeWeakMap } from '../intrinsics.js';
import { findBuiltinObject, resolveBuiltinValue } from './builtins.js';
import { isEntryScript, toFile, toModuleUrl } from './entry-script.js';
import { importAs } from './glue.js';
import { isByValue } from './registration.js';
import type { ImportSource } from './scopes.js';

const { cache: commonJsCache } = createRequire(selfUrl);
const noted = new SafeWeakMap<object, ReferenceRecord>();

/** How an object travels that the other side has; `undefined` for all others. */
export function findReference(object: object): FunctionRecord | undefined {
  return noted.get(object) ?? findExportsOf(object) ?? findBuiltinObject(object);
}

/** The CommonJS file that has this as its `module.exports`. */
export function findExportsOf(object: object): (ReferenceRecord & { readonly kind: 'commonjs' }) | undefined {
  for (const file in commonJsCache) {
    if (commonJsCache[file]?.exports !== object) continue;
    const url = toModuleUrl(file);
    if (url !== undefined) return { kind: 'commonjs', url };
  }
  return undefined;
}

/** `require` of a module, which knows its folder. */
export function findRequire(fn: AnyFunction): ReferenceRecord | undefined {
  const { cache, resolve } = fn as unknown as {
    cache?: unknown;
    resolve?: { paths?(request: string): string[] | null };
  };
  if (cache !== commonJsCache || typeof resolve?.paths !== 'function') return undefined;
  const [folder] = resolve.paths('./x') ?? [];
  return folder === undefined ? undefined : { kind: 'require', folder };
}

/** How what an import statement names travels; `undefined` when it is the entry script's, which no worker may run. */
export function describeImport(source: ImportSource, parent: string): ReferenceRecord | undefined {
  const { specifier, name, attributes } = source;
  const url =
    /^\.{0,2}\//.test(specifier) && URL.canParse(specifier, parent) ? new URL(specifier, parent).href : specifier;
  if (isEntryScript(url) || isByValue(url)) return undefined;
  return { kind: 'import', specifier, parent, name, attributes };
}

const namespaces = new SafeMap<string, object>();

/** What a record stands for: at once, or as the promise of a box. */
export function resolveReference(record: ReferenceRecord | BuiltinRecord): unknown {
  switch (record.kind) {
    case 'builtin':
      return resolveBuiltinValue(record);
    case 'require':
      return createRequire(join(record.folder, 'any.js'));
    case 'commonjs':
      return note(requireFile(record.url), record);
    case 'import': {
      const { specifier, parent, attributes } = record;
      const key = `${parent} ${specifier} ${attributes === undefined ? '' : JSON.stringify(attributes)}`;
      const namespace = namespaces.get(key);
      if (namespace !== undefined) return pick(record, namespace);
      return importLater(record, key);
    }
    default:
      return record satisfies never;
  }
}

function requireFile(url: string): unknown {
  const file = toFile(url) ?? url;
  return createRequire(join(dirname(file), 'any.js'))(file) as unknown;
}

async function importLater(
  record: ReferenceRecord & { kind: 'import' },
  key: string,
): Promise<{ readonly value: unknown }> {
  const { parent, specifier, attributes } = record;
  const base = parent.startsWith('file:') || toFile(parent) === undefined ? parent : pathToFileURL(parent).href;
  const namespace = await importAs(base, specifier, attributes);
  namespaces.set(key, namespace);
  return { value: pick(record, namespace) };
}

function pick(record: ReferenceRecord & { kind: 'import' }, namespace: object): unknown {
  const { name, specifier } = record;
  if (name === '*') return note(namespace, record);
  if (!(name in namespace)) throw new Error(`the module '${specifier}' has no export "${name}"`);
  return note((namespace as Record<string, unknown>)[name], record);
}

/** So that it travels on as it came. */
function note(value: unknown, record: ReferenceRecord): unknown {
  if (typeof value === 'object' && value !== null && noted.get(value) === undefined) noted.set(value, record);
  return value;
}
