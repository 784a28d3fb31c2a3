/** Workers that are replaced, in real pools: the next one is ready before it is needed. */

import assert from 'node:assert/strict';
import { type PoolOptions, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';

const kinds = {
  processes: (options: PoolOptions) => new ProcessPoolExecutor(options),
  threads: (options: PoolOptions) => new ThreadPoolExecutor(options),
} as const;

async function waitForAbort(): Promise<string> {
  const { currentTask } = await import('tardigrade/worker');
  const signal = currentTask()?.signal as AbortSignal;
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return 'told to end';
}

for (const [kind, make] of Object.entries(kinds)) {
  poolTest(`${kind}: a successor gets ready while the last task still runs, and begins nothing`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 1, maxTasksPerWorker: 1, stdio: 'ignore' }));
    const controller = new AbortController();
    const last = pool.withOptions({ signal: controller.signal, graceMs: 30_000 }).submit(waitForAbort);
    const next = pool.submit(() => 'next');
    while (!pool.workers.some(({ state }) => state === 'idle')) await new Promise(setImmediate);
    assert.deepEqual(
      pool.workers.map(({ id, state }) => `${id} ${state}`),
      ['1 retiring', '2 idle'],
    );
    assert.deepEqual([last.state, next.state], ['running', 'pending']);
    controller.abort();
    await assert.rejects(last, { name: 'AbortError' });
    assert.equal(await next, 'next');
  });

  poolTest(`${kind}: no worker runs more than its maxTasksPerWorker, and nothing is lost`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 2, maxTasksPerWorker: 3, stdio: 'ignore' }));
    const workerOf = async () => (await import('tardigrade/worker')).currentTask()?.workerId ?? 0;
    const workers = await Promise.all(Array.from({ length: 20 }, () => pool.submit(workerOf)));
    const counts = new Map<number, number>();
    for (const worker of workers) counts.set(worker, (counts.get(worker) ?? 0) + 1);
    assert.ok(Math.max(...counts.values()) <= 3);
    const { lost, workersLost } = pool.stats();
    assert.deepEqual([lost, workersLost], [0, 0]);
  });
}
