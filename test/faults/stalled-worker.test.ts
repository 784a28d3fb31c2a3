/**
 * Workers that stand still while they have nothing to do, and are given a task then. They never begin it, so no time limit
 * of the task runs: the pool itself must notice, which takes it up to ten seconds.
 */

import assert from 'node:assert/strict';
import { ThreadPoolExecutor } from 'tardigrade';
import { hasHappened } from '../support/faults.js';
import { until } from '../support/gate.js';
import { createMarker } from '../support/matrix/stages.js';
import { poolTest } from '../support/pools.js';

/** Leaves something behind that blocks the worker for ever, once it is idle. */
const leaveTrap = (marker: string): string => {
  setTimeout(() => {
    process.getBuiltinModule('node:fs').writeFileSync(marker, '');
    for (;;);
  }, 50);
  return 'set';
};

poolTest(
  'a worker process that is stopped while it is idle is replaced, and its tasks run (faults 281)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1, onWorkerLost: 'break-pool' });
    const pid = await pool.submit(() => process.pid);
    process.kill(pid, 'SIGSTOP');
    const futures = [1, 2, 3].map((value) => pool.withOptions({ timeoutMs: 60_000 }).submit((n: number) => n, value));
    const closed = pool.shutdown();
    assert.deepEqual(await Promise.all(futures), [1, 2, 3]);
    await closed;
    const { workersLost, lost, done } = pool.stats();
    assert.deepEqual({ workersLost, lost, done }, { workersLost: 1, lost: 0, done: 4 });
  },
);

poolTest('a worker whose event loop a finished task has blocked gives its tasks to others', async ({ open, use }) => {
  const pools = [open({ maxWorkers: 2 }), use(new ThreadPoolExecutor({ maxWorkers: 2, stdio: 'ignore' }))];
  const runs = pools.map(async (pool) => {
    using marker = createMarker();
    await pool.submit(leaveTrap, marker.path);
    await until(() => hasHappened(marker.path));
    const futures = [1, 2, 3, 4].map((value) => pool.submit((n: number) => n, value));
    assert.deepEqual(await Promise.all(futures), [1, 2, 3, 4]);
    await until(() => pool.stats().workersLost === 1);
    assert.equal(pool.stats().lost, 0);
  });
  await Promise.all(runs);
});
