import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relocateStack } from '#src/serialization/functions/relocate-stack.js';

const from = { url: 'file:///one (1).mjs', line: 9, column: 20 };
const to = { url: 'file:///two.mjs', line: 99, column: 4 };
const text = '(x) =>\n  x.a.b';
const move = (stack: string): string => relocateStack(stack, { text, from, to });

test('a frame on the first line of the text moves by lines and columns', () => {
  assert.equal(move('    at file:///one (1).mjs:10:25'), '    at file:///two.mjs:100:9');
});

test('a frame on a later line keeps its column', () => {
  assert.equal(move('    at fn (file:///one (1).mjs:11:7)'), '    at fn (file:///two.mjs:101:7)');
});

test('frames outside the text stay: before it, behind it, on other lines, in other files', () => {
  const stack = [
    '    at file:///one (1).mjs:10:20',
    '    at file:///one (1).mjs:10:28',
    '    at file:///one (1).mjs:9:25',
    '    at file:///one (1).mjs:12:1',
    '    at file:///three.mjs:10:25',
    '    at <anonymous>',
  ].join('\n');
  assert.equal(move(stack), stack);
});

test('a stack of several frames is moved frame by frame', () => {
  assert.equal(
    move('Error: x\n    at file:///one (1).mjs:10:25\n    at a (b.js:1:1)\n    at file:///one (1).mjs:11:3'),
    'Error: x\n    at file:///two.mjs:100:9\n    at a (b.js:1:1)\n    at file:///two.mjs:101:3',
  );
});
