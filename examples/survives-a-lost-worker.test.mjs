/**
 * How to test that your code survives a lost worker: run it with `node --test examples/survives-a-lost-worker.test.mjs`.
 */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ProcessPoolExecutor, TerminatedWorkerError } from 'tardigrade';
import { assertNothingLeft, createFaults } from 'tardigrade/testing';

/** The code under test: adds up squares, and says how many it could not have. */
async function addSquares(pool, numbers) {
  const futures = numbers.map((n) => pool.submit((value) => value ** 2, n));
  let sum = 0;
  let lost = 0;
  for (const future of futures) {
    const error = await future.exception();
    if (error === null) sum += await future;
    else if (error instanceof TerminatedWorkerError) lost += 1;
    else throw error;
  }
  return { sum, lost };
}

// Fails, with their names, if a test leaves a worker, a task or a file behind.
afterEach(() => assertNothingLeft());

test('a lost worker costs one number', async () => {
  const faults = createFaults([{ at: 'run', task: 2, how: 'SIGKILL' }]);
  const pool = new ProcessPoolExecutor(faults.inject({ maxWorkers: 2 }));
  assert.deepEqual(await addSquares(pool, [1, 2, 3]), { sum: 10, lost: 1 });
  assert.equal(faults.struck.length, 1);
  await pool.shutdown();
});

test('with a retry, it costs nothing', async () => {
  const faults = createFaults([{ at: 'result-out', task: 2, how: 'exit' }]);
  const pool = new ProcessPoolExecutor(faults.inject({ maxWorkers: 2 }));
  assert.deepEqual(await addSquares(pool.withOptions({ retries: 1 }), [1, 2, 3]), { sum: 14, lost: 0 });
  assert.equal(faults.struck.length, 1);
  await pool.shutdown();
});

test('a worker that dies between two tasks is not noticed', async () => {
  const faults = createFaults([{ at: 'idle', task: 1, how: 'SIGKILL' }]);
  const pool = new ProcessPoolExecutor(faults.inject({ maxWorkers: 1 }));
  assert.deepEqual(await addSquares(pool, [5]), { sum: 25, lost: 0 });
  while (pool.stats().workersLost === 0) await new Promise(setImmediate);
  assert.deepEqual(await addSquares(pool, [6]), { sum: 36, lost: 0 });
  await pool.shutdown();
});
