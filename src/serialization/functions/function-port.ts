/**
 * The codec's door to functions and classes: how they travel, and what they become where they arrive.
 *
 * Rules: decides which of the parts is asked; holds the caches of what arrived.
 * Guarantees: equal records give the identical function; `reviveKnown` loads no module that is not loaded, and always ends.
 */

import type { FunctionPort } from '../function-record.js';
import { resolveBuiltin } from './builtins.js';
import { describeFunction, rememberFunction } from './describe.js';
import { findKnown } from './known-functions.js';
import { createLoadedModules } from './loaded-modules.js';
import { createModuleLoader } from './module-loader.js';
import { createTextCompiler } from './text-function.js';

/** Makes a port; what functions of this thread are known as is shared by all of them. */
export function createFunctionPort(): FunctionPort {
  const modules = createModuleLoader();
  const texts = createTextCompiler();
  const loadedModules = createLoadedModules(modules);
  return {
    describe: describeFunction,
    revive(record) {
      switch (record.kind) {
        case 'builtin':
          return resolveBuiltin(record);
        case 'module':
          return modules.find(record);
        case 'text': {
          const fn = texts.compile(record);
          rememberFunction(fn, record);
          return fn;
        }
        default:
          return record satisfies never;
      }
    },
    reviveKnown(record) {
      if (record.kind === 'builtin') return resolveBuiltin(record);
      const fn = findKnown(record);
      if (fn !== undefined || record.kind === 'text') return fn;
      return modules.findLoaded(record) ?? loadedModules.find(record);
    },
  };
}
