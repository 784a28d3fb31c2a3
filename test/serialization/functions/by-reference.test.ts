import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SerializationError, TardigradeError, TerminatedWorkerError, TimeoutError } from '#src/base/errors.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { callIn, describeIn, fixturePath, fixtureUrl } from './ship.js';

const described = describeIn([fixturePath('by-reference.mjs')]);
const { records } = described;
const esModule = fixtureUrl('library.mjs');

function moduleRecord(url: string, name: string): unknown {
  return { kind: 'module', url, name };
}

test('exported functions and classes of an ES module go by the name they are exported under', () => {
  assert.equal(described.stderr, 'entry ran\n');
  assert.deepEqual(records.bump, moduleRecord(esModule, 'bump'));
  assert.deepEqual(records.arrowExport, moduleRecord(esModule, 'arrowExport'));
  assert.deepEqual(records.renamed, moduleRecord(esModule, 'renamed'));
  assert.deepEqual(records.picked, moduleRecord(esModule, 'picked'));
  assert.deepEqual(records.Point, moduleRecord(esModule, 'Point'));
  assert.deepEqual(records.anonymous, moduleRecord(esModule, 'default'));
});

test('a function that is re-exported goes by the module that defines it', () => {
  assert.deepEqual(records.again, moduleRecord(esModule, 'bump'));
});

test('exported functions and classes of a CommonJS file go by their key, or as default', () => {
  const commonJs = fixtureUrl('library.cjs');
  assert.deepEqual(records.inc, moduleRecord(commonJs, 'inc'));
  assert.deepEqual(records.Box, moduleRecord(commonJs, 'Box'));
  assert.deepEqual(records.odd, moduleRecord(commonJs, 'not an identifier'));
  assert.deepEqual(records.itself, moduleRecord(fixtureUrl('itself.cjs'), 'default'));
  assert.deepEqual(records.helper, moduleRecord(fixtureUrl('itself.cjs'), 'helper'));
});

test('a function that a module makes but does not export goes by its text, with what it captures', () => {
  assert.equal(records.selfContained?.kind, 'text');
  assert.deepEqual(described.refusals, {});
  assert.deepEqual([records.closure?.kind, records.nested?.kind], ['value', 'value']);
});

test('exported functions run in a worker with the state of the module there', () => {
  const calls = [
    ['bump'],
    ['bump'],
    ['arrowExport', 4],
    ['renamed', 1],
    ['anonymous', 1],
    ['again'],
    ['inc', 1],
    ['odd', 1],
    ['itself', 1],
    ['helper', 2],
    ['made', 2],
  ] as const;
  const values = callIn(records, calls).map(({ value }) => value);
  assert.deepEqual(values, [2, 3, 8, 11, 1001, 4, 101, -99, 101, 200, 200]);
});

test('an exported function is the identical function where its module is loaded already', async () => {
  const library = (await import(esModule)) as Record<'bump' | 'Point', () => unknown>;
  const port = createFunctionPort();
  assert.equal(await port.revive(port.describe(library.bump)), library.bump);
  assert.equal(port.revive(port.describe(library.Point)), library.Point, 'the second time without waiting');
});

const failures: readonly (readonly [
  title: string,
  file: string,
  name: string,
  expected: Partial<Error>,
  cause?: RegExp,
])[] = [
  ['does not exist', 'nowhere.mjs', 'f', { name: 'Error' }, /Cannot find module/],
  ['does not parse', 'broken.mjs', 'f', { name: 'Error' }, /^SyntaxError/],
  ['throws', 'throws.mjs', 'f', { name: 'Error' }, /^RangeError: thrown while loading$/],
];

for (const [title, file, name, expected, cause] of failures) {
  test(`a module that ${title} fails with its URL and its own failure as the cause`, async () => {
    const port = createFunctionPort();
    const url = fixtureUrl(file);
    await assert.rejects(
      async () => port.revive({ kind: 'module', url, name }),
      (error: Error) => {
        assert.equal(error.name, expected.name);
        assert.ok(error.message.startsWith(`the module ${url} could not be loaded: `), error.message);
        assert.match(String(error.cause), cause ?? /./);
        return true;
      },
    );
  });
}

test('a missing export is reported with the exports that there are', async () => {
  const port = createFunctionPort();
  const missing = async () => port.revive({ kind: 'module', url: esModule, name: 'nope' });
  await assert.rejects(missing, {
    name: 'TypeError',
    message: `the module ${esModule} has no export "nope"; it exports Point, arrowExport, bump, default, makeClosure, makeSelfContained, notAFunction, picked, renamed, with-dash`,
  });
  const number = async () => port.revive({ kind: 'module', url: esModule, name: 'notAFunction' });
  await assert.rejects(number, {
    name: 'TypeError',
    message: `the export "notAFunction" of ${esModule} is no function but a number`,
  });
});

test("this package's own errors are known without a look at their file, on both sides", () => {
  const port = createFunctionPort();
  for (const type of [TardigradeError, SerializationError, TimeoutError, TerminatedWorkerError] as const) {
    const record = port.describe(type as never);
    assert.deepEqual(record, { kind: 'builtin', path: `%tardigrade%.${type.name}` });
    assert.equal(port.revive(record), type);
  }
});
