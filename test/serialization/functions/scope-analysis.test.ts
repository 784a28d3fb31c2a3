import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFunctionText } from '#src/serialization/functions/parser.js';
import { analyzeFunction, type FunctionNeeds } from '#src/serialization/functions/scope-analysis.js';

function needsOf(text: string, strict = true): FunctionNeeds {
  const parsed = parseFunctionText(text);
  assert.ok(parsed, `cannot be parsed: ${text}`);
  return analyzeFunction(parsed.node, { strict });
}

const freeNames: readonly (readonly [text: string, names: string])[] = [
  // Parameters and patterns.
  ['(a, { b, c: { d = e }, ...f }, [g, , h = i], ...j) => [a, b, d, f, g, h, j]', 'e i'],
  ['({ [key]: value }) => value', 'key'],
  ['(a = () => b, b) => a', ''],
  ['(a = x) => { var x = 1; return a; }', 'x'],
  ['(a = inner()) => { function inner() {} return a; }', 'inner'],
  // Declarations and hoisting.
  ['() => { use(later); let later; var use; }', ''],
  ['() => { { var hoisted = 1; } return hoisted; }', ''],
  ['() => { { let inner = 1; } return inner; }', 'inner'],
  ['() => { for (let i = 0; i < n; i++) {} return i; }', 'i n'],
  ['() => { for (const [k, v] of list) k(v); return k; }', 'k list'],
  ['() => { for (const x in x) ; }', ''],
  ['() => { switch (s) { case a: let b; break; default: b; } return b; }', 'a b s'],
  ['() => { try {} catch { } finally { f } }', 'f'],
  ['() => { try {} catch ({ message, cause = other }) { message } return message; }', 'message other'],
  ['() => { class Local extends Base { m() { return Local; } } return Local; }', 'Base'],
  ['() => { { class Local {} } return Local; }', 'Local'],
  ['() => { const f = function named() { return named; }; return named; }', 'named'],
  ['function self(n) { return self(n - 1); }', ''],
  ['class Self { make() { return new Self(); } }', ''],
  // Uses.
  ['() => ({ a, b: c, d() { return e; }, get f() { return g; }, [h]: 1 })', 'a c e g h'],
  ['() => a.b.c[d].e?.f', 'a d'],
  ['() => { label: for (;;) { if (x) continue label; break label; } }', 'x'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a function that has one.
  ['() => `${a} ${b`${c}`}`', 'a b c'],
  ['() => { [a, b.c, { d: e }] = f; g++; h ||= 1; }', 'a b e f g h'],
  ['() => { ({ a, b: c = d } = e); }', 'a c d e'],
  ['() => typeof nowhere', 'nowhere'],
  ['() => async function* () { yield* a; await b; for await (const c of d) c; }', 'a b d'],
  ['function () { return arguments; }', ''],
  ['() => arguments', 'arguments'],
  ['() => function () { return () => arguments; }', ''],
  // Classes.
  ['class A { [a] = b; static c = d; static { e; var f; f; } #g = h; i() { return this.#g; } }', 'a b d e h'],
  // Methods; their keys are not part of what they do.
  ['method(a) { return a + b; }', 'b'],
  ['[key](a) { return a; }', ''],
  ['async *items() { yield a; }', 'a'],
  ['set value(v) { a = v; }', 'a'],
];

for (const [text, expected] of freeNames) {
  test(`free names of ${text}`, () => {
    assert.deepEqual([...needsOf(text).names.keys()].sort(), expected.split(' ').filter(Boolean));
  });
}

test('a function in a block is seen around it in sloppy code only', () => {
  const text = 'function () { { function inner() {} } return inner; }';
  assert.deepEqual([...needsOf(text, true).names.keys()], ['inner']);
  assert.deepEqual([...needsOf(text, false).names.keys()], []);
  assert.deepEqual([...needsOf(text.replace('{', '{ "use strict";'), false).names.keys()], ['inner']);
});

const ties: readonly (readonly [text: string, ties: string])[] = [
  ['() => this', 'this'],
  ['function () { return () => this; }', ''],
  ['() => ({ method() { return this; } })', ''],
  ['() => class { field = this; static field = this; static { this; } }', ''],
  ['() => class { [this.key]() {} }', 'this'],
  ['method() { return super.method(); }', 'super'],
  ['method() { return () => super.method(); }', 'super'],
  ['() => ({ method() { return super.method(); } })', ''],
  ['class A extends B { constructor() { super(); } field = super.x; }', ''],
  ['() => new.target', 'new.target'],
  ['function () { return new.target; }', ''],
  ['() => import.meta.url', 'import.meta'],
  ['() => import("./x.js")', 'dynamic-import'],
  ['method() { return this.#secret; }', 'private-name'],
  ['method(o) { return #secret in o; }', 'private-name'],
  ['#method() { return 1; }', ''],
  ['class A { #a; has(o) { return #a in o && o.#a; } }', ''],
  ['() => eval("x")', 'direct-eval'],
  ['() => (0, eval)("x")', ''],
  ['function (o) { with (o) { return x; } }', 'with'],
];

for (const [text, expected] of ties) {
  test(`ties of ${text}`, () => assert.deepEqual([...needsOf(text, false).ties.keys()].join(' '), expected));
}

test('the place of a name is that of its first use', () => {
  const text = '(a) => b + a + b';
  const parsed = parseFunctionText(text);
  assert.equal((needsOf(text).names.get('b') ?? 0) + (parsed?.offset ?? 0), text.indexOf('b'));
});
