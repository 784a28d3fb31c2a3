/**
 * Each tidy rule finds what it forbids, in small samples, and lets pass what it allows.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLOCK, RANDOMNESS } from './policy.js';
import * as rules from './rules.js';
import { readSample } from './source-tree.js';

const RANKS = { 'base/': 0, 'left/': 1, 'right/': 1, 'top.ts': 2 };

/** `path:line rule` of each breach. */
function places(breaches: readonly rules.Breach[]): string[] {
  return breaches.map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}

describe('ranks', () => {
  const check = (sources: Record<string, string>): rules.Breach[] => rules.checkRanks(readSample(sources), RANKS);

  it('lets a file import its own folder and what is lower', () => {
    const sources = {
      'src/base/a.ts': 'export const a = 1;',
      'src/left/b.ts': "import { a } from '../base/a.js';\nexport const b = a;",
      'src/left/deep/c.ts': "import { b } from '../b.js';\nimport 'node:fs';\nb;",
      'src/top.ts': "export { b } from './left/b.js';",
    };
    assert.deepEqual(check(sources), []);
  });

  it('finds an import of a higher or an equal rank, in every way of writing it', () => {
    const sources = {
      'src/left/b.ts': 'export interface B { b: 1 }',
      'src/base/static.ts': "\nimport type { B } from '../left/b.js';\nlet b: B;",
      'src/base/lazy.ts': "export const f = () => import('../left/b.js');",
      'src/base/type.ts': "export let b: import('../left/b.js').B;",
      'src/right/export.ts': "export * from '../left/b.js';",
    };
    assert.deepEqual(places(check(sources)).sort(), [
      'src/base/lazy.ts:1 ranks',
      'src/base/static.ts:2 ranks',
      'src/base/type.ts:1 ranks',
      'src/right/export.ts:1 ranks',
    ]);
  });

  it('finds a folder that has no rank', () => {
    assert.deepEqual(places(check({ 'src/new/a.ts': 'export {};' })), ['src/new/a.ts:1 ranks']);
  });
});

describe('pure folders', () => {
  it('may import the project, but neither Node nor packages', () => {
    const tree = readSample({
      'src/core/a.ts': "import './b.js';\nimport 'node:fs';\nimport 'acorn';",
      'src/core/b.ts': 'export {};',
      'src/other/c.ts': "import 'node:fs';",
    });
    assert.deepEqual(places(rules.checkPureFolders(tree, ['src/core/'])), [
      'src/core/a.ts:2 pure',
      'src/core/a.ts:3 pure',
    ]);
  });
});

describe('cycles', () => {
  it('are found over any number of files, types included, and told as a path', () => {
    const tree = readSample({
      'src/a.ts': "import './b.js';",
      'src/b.ts': "export {};\nimport './c.js';",
      'src/c.ts': "import type { A } from './a.js';\nlet a: A;",
      'src/d.ts': "import './a.js';\nimport './c.js';",
    });
    const breaches = rules.checkCycles(tree);
    assert.equal(breaches.length, 1);
    assert.match(breaches[0]?.advice ?? '', /src\/(.)\.ts → src\/.\.ts → src\/.\.ts → src\/\1\.ts/);
  });

  it('are not seen where files only share what they import', () => {
    const tree = readSample({
      'src/a.ts': "import './c.js';",
      'src/b.ts': "import './a.js';\nimport './c.js';",
      'src/c.ts': '',
    });
    assert.deepEqual(rules.checkCycles(tree), []);
  });
});

describe('lengths', () => {
  const body = 'x();\n'.repeat(9);

  it('of files are counted in lines', () => {
    const tree = readSample({ 'src/long.ts': 'x();\n'.repeat(11), 'src/short.ts': 'x();\n'.repeat(10) });
    assert.deepEqual(places(rules.checkFileLength(tree, 10)), ['src/long.ts:10 file length']);
  });

  it('of functions are counted from the name to the closing brace, whatever kind of function', () => {
    const tree = readSample({
      'src/a.ts': `function short() {\n${body.slice(5)}}\nfunction declared() {\n${body}}`,
      'src/b.ts': `const arrow = () => {\n${body}};`,
      'src/c.ts': `class C {\n  method() {\n${body}}\n}`,
      'src/d.ts': `const o = { get it() {\n${body}return 1; } };`,
    });
    const breaches = rules.checkFunctionLength(tree, 10);
    assert.deepEqual(places(breaches).sort(), [
      'src/a.ts:11 function length',
      'src/b.ts:1 function length',
      'src/c.ts:2 function length',
      'src/d.ts:1 function length',
    ]);
    assert.match(breaches.map(({ advice }) => advice).join(), /declared has 11 lines/);
  });
});

describe('the clock', () => {
  const check = (text: string, path = 'src/core/a.ts'): string[] =>
    places(rules.checkBan(readSample({ [path]: text }), CLOCK));

  for (const text of [
    'setTimeout(f, 1);',
    'const later = setInterval;',
    'Date.now();',
    'new Date();',
    'performance.now();',
    'globalThis.setTimeout(f);',
    'const { setTimeout } = globalThis;',
    'process.hrtime.bigint();',
    'AbortSignal.timeout(5);',
    "import { setTimeout as delay } from 'node:timers/promises';",
    "const { performance } = await import('node:perf_hooks');",
  ]) {
    it(`is not read by ${text}`, () => assert.deepEqual([...new Set(check(text))], ['src/core/a.ts:1 clock']));
  }

  it('is read in its own file', () => assert.deepEqual(check('Date.now();', 'src/base/clock.ts'), []));

  it('is not what a date of a given time, a key, a text or a comment is', () => {
    assert.deepEqual(check("new Date(5); f({ setTimeout: 1 }); x.setTimeout(); 'Date.now()'; // Date.now()"), []);
  });
});

