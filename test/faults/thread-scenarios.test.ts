/**
 * What the suites of CPython's thread and interpreter pools exercise, on worker threads.
 */

import assert from 'node:assert/strict';
import {
  availableCpus,
  CancelledError,
  type PoolOptions,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
} from 'tardigrade';
import { echo } from '../support/faults.js';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const make = (options?: PoolOptions): ThreadPoolExecutor => new ThreadPoolExecutor({ stdio: 'ignore', ...options });

poolTest('map on threads begins before anybody asks for a result (faults 188)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 1 }));
  const memory = new Int32Array(new SharedArrayBuffer(4));
  const results = pool.map((_, index) => Atomics.add(memory, 0, index + 1), [1, 2]);
  await until(() => Atomics.load(memory, 0) === 3);
  assert.deepEqual(await results.toArray(), [0, 1]);
});

poolTest('without a size there are as many threads as CPUs, and no more (faults 189, faults 190)', async ({ use }) => {
  const pool = use(make());
  using gate = createGate();
  const futures = Array.from({ length: 15 * availableCpus() }, (_, value) => pool.submit(passGate, gate.path, value));
  await until(() => futures.filter((future) => future.running()).length === availableCpus());
  assert.equal(pool.workers.length, availableCpus());
  gate.open();
  await Promise.all(futures);
  assert.equal(pool.stats().workersStarted, availableCpus());
});

poolTest('an idle thread is used again before another is started (faults 190)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 4 }));
  for (const value of [1, 2, 3, 4, 5]) assert.equal(await pool.submit(echo, value), value);
  assert.equal(pool.stats().workersStarted, 1);
});

poolTest('a map on threads that takes too long ends the item that runs, too (faults 191)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 1 }));
  await pool.submit(echo, 'started');
  const results = pool.map((n) => (n === 0 ? 'first' : new Promise(() => {})), [0, 1, 2], {
    timeoutMs: 500,
    chunkSize: 1,
  });
  await assert.rejects(results.toArray(), TimeoutError);
  await until(() => pool.stats().running === 0 && pool.stats().pending === 0);
  assert.equal(await pool.submit(echo, 'next'), 'next');
});

poolTest('the name of a pool of threads stands in its errors (faults 192)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 1, name: 'images' }));
  await pool.shutdown();
  await assert.rejects(pool.submit(echo, 1).result(), { message: /'images' was shut down/ });
});

poolTest(
  'threads that are shut down with cancelPending finish what runs, awaited or not (faults 194)',
  async ({ use }) => {
    const pool = use(make({ maxWorkers: 2 }));
    using gate = createGate();
    const running = [1, 2].map((value) => pool.submit(passGate, gate.path, value));
    await until(() => running.every((future) => future.running()));
    const queued = Array.from({ length: 10 }, (_, value) => pool.submit(echo, value));
    const outcomes = Promise.allSettled(queued);
    const ended = pool.shutdown({ cancelPending: true });
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof CancelledError);
    }
    gate.open();
    assert.deepEqual(await Promise.all(running), [1, 2]);
    await ended;
  },
);

poolTest(
  'closures and instances travel to threads, and what cannot be shared fails alone (faults 197)',
  async ({ use }) => {
    const pool = use(make({ maxWorkers: 1 }));
    const captured = { n: 41 };
    assert.equal(await pool.submit(() => captured.n + 1), 42);
    const secret = Symbol('local');
    const errors = [
      await pool.submit(() => secret).exception(),
      await pool.submit(echo, new WeakRef(captured)).exception(),
    ];
    for (const error of errors) assert.ok(error instanceof SerializationError, String(error));
    assert.equal(await pool.submit(echo, 'next'), 'next');
  },
);

poolTest(
  'an error of a thread keeps its type, its cause and the line where it was thrown (faults 121, faults 198)',
  async ({ use }) => {
    const pool = use(make({ maxWorkers: 1 }));
    const error = await pool
      .submit(() => {
        throw new RangeError('outer', { cause: new TypeError('inner', { cause: 'innermost' }) });
      })
      .exception();
    assert.ok(error instanceof RangeError);
    assert.ok(error.cause instanceof TypeError);
    assert.deepEqual([error.message, error.cause.message, error.cause.cause], ['outer', 'inner', 'innermost']);
    assert.match(error.stack ?? '', /thread-scenarios\.test\.js/);
  },
);

poolTest('what cannot be written or read fails its task on threads, with the reason (faults 199)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 1 }));
  const argument = await pool.submit(echo, { deep: new WeakMap() }).exception();
  const result = await pool.submit(() => ({ deep: new WeakMap() })).exception();
  assert.ok(argument instanceof SerializationError && result instanceof SerializationError);
  assert.deepEqual([argument.path, result.path], ['args[0].deep', 'result.deep']);
});

poolTest('more tasks that block than there are threads all finish (faults 200)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 2 }));
  const block = (value: number): number => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return value;
  };
  const futures = Array.from({ length: 10 }, (_, value) => pool.submit(block, value));
  assert.deepEqual(
    await Promise.all(futures),
    futures.map((_, value) => value),
  );
});

poolTest('a signal ends what waits and what runs on threads (faults 201)', async ({ use }) => {
  const pool = use(make({ maxWorkers: 1 }));
  const controller = new AbortController();
  const view = pool.withOptions({ signal: controller.signal });
  const running = view.submit(() => new Promise(() => {}));
  const waiting = view.submit(echo, 'never');
  await until(() => running.running());
  controller.abort();
  for (const future of [running, waiting]) await assert.rejects(future.result(), { name: 'AbortError' });
  assert.equal(await pool.submit(echo, 'next'), 'next');
});
