/**
 * `importTasks`: handles that stand for the functions of a module which is not loaded here.
 *
 * Rules: loads nothing and looks at no file; a wrong name shows when the worker loads the module.
 * Guarantees: the handle of a name is always the same function; awaiting, printing or serializing the handles does nothing.
 */

import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { AnyFunction, FunctionRecord } from '../function-record.js';

type ModuleRecord = Extract<FunctionRecord, { kind: 'module' }>;

/** The functions that a module exports, as handles to submit. Anything else that it exports is left out. */
export type TaskHandles<M> = {
  readonly [K in keyof M as M[K] extends AnyFunction ? K : never]: M[K];
};

const targets = new WeakMap<AnyFunction, ModuleRecord>();
/** Read by `await`, `JSON.stringify` and whoever looks for a class: no export can be meant. */
const NO_EXPORTS = new Set(['then', 'toJSON', 'constructor', '__proto__', 'prototype']);

/** Notes that a function stands for one of a module. */
export function noteTarget(fn: AnyFunction, target: ModuleRecord): void {
  targets.set(fn, target);
}

/** What a handle stands for; `undefined` for any other function. */
export function findHandleTarget(fn: AnyFunction): ModuleRecord | undefined {
  return targets.get(fn);
}

/**
 * Typed handles to the functions of a module, without loading it here. Give the type of the module, and its URL:
 *
 * ```ts
 * const image = importTasks<typeof import('./image.js')>(new URL('./image.js', import.meta.url));
 * pool.submit(image.resize, file, 200);
 * ```
 *
 * A handle cannot be called; it is for `submit` and `map`. `module` is a `file:` URL or an absolute path.
 */
export function importTasks<M extends object>(module: URL | string): TaskHandles<M> {
  const url = toUrl(module);
  const handles = new Map<string, AnyFunction>();
  const label = Object.defineProperty({}, inspect.custom, {
    value: () => `TaskHandles { ${url} }`,
    configurable: true,
  });
  const proxy: object = new Proxy(label, {
    get(target, key) {
      if (typeof key !== 'string') return Reflect.get(target, key);
      if (NO_EXPORTS.has(key)) return undefined;
      if (key === 'toString' || key === 'valueOf') return () => `tasks of ${url}`;
      const handle = handles.get(key) ?? createHandle(url, key);
      handles.set(key, handle);
      return handle;
    },
    has: (_target, key) => typeof key === 'string' && !NO_EXPORTS.has(key),
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    ownKeys: (target) => Reflect.ownKeys(target),
  });
  return proxy as TaskHandles<M>;
}

function createHandle(url: string, name: string): AnyFunction {
  const handle = (): never => {
    throw new TypeError(
      `"${name}" is a handle to a function of ${url}: submit it to an executor instead of calling it`,
    );
  };
  Object.defineProperty(handle, 'name', { value: name, configurable: true });
  targets.set(handle, { kind: 'module', url, name });
  return Object.freeze(handle);
}

function toUrl(module: unknown): string {
  if (module instanceof URL && module.protocol === 'file:') return module.href;
  if (typeof module === 'string') {
    if (isAbsolute(module)) return pathToFileURL(module).href;
    if (module.startsWith('file:')) return new URL(module).href;
  }
  const shown = module instanceof URL ? module.href : inspect(module);
  throw new TypeError(
    `importTasks: "module" must be a file: URL or an absolute path, not ${shown}; use new URL('./tasks.js', import.meta.url)`,
  );
}
