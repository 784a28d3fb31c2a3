/** A function port for tests: what it is told of has a module, the language's own functions have a path, the rest is refused. */

import type { AnyFunction, FunctionPort, FunctionRecord } from '#src/serialization/function-record.js';
import { FunctionRefusal } from '#src/serialization/function-record.js';

export type FakeExports = Readonly<Record<string, unknown>>;

export interface FakePort extends FunctionPort {
  /** Every name that was asked for, in order. */
  readonly described: readonly string[];
}

const BUILTINS: Readonly<Record<string, unknown>> = { 'Math.max': Math.max, AbortSignal, EventTarget, Blob };

export function fakePort(
  modules: Readonly<Record<string, FakeExports>>,
  options: { readonly slow?: boolean; readonly builtins?: FakeExports } = {},
): FakePort {
  const records = new Map<unknown, FunctionRecord>();
  const functions = new Map<string, AnyFunction>();
  const described: string[] = [];
  const add = (fn: unknown, record: FunctionRecord): void => {
    records.set(fn, record);
    functions.set(JSON.stringify(record), fn as AnyFunction);
  };
  for (const [url, names] of Object.entries(modules)) {
    for (const [name, fn] of Object.entries(names)) add(fn, { kind: 'module', url, name });
  }
  for (const [path, fn] of Object.entries({ ...BUILTINS, ...options.builtins })) add(fn, { kind: 'builtin', path });
  const find = (record: FunctionRecord): AnyFunction => {
    const fn = functions.get(JSON.stringify(record));
    if (fn === undefined) throw new Error(`no such function: ${JSON.stringify(record)}`);
    return fn;
  };
  return {
    described,
    describe(fn) {
      described.push(fn.name);
      const record = records.get(fn);
      if (record === undefined) throw new FunctionRefusal(`${fn.name || 'it'} is not exported`);
      return record;
    },
    stateOf() {
      throw new FunctionRefusal('nothing is captured here');
    },
    referenceOf: () => undefined,
    compile() {
      throw new TypeError('no code comes here');
    },
    resolve: () => undefined,
    revive: (record) => (options.slow === true ? Promise.resolve().then(() => find(record)) : find(record)),
    reviveKnown: (record) => functions.get(JSON.stringify(record)),
  };
}
