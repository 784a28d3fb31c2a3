import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetOutput, keeperOf, OUTPUT_BYTES, OutputKeeper, outputOf } from '#src/futures/task-output.js';

test('what is written is kept by stream, and copied', () => {
  const keeper = new OutputKeeper();
  const bytes = Buffer.from('ab');
  keeper.push('stdout', bytes);
  bytes.fill('x');
  keeper.push('stderr', Buffer.from('c'));
  keeper.push('stdout', Buffer.from('d'));
  assert.deepEqual(keeper.read(), { stdout: 'abd', stderr: 'c', truncated: false });
});

test('only the end is kept, beginning with a whole character, in pieces of any size', () => {
  for (const size of [1, 7, 1000, OUTPUT_BYTES + 1]) {
    const keeper = new OutputKeeper();
    const all = Buffer.from('€'.repeat(OUTPUT_BYTES));
    for (let offset = 0; offset < all.length; offset += size) {
      keeper.push('stdout', all.subarray(offset, offset + size));
    }
    const { stdout, truncated } = keeper.read();
    assert.ok(truncated);
    assert.match(stdout.slice(0, 10), /^€+$/);
    assert.ok(Buffer.byteLength(stdout) <= OUTPUT_BYTES && Buffer.byteLength(stdout) > OUTPUT_BYTES - 3, String(size));
  }
});

test('exactly as much as is kept is not truncated', () => {
  const keeper = new OutputKeeper();
  keeper.push('stdout', Buffer.alloc(OUTPUT_BYTES, 'a'));
  assert.deepEqual([keeper.read().stdout.length, keeper.read().truncated], [OUTPUT_BYTES, false]);
  keeper.push('stdout', Buffer.from('b'));
  assert.deepEqual([keeper.read().stdout.length, keeper.read().truncated], [OUTPUT_BYTES, true]);
});

test('a future without output has none, and one can be forgotten', () => {
  const future = {};
  assert.deepEqual(outputOf(future), { stdout: '', stderr: '', truncated: false });
  keeperOf(future).push('stderr', Buffer.from('oh'));
  assert.equal(outputOf(future).stderr, 'oh');
  forgetOutput(future);
  assert.equal(outputOf(future).stderr, '');
});
