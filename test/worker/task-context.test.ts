/**
 * Errors that come after their task has answered, in real workers.
 */

import assert from 'node:assert/strict';
import { type PoolOptions, ProcessPoolExecutor, TerminatedWorkerError, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';

/** Whether a worker can tell whose error it is while another task runs. */
const canTell = Number.parseInt(process.versions.node, 10) >= 24;

const kinds = {
  processes: (options: PoolOptions) => new ProcessPoolExecutor(options),
  threads: (options: PoolOptions) => new ThreadPoolExecutor(options),
} as const;

/** Each answers first and fails as soon as it is told to. */
const lateFaults: Readonly<Record<string, () => void>> = {
  'a timer that throws': () => {
    const here = globalThis as { failNow?: boolean };
    const timer = setInterval(() => {
      if (!here.failNow) return;
      clearInterval(timer);
      throw new Error('late');
    }, 1);
  },
  'a promise that is rejected': () => {
    const here = globalThis as { failNow?: boolean };
    const watch = async (): Promise<void> => {
      while (!here.failNow) await new Promise((resolve) => setTimeout(resolve, 1));
      throw new Error('late');
    };
    void watch();
  },
};

for (const [kind, make] of Object.entries(kinds)) {
  for (const [what, fault] of Object.entries(lateFaults)) {
    poolTest(`${kind}: ${what} after its task answered replaces the worker and costs nothing`, async ({ use }) => {
      const pool = use(make({ maxWorkers: 1, minWorkers: 1, stdio: 'ignore' }));
      await pool.submit(fault);
      const [first] = pool.workers;
      await pool.submit(() => void Object.assign(globalThis, { failNow: true }));
      while (pool.workers.some(({ id }) => id === first?.id)) await new Promise(setImmediate);
      assert.equal(await pool.submit(() => 'next'), 'next');
      assert.deepEqual([pool.stats().lost, pool.stats().workersLost], [0, 0]);
    });

    const outcome = canTell ? 'costs it nothing' : 'is taken for its own, as nobody can tell before Node 24';
    poolTest(`${kind}: ${what} while another task runs ${outcome}`, async ({ use }) => {
      const pool = use(make({ maxWorkers: 1, stdio: 'ignore' }));
      await pool.submit(fault);
      const running = pool.submit(async () => {
        Object.assign(globalThis, { failNow: true });
        await new Promise((resolve) => setTimeout(resolve, 50));
        return 'done';
      });
      if (!canTell) return void (await assert.rejects(running, TerminatedWorkerError));
      assert.equal(await running, 'done');
      assert.equal(await pool.submit(() => 'next'), 'next');
      assert.deepEqual([pool.stats().lost, pool.stats().workersStarted], [0, 2]);
    });
  }

  poolTest(`${kind}: an error of the running task itself costs it`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 1, stdio: 'ignore' }));
    await pool.submit(() => 1);
    const own = pool.submit(
      () =>
        new Promise(() => {
          setTimeout(() => {
            throw new Error('own');
          }, 5);
        }),
    );
    await assert.rejects(own, TerminatedWorkerError);
  });
}
