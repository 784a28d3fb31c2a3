// Workers that cannot start. Whoever waits is told why, at once, and so is whoever submits afterwards.

import assert from 'node:assert/strict';
import { BrokenExecutorError, ProcessPoolExecutor } from 'tardigrade';

const pool = new ProcessPoolExecutor({
  maxWorkers: 2,
  stdio: 'ignore',
  initializer: () => {
    throw new Error('no database');
  },
});
const futures = [1, 2, 3].map((n) => pool.submit((value) => value, n));
for (const future of futures) {
  await assert.rejects(
    future,
    (error) => error instanceof BrokenExecutorError && error.cause.message === 'no database',
  );
}
await assert.rejects(async () => pool.submit((value) => value, 4), BrokenExecutorError);
await pool.shutdown();
console.log('four tasks were refused, with the reason');
