/**
 * Finds exported functions in modules: loads a module once, later answers at once.
 *
 * Rules: loads only what it is asked for by URL. A failed load is forgotten, so that a later try is a new one.
 * Guarantees: what a module fails with is the `cause` of an error that names the module; a missing export says what there is.
 */

import { fileURLToPath } from 'node:url';
import { selfUrl } from '../../base/self-url.js';
import { type AnyFunction, type FunctionRecord, LoadFailure } from '../function-record.js';
import { findCommonJsExports, readCommonJsExport } from './commonjs-exports.js';
import { toFile } from './entry-script.js';
import { loadProvided } from './provided-modules.js';

type ModuleRecord = Extract<FunctionRecord, { kind: 'module' }>;
type Namespace = Readonly<Record<string, unknown>>;

/** Modules by URL. */
export interface ModuleLoader {
  /** The exported function, at once when the module was loaded through here before. */
  find(record: ModuleRecord): AnyFunction | Promise<AnyFunction>;
  /** The exported function if its module is loaded here already and can be read at once. */
  findLoaded(record: ModuleRecord): AnyFunction | undefined;
}

/** Makes a loader that has loaded nothing. */
export function createModuleLoader(): ModuleLoader {
  const namespaces = new Map<string, Namespace>();
  const loads = new Map<string, Promise<Namespace>>();

  const load = (url: string): Promise<Namespace> => {
    const running = loads.get(url);
    if (running !== undefined) return running;
    const started = loadAnew(url);
    loads.set(url, started);
    return started;
  };

  const loadAnew = async (url: string): Promise<Namespace> => {
    try {
      const namespace = await importModule(url);
      namespaces.set(url, namespace);
      return namespace;
    } finally {
      loads.delete(url);
    }
  };

  const findLater = async (record: ModuleRecord): Promise<AnyFunction> => pickFunction(record, await load(record.url));

  return {
    find(record) {
      const namespace = namespaces.get(record.url);
      if (namespace !== undefined) return pickFunction(record, namespace);
      return findLater(record);
    },
    findLoaded(record) {
      const namespace = namespaces.get(record.url);
      const value = namespace === undefined ? readLoadedCommonJs(record) : readExport(record, namespace);
      return typeof value === 'function' ? (value as AnyFunction) : undefined;
    },
  };
}

async function importModule(url: string): Promise<Namespace> {
  try {
    return await (loadProvided(url) ?? (import(url) as Promise<Namespace>));
  } catch (cause) {
    throw new LoadFailure(url, describeCause(cause), cause);
  }
}

/** For a text that does not parse V8 puts the place on the first line of the stack, and only there. */
const PLACE = /^(\S.*:\d+)\n/;
/** That it is this file that imports a missing module is no news to anybody. */
const IMPORTER = ` imported from ${fileURLToPath(selfUrl)}`;

function describeCause(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return String(cause);
    const { message, stack } = cause;
    const text = message.endsWith(IMPORTER) ? message.slice(0, -IMPORTER.length) : message;
    const place = cause instanceof SyntaxError ? PLACE.exec(stack ?? '')?.[1] : undefined;
    return `${cause.name}: ${text}${place === undefined ? '' : ` (${place})`}`;
  } catch {
    return 'it threw a value that cannot be printed';
  }
}

function readLoadedCommonJs({ url, name }: ModuleRecord): unknown {
  const file = toFile(url);
  const found = file === undefined ? undefined : findCommonJsExports(file);
  return found === undefined ? undefined : readCommonJsExport(found.value, name);
}

/**
 * A CommonJS file as a namespace has its exports as `default`, and by name only those that Node could guess from the text.
 */
function readExport(record: ModuleRecord, namespace: Namespace): unknown {
  const { name } = record;
  const own = Object.hasOwn(namespace, name) ? namespace[name] : undefined;
  if (typeof own === 'function') return own;
  const inner = readCommonJsExport(namespace.default, name);
  return typeof inner === 'function' ? inner : own;
}

function pickFunction(record: ModuleRecord, namespace: Namespace): AnyFunction {
  const value = readExport(record, namespace);
  if (typeof value === 'function') return value as AnyFunction;
  const { url, name } = record;
  if (Object.hasOwn(namespace, name)) {
    throw new TypeError(`the export "${name}" of ${url} is no function but ${describeValue(value)}`);
  }
  const names = Object.keys(namespace).filter((key) => key !== 'module.exports');
  throw new TypeError(`the module ${url} has no export "${name}"; it exports ${names.join(', ') || 'nothing'}`);
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
