import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callIn, describeIn, findText, fixturePath, fixtureUrl, stripsTypes } from './ship.js';

type Call = readonly [string, ...unknown[]];
type Case = readonly [call: Call, value: unknown];

const moduleCases: readonly Case[] = [
  [['arrow', 21], 42],
  [['math', 7], 7],
  [['declared', 5], 120],
  [['later', 1], 2],
  [
    ['generated', 3],
    [0, 1, 2],
  ],
  [['generator'], {}],
  [['defaults', { a: 1, b: {} }, null, 1, 2], 7],
  [['shadowed', 2], 3],
  [['caught'], 'TypeError'],
  [['labelled'], 1],
  [['missing'], 'undefined'],
  [['undefinedThis'], true],
  [['strict'], true],
  [['method', 1], 2],
  [['accessor'], 7],
  [['asyncMethod', 1], 3],
  [['computed', 4], 8],
  [['space', 3], 9],
  [['generatorMethod'], {}],
  [['plain', 1], 4],
  [['twice', 4], 8],
  [['nested', 1], 3],
  [['imported', 2], 4],
];

test('self-contained functions of an ES module work in a worker, and the entry script runs once', () => {
  const { records, refusals, stderr } = describeIn([fixturePath('by-text.mjs')]);
  assert.deepEqual(refusals, {});
  assert.equal(stderr, 'entry ran\n');
  for (const [name, record] of Object.entries(records))
    assert.equal(record.kind, ['area', 'undefinedThis'].includes(name) ? 'value' : 'text', name);
  const outcomes = callIn(
    records,
    moduleCases.map(([call]) => call),
  );
  for (const [at, [call, value]] of moduleCases.entries()) assert.deepEqual(outcomes[at]?.value, value, call.join(' '));
});

test('a revived function keeps its name and length', () => {
  const { records } = describeIn([fixturePath('by-text.mjs')]);
  const names = ['arrow', 'declared', 'computed', 'space', 'accessor', 'nested'] as const;
  const outcomes = callIn(
    records,
    names.map((name) => [name, 1]),
  );
  assert.deepEqual(
    outcomes.map(({ name }) => name),
    ['arrow', 'declared', 'computed', 'with a space', 'get accessor', ''],
  );
  assert.deepEqual(
    outcomes.map(({ length }) => length),
    [1, 1, 1, 1, 0, 1],
  );
});

test('the stack of an error names the file, line and column where the function was written', () => {
  const url = fixtureUrl('by-text.mjs');
  const { records } = describeIn([fixturePath('by-text.mjs')]);
  const [thrower, wide] = callIn(records, [['thrower'], ['wide']]);
  assert.ok(
    thrower?.stack?.includes(`at thrower (${url}:${findText('by-text.mjs', "new Error('thrown')").join(':')})`),
  );
  // On the line where the text starts, what stands before it in the worker must not count.
  const [line, column] = findText('by-text.mjs', 'null.x; },');
  assert.ok(wide?.stack?.includes(`at wide (${url}:${line}:${column + 'null.'.length})`), wide?.stack);
});

test('functions of a CommonJS entry script keep their strictness', () => {
  const { records, refusals, stderr } = describeIn([fixturePath('by-text.cjs')]);
  assert.equal(stderr, 'entry ran\n');
  assert.deepEqual(refusals, {});
  const cases: readonly Case[] = [
    [['sloppy'], true],
    [['sloppyArguments', 1], 5],
    [['strictOuter'], true],
    [['ownStrict'], true],
    [['arrow', 1], 2],
    [['imported', 2], 4],
    [['blockFunction'], 3],
    [['outer'], 1],
    [['required'], true],
  ];
  const outcomes = callIn(records, [...cases.map(([call]) => call), ['thrower']]);
  for (const [at, [call, value]] of cases.entries()) assert.deepEqual(outcomes[at]?.value, value, call.join(' '));
  const [line, column] = findText('by-text.cjs', "new Error('thrown')");
  const place = `at thrower (${fixturePath('by-text.cjs')}:${line}:${column})`;
  assert.ok(outcomes.at(-1)?.stack?.includes(place), outcomes.at(-1)?.stack);
});

const evaluated = `
  const captured = 1;
  function helper() { return captured; }
  const table = {
    arrow: (x) => Math.max(x, 1),
    thrower: () => { throw new Error('thrown'); },
    imported: async (x) => (await import('./library.mjs')).arrowExport(x),
    outer: () => captured,
    declared: () => helper(),
  };
  import('./report.mjs').then(({ report }) => report(table));
`;

const evaluations: readonly (readonly [title: string, args: readonly string[], input: string])[] = [
  ['node -e', ['-e', evaluated], ''],
  ['node --input-type=module -e', ['--input-type=module', '-e', evaluated], ''],
  ['stdin', ['-'], evaluated],
  ['stdin as a module', ['--input-type=module', '-'], evaluated],
];

for (const [title, args, input] of evaluations) {
  test(`functions of ${title} travel by their text, with what they capture`, () => {
    const { records, refusals } = describeIn(args, input);
    assert.deepEqual(refusals, {});
    const calls = [['arrow', 5], ['thrower'], ['imported', 2], ['outer'], ['declared']] as const;
    const [arrow, thrower, imported, outer, declared] = callIn(records, calls);
    assert.deepEqual([outer?.value, declared?.value], [1, 1]);
    assert.equal(arrow?.value, 5);
    assert.match(thrower?.error ?? '', /thrown/);
    assert.equal(imported?.value, 4, imported?.error);
  });
}

const typedCases: readonly Case[] = [
  [['scale', 3, { factor: 2 }], 6],
  [['default', 1], 2],
  [['renamed', 1], 2],
  [['local', 4], 8],
  [['nested', 1], 5],
  [['outer', 1], 2],
];

function checkTyped(entry: string, args: readonly string[]): void {
  const { records, refusals, stderr } = describeIn([...args, fixturePath(entry)]);
  assert.equal(stderr.replace(/^.*(?:ExperimentalWarning|--trace-warnings).*\n/gm, ''), 'entry ran\n');
  // Where the user has written it, not where a loader has put it.
  assert.match(refusals.evaluates ?? '', /direct eval.* \((?:tsx-cjs\/)?typed-entry\.ts:19:29\)/);
  const url = fixtureUrl(entry.replace('typed-entry', 'typed'));
  assert.deepEqual(records.scale, { kind: 'module', url, name: 'scale' });
  assert.deepEqual(records.default, { kind: 'module', url, name: 'default' });
  assert.deepEqual(records.Typed, { kind: 'module', url, name: 'Typed' });
  assert.deepEqual(records.renamed, { kind: 'module', url, name: 'renamed' });
  const outcomes = callIn(
    records,
    typedCases.map(([call]) => call),
    args,
  );
  for (const [at, [call, value]] of typedCases.entries()) {
    assert.deepEqual(outcomes[at]?.value, value, `${call.join(' ')}: ${outcomes[at]?.error}`);
  }
}

test('functions of TypeScript files travel under type stripping', {
  skip: stripsTypes ? false : 'this Node does not strip types by itself',
}, () => {
  checkTyped('typed-entry.ts', []);
});

for (const [format, entry] of [
  ['an ES module', 'typed-entry.ts'],
  ['CommonJS', 'tsx-cjs/typed-entry.ts'],
] as const) {
  test(`functions of TypeScript files travel under tsx as ${format}`, () => checkTyped(entry, ['--import', 'tsx']));
}
