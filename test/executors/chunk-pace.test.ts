import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkPace, lengthOf } from '#src/executors/chunk-pace.js';

/** The sizes of a walk whose items take `eachUs`, every chunk measured before the next one is sent. */
function walk(pace: ChunkPace, eachUs: number, chunks: number): number[] {
  return Array.from({ length: chunks }, () => {
    const size = pace.next(undefined);
    pace.note(size, size * eachUs);
    return size;
  });
}

test('the first chunk is one item, and short items grow it step by step to a bound', () => {
  const sizes = walk(new ChunkPace({ maxWorkers: 2 }), 0.1, 8);
  assert.deepEqual(sizes.slice(0, 4), [1, 8, 64, 512]);
  assert.ok(sizes.every((size) => size <= 8192));
  assert.equal(sizes.at(-1), 8192);
});

test('items that take long travel one by one', () => {
  assert.deepEqual(walk(new ChunkPace({ maxWorkers: 2 }), 6000, 4), [1, 1, 1, 1]);
});

test('a chunk takes about five milliseconds', () => {
  assert.equal(walk(new ChunkPace({ maxWorkers: 2 }), 50, 5).at(-1), 100);
});

test('items that become slow shrink the next chunks', () => {
  const pace = new ChunkPace({ maxWorkers: 2 });
  walk(pace, 1, 6);
  const slow = walk(pace, 10_000, 20);
  assert.ok((slow[1] as number) < (slow[0] as number));
  assert.equal(slow.at(-1), 1);
});

test('answers of chunks that were sent before the last change make it grow no further', () => {
  const pace = new ChunkPace({ maxWorkers: 2 });
  for (let count = 0; count < 10; count += 1) pace.note(1, 1);
  assert.equal(pace.next(undefined), 8);
});

test('the last chunks are a fair share of what is left', () => {
  const pace = new ChunkPace({ maxWorkers: 4 });
  walk(pace, 1, 6);
  assert.deepEqual(
    [80, 8, 3, 0, -1].map((left) => pace.next(left)),
    [10, 1, 1, 1, 1],
  );
});

test('the length of an input is known where it has one', () => {
  assert.deepEqual(
    [[1, 2], new Set([1]), new Map([[1, 2]]), new Float32Array(3), 'text', (function* () {})()].map(lengthOf),
    [2, 1, 1, 3, undefined, undefined],
  );
});
