import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StderrTail, TAIL_BYTES } from '#src/supervision/stderr-tail.js';

function tailOf(...chunks: string[]): string {
  const tail = new StderrTail();
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.read();
}

test('little is kept whole, in order', () => {
  assert.equal(tailOf(), '');
  assert.equal(tailOf('one\n', 'two', ' three\n'), 'one\ntwo three\n');
});

test('of much the end is kept, from the start of a line', () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`);
  for (const chunks of [lines, [lines.join('')]]) {
    const kept = tailOf(...chunks);
    assert.ok(kept.length <= TAIL_BYTES && kept.length > TAIL_BYTES - 100);
    assert.match(kept, /^line \d+\n/);
    assert.ok(kept.endsWith('line 4999\n'));
  }
});

test('one endless line is cut where the limit is', () => {
  assert.equal(tailOf('x'.repeat(3 * TAIL_BYTES)), 'x'.repeat(TAIL_BYTES));
});

test('a character that is cut in two does not spoil the rest', () => {
  assert.match(tailOf('ü'.repeat(TAIL_BYTES), 'end'), /üend$/);
});
