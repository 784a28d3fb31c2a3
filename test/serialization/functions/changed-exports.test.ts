import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { fixtureUrl } from './ship.js';

type AnyFunction = (...args: never[]) => unknown;
const port = createFunctionPort();
const url = fixtureUrl('changing.mjs');
const module = (await import(url)) as Record<string, AnyFunction>;
const kindOf = (fn: unknown): string => port.describe(fn as AnyFunction).kind;

test('what a module exports anew at run time does not go by the name of the export', () => {
  assert.equal(kindOf(module.swapped), 'text');
  assert.equal(kindOf(module.Picked), 'value');
  module.swap?.();
  module.pick?.();
  assert.equal(kindOf(module.swapped), 'text');
  assert.equal(kindOf(module.Picked), 'value');
});

test('what a module changes while it is loaded, or only seems to change, goes by its name', () => {
  for (const name of ['swap', 'pick', 'Decorated', 'shadowed', 'local'])
    assert.deepEqual(port.describe(module[name] as AnyFunction), { kind: 'module', url, name });
});

test('a default export is what the variable held when it was exported', () => {
  assert.equal(kindOf((module.readLast as () => unknown)()), 'text');
});