describe('randomness', () => {
  it('is banned from the core and its simulation only', () => {
    const text = "import { randomUUID } from 'node:crypto';\nMath.random();";
    const tree = readSample({ 'src/core/a.ts': text, 'test/sim/b.ts': text, 'src/base/c.ts': text });
    assert.deepEqual([...new Set(places(rules.checkBan(tree, RANDOMNESS)))].sort(), [
      'src/core/a.ts:1 randomness',
      'src/core/a.ts:2 randomness',
      'test/sim/b.ts:1 randomness',
      'test/sim/b.ts:2 randomness',
    ]);
  });
});

describe('marks', () => {
  it('of unfinished work are found as whole words', () => {
    const mark = `${'TO'}DO`;
    const tree = readSample({ 'src/a.ts': `f();\n// ${mark} later`, 'src/b.ts': `const ${mark}S = 1;` });
    assert.deepEqual(places(rules.checkMarks(tree)), ['src/a.ts:2 marks']);
  });
});

describe('documentation', () => {
  it('is missed on every kind of export', () => {
    const tree = readSample({
      'src/a.ts': [
        'export const bare = 1;',
        'export function f() {}',
        'export class C {}',
        'export interface I { x: 1 }',
        'export type T = 1;',
        'const late = 1;',
        'export { late };',
        '/** Said. */',
        'export const said = 1;',
        '// Not a doc comment.',
        'export const unsaid = 1;',
      ].join('\n'),
    });
    assert.deepEqual(
      rules.checkDocumentation(tree).map(({ advice, line }) => `${advice.split(' ')[0]} ${line}`),
      ['bare 1', 'f 2', 'C 3', 'I 4', 'T 5', 'late 6', 'unsaid 11'],
    );
  });

  it('is asked for where a name is declared, not where it is passed on', () => {
    const tree = readSample({
      'src/a.ts': '/** Said. */\nexport const a = 1;',
      'src/b.ts': "export { a } from './a.js';",
    });
    assert.deepEqual(rules.checkDocumentation(tree), []);
  });

  it('is asked for members of public classes and interfaces, but not for private or internal ones', () => {
    const tree = readSample({
      'src/index.ts': "export { C, type I as J } from './a.js';",
      'src/a.ts': [
        'export declare class C {',
        '  #hidden: 1;',
        '  private own: 1;',
        '  /** @internal */',
        '  wired: 1;',
        '  /** Said. */',
        '  said: 1;',
        '  unsaid(): void;',
        '}',
        'export interface I { unsaidToo: 1 }',
        'export interface NotPublic { unsaid: 1 }',
      ].join('\n'),
    });
    const breaches = rules.checkMembers(tree, ['src/index.ts']);
    assert.deepEqual(
      breaches.map(({ advice }) => advice.split(' ')[0]),
      ['C.unsaid', 'I.unsaidToo'],
    );
    assert.deepEqual(rules.checkMembers(tree, []), []);
  });
});

describe('headers', () => {
  it('open a file with a comment, after a line for the shell at most', () => {
    const tree = readSample({
      'src/a.ts': '/**\n * Does it.\n */\nf();',
      'src/b.ts': '#!/usr/bin/env node\n// Does it.\nf();',
      'src/c.ts': 'f();\n// Does it.',
      'src/c.test.ts': 'f();',
    });
    assert.deepEqual(places(rules.checkHeaders(tree, (path) => path.endsWith('.test.ts'))), ['src/c.ts:1 header']);
  });
});

describe('tests', () => {
  const tree = readSample({
    'src/x/tested.ts': 'export const a = 1;',
    'src/x/untested.ts': 'export const a = 1;',
    'src/x/types.ts': "import type { A } from './a.js';\nexport interface B extends A {}\nexport type { A };",
    'src/x/elsewhere.ts': 'export const a = 1;',
  });
  const tests = new Set(['test/x/tested.test.ts']);
  const entry = { sources: 'src/x/elsewhere', testedBy: 'test/x/tested.test.ts', because: 'it is its leaf' };

  it('stand at the same place as their source, unless it holds only types or says where it is tested', () => {
    assert.deepEqual(places(rules.checkTests(tree, tests, [entry])), ['src/x/untested.ts:1 tests']);
    assert.deepEqual(places(rules.checkTests(tree, tests, [{ ...entry, sources: 'src/x/' }])), []);
  });

  it('leave no entry in the table that is not needed, or that names a test that is not there', () => {
    const table = [
      { ...entry, testedBy: 'test/gone.test.ts' },
      { ...entry, sources: 'src/x/untested.ts' },
      { ...entry, sources: 'src/gone/' },
      { ...entry, sources: 'src/x/tested.ts' },
    ];
    assert.deepEqual(places(rules.checkTests(tree, tests, table)).sort(), [
      'src/gone/:1 tests',
      'src/x/elsewhere:1 tests',
      'src/x/tested.ts:1 tests',
    ]);
  });
});

it('a breach reads as an editor understands it', () => {
  const breach = { path: 'src/a.ts', line: 3, rule: 'marks', advice: 'finish it' };
  assert.equal(rules.formatBreach(breach), 'src/a.ts:3: marks: finish it');
});
