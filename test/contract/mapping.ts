/** The contract of `map`. */

import assert from 'node:assert/strict';
import { CancelledError, type Executor, type MapOptions, TimeoutError } from 'tardigrade';
import { createGate, passGate, until } from '../support/gate.js';
import { contractTest, type Subject } from './contract.js';

const double = (n: number): number => 2 * n;

/** An input that counts what is taken from it, and knows whether it was closed. */
function countingInput(length = Number.POSITIVE_INFINITY) {
  const input = {
    taken: 0,
    isClosed: false,
    *[Symbol.iterator](): Generator<number, void, unknown> {
      try {
        while (input.taken < length) yield input.taken++;
      } finally {
        input.isClosed = true;
      }
    },
  };
  return input;
}

async function* asyncInput(values: Iterable<number>): AsyncGenerator<number> {
  for (const value of values) {
    await undefined;
    yield value;
  }
}

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const doubled = (length: number): number[] => range(length).map(double);

class SayWhen extends Error {}

function* failingInput(length: number, at: number): Generator<number> {
  for (const n of range(length)) {
    if (n === at) throw new SayWhen('when');
    yield n;
  }
}

/** What came before the walk ended, and what it ended with. */
async function walk(pool: Executor, fn: (n: number) => unknown, items: Iterable<number>, options?: MapOptions) {
  const values: unknown[] = [];
  try {
    for await (const value of pool.map(fn, items, options)) values.push(value);
  } catch (error) {
    return { values, error };
  }
  return { values, error: undefined };
}

