import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArrowText } from '#src/serialization/functions/arrow-text.js';
import { isInterchangeable } from '#src/serialization/functions/interchangeable.js';

const SAME_EVERYWHERE = [
  'x => x',
  '(n) => n ** 2',
  '() => 42',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a function.
  'async (x) => { await x; return `${x}!`; }',
  '({ a, b: [c = 1, ...rest] }) => ({ a, c, rest })',
  '(xs) => { let sum = 0; for (const x of xs) { if (x > 0) sum += x; else continue; } return sum; }',
  '(s) => s?.trim().length ?? -1',
  '(x) => typeof x === "string" ? [...x] : [x, -x, !x]',
];

const TIED = {
  'uses a global, which could be shadowed': '(x) => Math.abs(x)',
  'uses an outer variable': '() => outer',
  'uses `this`': '() => this',
  'uses outer `arguments`': '() => arguments.length',
  'assigns to a member, which fails in strict code only': '(x) => { x.a = 1; return x; }',
  'increments a member': '(x) => x.count++',
  'assigns to a member by destructuring': '(x) => { [x.a] = [1]; return x; }',
  'assigns to a member in a loop': '(x) => { for (x.a of [1]) ; return x; }',
  'deletes, which fails in strict code only': '(x) => delete x.a',
  'has a function inside, which it may return': '(x) => () => x',
  'has a method inside': '(x) => ({ get() { return x; } })',
  'has a getter inside': '(x) => ({ get a() { return x; } })',
  'has a class inside': '() => class {}',
  'catches, and so may read a stack': '(x) => { try { return x.a.b; } catch (e) { return e.stack; } }',
  'imports relative to its place': '() => import("./x.js")',
  'names its module': '() => import.meta.url',
  'has a tagged template, whose strings have an identity': '(tag) => tag`x`',
  'is no arrow function': 'function (x) { return x; }',
  'is a class': 'class {}',
  'is a method': 'read(x) { return x; }',
  'is no JavaScript': '=> x',
};

for (const text of SAME_EVERYWHERE) {
  test(`${text} does the same wherever it stands`, () => assert.equal(isInterchangeable(text), true));
}

for (const [why, text] of Object.entries(TIED)) {
  test(`a text that ${why} is tied to its place`, () => assert.equal(isInterchangeable(text), false));
}

test('only short arrow functions with nothing set on them are considered', () => {
  const arrow = (x: number): number => x;
  assert.match(readArrowText(arrow) ?? '', /=>/);
  assert.equal(readArrowText(Object.assign((x: number) => x, { extra: 1 })), undefined);
  assert.equal(readArrowText(new Proxy(arrow, {})), undefined);
  assert.equal(readArrowText(arrow.bind(null)), undefined);
  assert.equal(readArrowText(Math.max), undefined);
  assert.equal(
    readArrowText(
      class {
        // => looks like one
      } as never,
    ),
    undefined,
  );
  const long = new Function(`return (x) => x ${'+ x'.repeat(500)}`)() as (x: number) => number;
  assert.equal(readArrowText(long), undefined);
});
