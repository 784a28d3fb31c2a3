/**
 * The codec's door to functions and classes: how they travel, and what they become where they arrive.
 *
 * Rules: decides which of the parts is asked; holds the caches of what arrived.
 * Guarantees: equal records give the identical function; `reviveKnown` loads no module that is not loaded, and always ends.
 */

import { createRequire } from 'node:module';
import { types } from 'node:util';
import { lazily } from '../../base/lazily.js';
import type { AnyFunction, FunctionPort, FunctionRecord } from '../function-record.js';
import { resolveBuiltin } from './builtins.js';
import { isRemembered, rememberClosure, rememberFunction } from './described.js';
import { findKnown, noteKnown } from './known-functions.js';
import { createModuleLoader } from './module-loader.js';
import { findReference, resolveReference } from './references.js';
import { createTextCompiler } from './text-function.js';
import { createClosureCompiler } from './value-function.js';

const requireOwn = createRequire(import.meta.url);
/** Workers seldom send a function. */
const describing = lazily(() => requireOwn('./describing.js') as typeof import('./describing.js'));

/** Makes a port; what functions of this thread are known as is shared by all of them. */
export function createFunctionPort(): FunctionPort {
  const modules = createModuleLoader();
  const texts = createTextCompiler();
  const closures = createClosureCompiler((fn, { record, read, uninitialized, head }) => {
    const place = `${record.name || '(anonymous)'} (${record.url}:${record.line + 1}:${record.column + 1})`;
    const readMade = () => ({ values: read(), uninitialized });
    rememberClosure(fn, { record, plan: undefined, place, settled: undefined, readMade, madeHead: head });
  });
  const loadedModules = lazily(() => describing().createLoadedModules(modules));
  return {
    describe: (fn) => describing().describeFunction(fn),
    stateOf: (fn, options) => describing().readFunctionState(fn, options),
    referenceOf: (object) =>
      findReference(object) ?? (types.isModuleNamespaceObject(object) ? describing().findNamespace(object) : undefined),
    compile: (record) => closures.compile(record),
    resolve: resolveReference,
    revive(record) {
      switch (record.kind) {
        case 'builtin':
          return resolveBuiltin(record);
        case 'module':
          return noteLoaded(modules.find(record), record);
        case 'text': {
          const fn = texts.compile(record);
          rememberFunction(fn, record);
          return fn;
        }
        case 'import':
        case 'commonjs':
        case 'require':
          return resolveFunction(resolveReference(record));
        case 'value':
          throw new TypeError('a function by value is made of its code and its values');
        default:
          return record satisfies never;
      }
    },
    reviveKnown(record) {
      if (record.kind === 'builtin') return resolveBuiltin(record);
      const fn = findKnown(record);
      if (fn !== undefined || record.kind !== 'module') return fn;
      return modules.findLoaded(record) ?? loadedModules().find(record);
    },
  };
}

/** What came by its module goes by its module. */
function noteLoaded(
  found: AnyFunction | Promise<AnyFunction>,
  record: FunctionRecord,
): AnyFunction | Promise<AnyFunction> {
  if (typeof found !== 'function') return found.then((fn) => noteLoaded(fn, record));
  if (!isRemembered(found)) {
    rememberFunction(found, record);
    noteKnown(found, record);
  }
  return found;
}

function resolveFunction(value: unknown): AnyFunction {
  if (typeof value === 'function') return value as AnyFunction;
  throw new TypeError('what stands there is no function');
}
