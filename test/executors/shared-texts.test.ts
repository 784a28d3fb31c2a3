/**
 * Arrow functions that are made anew for each call share a unit when their text says it all, and nobody can tell.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FunctionUnits } from '#src/executors/function-units.js';
import { InlineExecutor, ProcessPoolExecutor } from '#src/executors/local-executors.js';
import { createCodec } from '#src/serialization/codec.js';
import type { AnyFunction } from '#src/serialization/function-record.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';

type Reader = (x: { inner?: { value: number } }) => number;
interface Readers {
  makeReader(): Reader;
  makeAsyncReader(): Reader;
  readonly reader: Reader;
}

const raw = new URL('../../../test/fixtures/raw/shared-texts/', import.meta.url).href;
const first = (await import(`${raw}first.mjs`)) as Readers;
const second = (await import(`${raw}second.mjs`)) as Readers;

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const inline = new InlineExecutor();
after(() => Promise.all([pool.shutdown(), inline.shutdown()]));

function createUnits(): FunctionUnits {
  return new FunctionUnits(createCodec({ functions: createFunctionPort() }));
}

/** Packs new functions of one text until they share, and gives their unit. */
function share(units: FunctionUnits, make: () => AnyFunction): number {
  units.pack(make());
  units.pack(make());
  return units.pack(make()).id;
}

test('functions of one text share a unit, wherever they stand, from the second one on', () => {
  const units = createUnits();
  const id = share(units, first.makeReader);
  assert.equal(units.pack(second.makeReader()).id, id);
  assert.equal(units.isShared(units.pack(second.makeReader())), true);
});

test('an exported function keeps the unit of its module when it was packed before, and is not what others share', () => {
  const units = createUnits();
  const exported = units.pack(second.reader).id;
  const id = share(units, first.makeReader);
  assert.notEqual(id, exported);
  assert.equal(units.pack(second.reader).id, exported);
});

test('a function of another name has a unit of its own', () => {
  const units = createUnits();
  const id = share(units, first.makeReader);
  const named: Reader = Object.defineProperty(second.makeReader(), 'name', { value: 'other' });
  assert.notEqual(units.pack(named).id, id);
});

test('a text that uses a global is never shared between two places', () => {
  const units = createUnits();
  const id = share(units, () => (x: number) => Math.abs(x));
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is what could go wrong.
  const shadowed = (Math: { abs(x: number): number }) => (x: number) => Math.abs(x);
  assert.equal(units.pack(shadowed({ abs: () => 7 })).id === id, false);
  assert.equal(units.pack((x: number) => Math.abs(x)).id === id, false);
});

for (const [kind, executor] of [
  ['a process', pool],
  ['the calling thread', inline],
] as const) {
  for (const form of ['makeReader', 'makeAsyncReader'] as const) {
    test(`in ${kind}, an error of ${form} shows where the function that was submitted stands`, async () => {
      const stackOf = async (readers: Readers): Promise<string> => {
        const error = await executor.submit(readers[form](), {}).exception();
        return (error as Error).stack ?? '';
      };
      const line = { makeReader: [3, 3], makeAsyncReader: [5, 6] }[form];
      for (let count = 0; count < 3; count += 1) {
        assert.match(await stackOf(first), new RegExp(`first\\.mjs:${line[0]}:\\d+`));
      }
      for (const readers of [second, first, second]) {
        const stack = await stackOf(readers);
        const [here, there] = readers === first ? ['first', 'second'] : ['second', 'first'];
        assert.match(stack, new RegExp(`${here}\\.mjs:${line[readers === first ? 0 : 1]}:\\d+`));
        assert.doesNotMatch(stack, new RegExp(`${there}\\.mjs`));
      }
    });
  }
}

test('what functions with a shared text give is what each would give', async () => {
  const futures = Array.from({ length: 200 }, (_, value) => {
    const { makeReader } = value % 2 === 0 ? first : second;
    return pool.submit(makeReader(), { inner: { value } });
  });
  assert.deepEqual(
    await Promise.all(futures),
    Array.from({ length: 200 }, (_, value) => value),
  );
});
