import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkReader } from '#src/executors/chunk-reader.js';
import { collectEvents } from '../futures/make-future.js';

async function* later(...values: number[]): AsyncGenerator<number> {
  yield* values;
}

test('a sync input is read at once, in chunks, the last one shorter', () => {
  const reader = new ChunkReader([1, 2, 3, 4, 5]);
  assert.deepEqual(reader.read(2), { items: [1, 2], isLast: false });
  assert.deepEqual(reader.read(2), { items: [3, 4], isLast: false });
  assert.deepEqual(reader.read(2), { items: [5], isLast: true });
});

test('an async input is read with a promise', async () => {
  const reader = new ChunkReader(later(1, 2, 3));
  const read = reader.read(2);
  assert.ok(read instanceof Promise);
  assert.deepEqual(await read, { items: [1, 2], isLast: false });
  assert.deepEqual(await reader.read(2), { items: [3], isLast: true });
});

test('what the input fails with comes with the items before it', async () => {
  const error = new Error('input');
  const failing = function* (): Generator<number> {
    yield 1;
    throw error;
  };
  const failingLater = async function* (): AsyncGenerator<number> {
    yield 1;
    throw error;
  };
  assert.deepEqual(new ChunkReader(failing()).read(3), { items: [1], isLast: true, failure: { thrown: error } });
  assert.deepEqual(await new ChunkReader(failingLater()).read(3), {
    items: [1],
    isLast: true,
    failure: { thrown: error },
  });
});

test('an input that answers now with a promise and now without is read all the same', async () => {
  let n = 0;
  const mixed = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        n += 1;
        const step = n > 4 ? { done: true, value: undefined } : { done: false, value: n };
        return (n % 2 === 0 ? step : Promise.resolve(step)) as Promise<IteratorResult<number>>;
      },
    }),
  };
  assert.deepEqual(await new ChunkReader(mixed).read(9), { items: [1, 2, 3, 4], isLast: true });
});

test('closing tells the input, and what fails then is a warning', async () => {
  let isClosed = false;
  const input = (function* (): Generator<number> {
    try {
      yield 1;
    } finally {
      isClosed = true;
    }
  })();
  const reader = new ChunkReader(input);
  reader.read(1);
  reader.close();
  assert.equal(isClosed, true);
  const stubborn = (returns: () => unknown) => ({
    [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return: returns }) as Iterator<number>,
  });
  const warnings = await collectEvents('warning', () => {
    new ChunkReader(stubborn(() => Promise.reject(new Error('later')))).close();
    new ChunkReader(
      stubborn(() => {
        throw new Error('at once');
      }),
    ).close();
  });
  assert.deepEqual(
    warnings.map((warning) => (warning as { code?: unknown }).code),
    ['TARDIGRADE_MAP_INPUT', 'TARDIGRADE_MAP_INPUT'],
  );
});
