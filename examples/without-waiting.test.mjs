/**
 * How to test retries and time limits without waiting: run it with `node --test examples/without-waiting.test.mjs`.
 */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { TerminatedWorkerError, TimeoutError } from 'tardigrade';
import { assertNothingLeft, createFaults, SimulatedExecutor } from 'tardigrade/testing';

const square = (n) => n ** 2;

/** The code under test: gives each number a minute and one more try, and says which ones it could not have. */
async function addSquares(executor, numbers) {
  const patient = executor.withOptions({ timeoutMs: 60_000, retries: 1 });
  const futures = numbers.map((n) => patient.submit(square, n));
  // Asked of all at once: one that fails while the code waits for another would be an unhandled rejection.
  const errors = await Promise.all(futures.map((future) => future.exception()));
  const missing = [];
  let sum = 0;
  for (const [index, error] of errors.entries()) {
    if (error === null) sum += await futures[index];
    else if (error instanceof TimeoutError || error instanceof TerminatedWorkerError) missing.push(numbers[index]);
    else throw error;
  }
  return { sum, missing };
}

// Fails, with their names, if a test leaves a worker or a task behind.
afterEach(() => assertNothingLeft());

test('a number that takes longer than a minute is missing', async () => {
  // Task 2 takes an hour, the others a second.
  const pool = new SimulatedExecutor({ taskMs: ({ id }) => (id === 2 ? 3_600_000 : 1000) });
  assert.deepEqual(await pool.runUntil(addSquares(pool, [1, 2, 3])), { sum: 10, missing: [2] });
  assert.equal(pool.nowMs, 60_000);
  await pool.shutdown();
});

test('one that never answers is missing as well', async () => {
  const pool = new SimulatedExecutor({ faults: [{ at: 'run', how: 'hang', task: 3 }] });
  assert.deepEqual(await pool.runUntil(addSquares(pool, [1, 2, 3])), { sum: 5, missing: [3] });
  await pool.shutdown();
});

test('a number may lose its worker once, not twice', async () => {
  const faults = createFaults([{ at: 'run', how: 'SIGKILL', task: 1 }]);
  const pool = new SimulatedExecutor({ faults });
  assert.deepEqual(await pool.runUntil(addSquares(pool, [5])), { sum: 25, missing: [] });
  faults.add({ at: 'run', how: 'SIGKILL', task: 2, times: 2 });
  assert.deepEqual(await pool.runUntil(addSquares(pool, [5])), { sum: 0, missing: [5] });
  await pool.shutdown();
});

test('step by step: a retry takes its time from the start', async () => {
  const pool = new SimulatedExecutor({ maxWorkers: 1, taskMs: 1000 });
  const future = pool.withOptions({ retries: 1 }).submit(square, 6);
  await pool.advance(500);
  assert.equal(future.state, 'running');
  pool.loseWorker();
  await pool.advance(999);
  assert.equal(future.state, 'running');
  await pool.advance(1);
  assert.equal(await future, 36);
  await pool.shutdown();
});

test('in a hundred stories, every number is in the sum or missing', async () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const times = { taskMs: { min: 1, max: 50 }, latencyMs: { min: 0, max: 5 } };
    const pool = new SimulatedExecutor({ seed, lossRate: 0.3, ...times });
    const { sum, missing } = await pool.runUntil(addSquares(pool, [1, 2, 3]));
    const total = missing.reduce((soFar, n) => soFar + square(n), sum);
    // A story that goes wrong is told, and its seed tells it again.
    assert.equal(total, 14, `seed ${seed}:\n${pool.trace.join('\n')}`);
    await pool.shutdown();
  }
});
