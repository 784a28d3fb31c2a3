/** The contract of tasks that submit to the executor that they run in. */

import assert from 'node:assert/strict';
import { type Executor, ShutdownExecutorError } from 'tardigrade';
import { contractTest, type Subject } from './contract.js';

async function fibonacci(pool: Executor, n: number): Promise<number> {
  if (n < 2) return n;
  const parts = await Promise.all([pool.submit(fibonacci, pool, n - 1), pool.submit(fibonacci, pool, n - 2)]);
  return parts[0] + parts[1];
}

/** Task: how deep it can go until that is refused. */
async function sink(own: Executor, depth: number): Promise<number> {
  try {
    return await own.submit(sink, own, depth + 1);
  } catch (error) {
    if ((error as Error).name !== 'RecursionDepthError') throw error;
    return depth;
  }
}

/** Tasks of tasks, on a pool of one. */
export function testNesting(subject: Subject): void {
  contractTest(subject, 'a task waits for tasks of its own executor, which has one worker', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    assert.equal(await pool.submit(fibonacci, pool, 4), 3);
  });

  contractTest(subject, 'tasks that all wait for tasks of their own executor get their answers', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    const futures = [1, 2, 3].map((n) =>
      pool.submit(async (m: number) => {
        await Promise.resolve();
        return (await pool.submit((k: number) => k * k, m)) + 1;
      }, n),
    );
    assert.deepEqual(await Promise.all(futures), [2, 5, 10]);
  });

  contractTest(subject, 'a task maps over its own executor, and meets its failures', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    const seen = await pool.submit(async (own: Executor) => {
      const squares = await own.map((n: number) => n * n, [1, 2, 3, 4, 5, 6, 7, 8, 9]).toArray();
      const fail = (): never => {
        throw new RangeError('inner');
      };
      const error = (await own.submit(fail).exception()) as Error;
      return { squares, error: [error.name, error.message] };
    }, pool);
    assert.deepEqual(seen, { squares: [1, 4, 9, 16, 25, 36, 49, 64, 81], error: ['RangeError', 'inner'] });
  });

  contractTest(subject, 'tasks of tasks are as deep as TARDIGRADE_MAX_DEPTH at most', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    process.env.TARDIGRADE_MAX_DEPTH = '3';
    try {
      assert.equal(await pool.submit(sink, pool, 0), 3);
    } finally {
      delete process.env.TARDIGRADE_MAX_DEPTH;
    }
  });

  contractTest(subject, 'tasks may still submit while their executor finishes what it has', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    const answer = pool.submit(fibonacci, pool, 3);
    await pool.shutdown();
    assert.equal(await answer, 2);
    await assert.rejects(pool.submit(() => 1).result(), ShutdownExecutorError);
  });

  contractTest(subject, 'a shutdown in a task ends what the task has submitted, and no more', async (open) => {
    const pool: Executor = open({ maxWorkers: 1 });
    const answer = pool.submit(async (own: Executor) => {
      const inner = own.submit(() => 'inner');
      await own.shutdown();
      return inner.done();
    }, pool);
    assert.equal(await answer, true);
    assert.equal(await pool.submit(() => 'goes on'), 'goes on');
  });
}
