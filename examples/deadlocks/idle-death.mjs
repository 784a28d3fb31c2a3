// A worker dies while it is idle. The next task must neither fail nor wait for it.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const first = await pool.submit(() => process.pid);
process.kill(first, 'SIGKILL');
const second = await pool.submit(() => process.pid);
assert.notEqual(second, first);
assert.equal(pool.stats().lost, 0);
await pool.shutdown();
console.log('the next task ran on a new worker');