/** Results, order and how they are bounded. */
export function testMapResults(subject: Subject): void {
  contractTest(subject, 'map gives the results in order, whatever the input and the chunk (faults 108)', async () => {
    const pool = subject.shared();
    for (const chunkSize of [1, 6, 50, 40, 'auto'] as const) {
      assert.deepEqual(await pool.map(double, range(40), { chunkSize }).toArray(), doubled(40));
    }
    assert.deepEqual(await pool.map(double, new Set(range(10))).toArray(), doubled(10));
    assert.deepEqual(await pool.map(double, asyncInput(range(10)), { chunkSize: 3 }).toArray(), doubled(10));
    assert.deepEqual(await pool.map((n, index) => [n, index], ['a', 'b', 'c'], { chunkSize: 2 }).toArray(), [
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  contractTest(subject, 'a bufferSize of 1, 2, n or 2n changes no result (faults 154)', async () => {
    const pool = subject.shared();
    for (const bufferSize of [1, 2, 12, 24]) {
      assert.deepEqual(await pool.map(double, range(12), { bufferSize }).toArray(), doubled(12));
    }
  });

  contractTest(
    subject,
    'an infinite input is taken lazily: bufferSize items before the first next (faults 155)',
    async () => {
      const input = countingInput();
      const results = subject.shared().map(double, input, { bufferSize: 4 });
      assert.equal(input.taken, 4);
      assert.deepEqual(await results.next(), { done: false, value: 0 });
      assert.deepEqual(await results.return(), { done: true, value: undefined });
      assert.ok(input.isClosed);
      assert.deepEqual(await results.next(), { done: true, value: undefined });
    },
  );

  contractTest(subject, 'empty inputs, and one that is shorter than the buffer, end (faults 156)', async () => {
    const pool = subject.shared();
    for (const bufferSize of [1, 5]) {
      assert.deepEqual(await pool.map(double, [], { bufferSize }).toArray(), []);
      assert.deepEqual(await pool.map(double, asyncInput([]), { bufferSize }).toArray(), []);
      assert.deepEqual(await pool.map(double, range(3), { bufferSize }).toArray(), doubled(3));
    }
  });

  contractTest(
    subject,
    'after k results min(bufferSize, n) + k items were taken, and never more (faults 157)',
    async () => {
      for (const [bufferSize, length] of [
        [3, 100],
        [200, 10],
      ] as const) {
        const input = countingInput(length);
        const results = subject.shared().map(double, input, { bufferSize });
        assert.equal(input.taken, Math.min(bufferSize, length));
        for (let k = 1; k <= 5; k += 1) {
          await results.next();
          assert.equal(input.taken, Math.min(bufferSize + k, length));
        }
        await results.return();
      }
    },
  );

  contractTest(subject, 'unordered results come as they are done', async (open) => {
    if (!subject.can.isParallel) return;
    const pool = open({ maxWorkers: 2 });
    using gate = createGate();
    const paths = [gate.path, undefined, undefined];
    const task = async (path: string | undefined, index: number): Promise<number> => {
      const { existsSync } = process.getBuiltinModule('node:fs');
      while (path !== undefined && existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 2));
      return index;
    };
    const seen: number[] = [];
    for await (const index of pool.map(task, paths, { ordered: false })) {
      seen.push(index);
      if (seen.length === 2) gate.open();
    }
    assert.deepEqual(seen, [1, 2, 0]);
  });

  contractTest(subject, 'many short items travel together, and no more of them than the buffer holds', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const input = countingInput(100_000);
    let count = 0;
    let farthest = 0;
    for await (const value of pool.map(double, input)) {
      if (value !== 2 * count) assert.fail(`${value} came after ${count} results`);
      count += 1;
      farthest = Math.max(farthest, input.taken - count);
    }
    assert.equal(count, 100_000);
    assert.ok(pool.stats().submitted < 10_000, `${pool.stats().submitted} tasks`);
    assert.ok(farthest <= 2 * 8192, `${farthest} were ahead`);
  });

  contractTest(subject, 'no item of a slow input waits for others of its chunk', async () => {
    const pool = subject.shared();
    const results = pool.map(double, range(5000));
    await results.toArray();
    let answer = (_value: unknown): void => {};
    async function* dialogue(): AsyncGenerator<number> {
      for (let n = 0; n < 300; n += 1) {
        const answered = new Promise((resolve) => {
          answer = resolve;
        });
        yield n;
        // The next one is only given when this one was answered.
        await answered;
      }
    }
    const seen: number[] = [];
    for await (const value of pool.map(double, dialogue())) {
      seen.push(value);
      answer(value);
    }
    assert.deepEqual(seen, doubled(300));
  });

  contractTest(subject, 'all chunks see what the function captured when the first was sent', async () => {
    let factor = 1;
    function* change(): Generator<number> {
      for (const n of range(50)) {
        yield n;
        factor += 1;
      }
    }
    const results = subject.shared().map((n: number) => n * factor, change(), { chunkSize: 5, bufferSize: 5 });
    const values = await results.toArray();
    assert.equal(new Set(values.slice(1).map((value, index) => value / (index + 1))).size, 1, `${values}`);
    assert.ok(factor > 50);
  });

  contractTest(subject, 'results that are asked for at once come once each, in order', async () => {
    const results = subject.shared().map(double, range(5));
    const asked = await Promise.all(range(7).map(() => results.next()));
    assert.deepEqual(
      asked.map(({ value }) => value),
      [...doubled(5), undefined, undefined],
    );
  });

  contractTest(subject, 'maps nest and run side by side', async () => {
    const pool = subject.shared();
    const sums: number[] = [];
    for await (const n of pool.map(double, range(3))) {
      for await (const m of pool.map(double, range(2))) sums.push(n + m);
    }
    assert.deepEqual(sums, [0, 2, 2, 4, 4, 6]);
  });
}

/** Failures on either side, and leaving early. */
export function testMapEnds(subject: Subject): void {
  contractTest(subject, 'the first failure in order is thrown after the results before it (faults 102)', async () => {
    const divide = (n: number): number => {
      if (n === 0) throw new RangeError('division by zero');
      return 1 / n;
    };
    for (const chunkSize of [1, 2, 3, 4]) {
      const { values, error } = await walk(subject.shared(), divide, [2, 4, 0, 5], { chunkSize });
      assert.deepEqual(values, [0.5, 0.25]);
      assert.ok(error instanceof RangeError);
    }
  });

  contractTest(subject, 'a failure cancels what has not begun and closes the input', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const input = countingInput(1000);
    const fail = (n: number): number => {
      if (n === 1) throw new Error('one');
      return n;
    };
    const { values, error } = await walk(pool, fail, input, { bufferSize: 200 });
    assert.deepEqual(values, [0]);
    assert.equal((error as Error).message, 'one');
    assert.ok(input.isClosed);
    await pool.shutdown();
    assert.ok(pool.stats().cancelled > 100, `${pool.stats().cancelled} were cancelled`);
  });

  contractTest(subject, 'an error in the input comes after the results before it (faults 41)', async () => {
    for (const [length, at, chunkSize] of [
      [10, 3, 1],
      [20, 7, 2],
      [20, 7, 4],
    ] as const) {
      const { values, error } = await walk(subject.shared(), double, failingInput(length, at), { chunkSize });
      assert.deepEqual(values, doubled(at));
      assert.ok(error instanceof SayWhen);
    }
    assert.equal(await subject.shared().submit(double, 1), 2);
  });

  contractTest(subject, 'an input that fails at once, sync or async, fails the walk', async () => {
    const pool = subject.shared();
    assert.ok((await walk(pool, double, failingInput(3, 0))).error instanceof SayWhen);
    const rejecting = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new SayWhen()) }) };
    await assert.rejects(pool.map(double, rejecting).toArray(), SayWhen);
    const throwing = {
      [Symbol.iterator]: () => {
        throw new SayWhen();
      },
    };
    assert.throws(() => pool.map(double, throwing), SayWhen);
  });

  contractTest(subject, 'leaving the loop early closes the input and cancels what has not begun', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const input = countingInput();
    for await (const value of pool.map(double, input, { bufferSize: 100 })) {
      if (value === 4) break;
    }
    assert.ok(input.isClosed);
    const { taken } = input;
    await pool.shutdown();
    assert.equal(input.taken, taken);
    assert.ok(pool.stats().cancelled > 50);
  });

  contractTest(subject, 'timeoutMs of a map throws after the results before it (faults 103)', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const task = (n: number): unknown => (n === 2 ? new Promise(() => {}) : null);
    // The first two results must have come in time: a worker that has run the function once needs a moment for them, not a start.
    await pool.submit(task, 0);
    const { values, error } = await walk(pool, task, [0, 1, 2], { timeoutMs: 3000, bufferSize: 1 });
    assert.deepEqual(values, [null, null]);
    assert.ok(error instanceof TimeoutError, String(error));
  });

  contractTest(subject, 'the signal of a map ends it, before it began and while it runs', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const before = await walk(pool, double, [1], { signal: AbortSignal.abort('before') });
    assert.ok(before.error instanceof CancelledError);
    assert.equal(before.error.cause, 'before');
    using gate = createGate();
    const controller = new AbortController();
    const results = pool.map(passGate<number>, [gate.path], { signal: controller.signal });
    await until(() => pool.stats().running === 1);
    controller.abort('while it runs');
    await assert.rejects(results.next(), { name: 'AbortError', cause: 'while it runs' });
  });

  contractTest(subject, 'what cannot travel fails the walk at its place', async () => {
    const items = [1, new WeakMap(), 3] as unknown[];
    const { error, values } = await walk(subject.shared(), (n) => n, items as number[]);
    assert.deepEqual(values, [1]);
    assert.equal((error as Error).name, 'SerializationError');
  });
}
