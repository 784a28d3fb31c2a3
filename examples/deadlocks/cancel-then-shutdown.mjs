// The last waiting task is cancelled, then the pool is shut down. Shutting down must not wait for what is not there.

import assert from 'node:assert/strict';
import { CancelledError, ProcessPoolExecutor } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const running = pool.submit(() => new Promise((resolve) => setTimeout(resolve, 50, 'done')));
const waiting = pool.submit(() => 'never');
assert.equal(waiting.cancel(), true);
await Promise.all([pool.shutdown(), assert.rejects(waiting, CancelledError)]);
assert.equal(await running, 'done');
assert.equal(pool.state, 'closed');
console.log('cancelled, finished, closed');
