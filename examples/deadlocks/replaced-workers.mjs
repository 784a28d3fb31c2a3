// Every worker leaves after two tasks, with more tasks waiting than workers. Each needs a successor that somebody starts.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 2 });
const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.submit((value) => value, n)));
assert.deepEqual(answers, [1, 2, 3, 4, 5, 6]);
assert.ok(pool.stats().workersStarted >= 3);
await pool.shutdown();
console.log('six tasks, three workers, one after the other');
