import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AnyFunction, FunctionRecord } from '#src/serialization/function-record.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';

const port = createFunctionPort();
const libraryUrl = new URL('../../../../test/fixtures/raw/functions/library.mjs', import.meta.url).href;

async function roundTrip(fn: AnyFunction): Promise<(...args: unknown[]) => unknown> {
  const record = JSON.parse(JSON.stringify(port.describe(fn))) as FunctionRecord;
  return (await createFunctionPort().revive(record)) as (...args: unknown[]) => unknown;
}

test('a function that uses nothing but its parameters and globals travels by its text', async () => {
  const record = port.describe((x: number) => Math.max(x, 1));
  assert.equal(record.kind, 'text');
  assert.equal((await roundTrip((x: number) => Math.max(x, 1)))(7), 7);
});

test('an exported function travels by its module', async () => {
  const library = (await import(libraryUrl)) as { bump: AnyFunction };
  assert.deepEqual(port.describe(library.bump), { kind: 'module', url: libraryUrl, name: 'bump' });
  assert.equal(await roundTrip(library.bump), library.bump);
});

test('a function of the language or of Node travels by its path', async () => {
  assert.deepEqual(port.describe(Math.max), { kind: 'builtin', module: undefined, path: 'Math.max' });
  assert.equal(await roundTrip(readFileSync), readFileSync);
});

test('a function that uses an outer variable is refused with its name and place', () => {
  const captured = Date.now();
  assert.throws(
    () => port.describe(() => captured),
    /the outer variable "captured" \(.*function-port\.test\.js:\d+:\d+\)/,
  );
});
