import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLruMap } from '#src/serialization/functions/lru-map.js';
import { createTextCompiler, type TextRecord } from '#src/serialization/functions/text-function.js';

function textRecord(source: string, rest: Partial<TextRecord> = {}): TextRecord {
  return { kind: 'text', source, form: 'expression', strict: true, name: '', line: 0, column: 0, ...rest };
}

test('the cache of compiled texts is bounded by their number', () => {
  const compiler = createTextCompiler({ maxEntries: 3, maxWeight: 1e6 });
  const first = compiler.compile(textRecord('() => 0'));
  assert.equal(compiler.compile(textRecord('() => 0')), first);
  for (let i = 1; i <= 3; i += 1) compiler.compile(textRecord(`() => ${i}`));
  assert.equal(compiler.cachedCount, 3);
  assert.notEqual(compiler.compile(textRecord('() => 0')), first, 'it was forgotten and made again');
});

test('the cache of compiled texts is bounded by their size', () => {
  const compiler = createTextCompiler({ maxEntries: 100, maxWeight: 1000 });
  for (let i = 0; i < 10; i += 1) compiler.compile(textRecord(`() => '${i}${' '.repeat(300)}'`));
  assert.ok(compiler.cachedCount <= 3, `${compiler.cachedCount}`);
});

test('what was used last is forgotten last', () => {
  const map = createLruMap<string, number>({ maxEntries: 2, maxWeight: 100 });
  map.set('a', 1, 1);
  map.set('b', 2, 1);
  map.get('a');
  map.set('c', 3, 1);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3]);
  map.set('huge', 4, 1000);
  assert.deepEqual([map.size, map.weight], [1, 1000]);
});

test('a text sees no variable of this package and none of the code around it', () => {
  const compiler = createTextCompiler();
  const names = ['record', 'helpers', 'glue', 'compiled', 'Script', 'defineProperty', 'require', 'exports'];
  const types = compiler.compile(textRecord(`() => [${names.map((name) => `typeof ${name}`).join(',')}].join()`));
  assert.equal((types as () => string)(), names.map(() => 'undefined').join());
});

test('a text that does not parse here is a SyntaxError with its place', () => {
  const compiler = createTextCompiler();
  const broken = textRecord('() => {', { url: 'file:///app/tasks.mjs', line: 9, column: 4 });
  assert.throws(() => compiler.compile(broken), { name: 'SyntaxError', stack: /^file:\/\/\/app\/tasks\.mjs:1[01]/ });
});
