// A worker answers and dies at once. Its result must count, and the next task must not pay.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const answers = [];
for (let round = 0; round < 5; round += 1) {
  const future = pool.submit((n) => {
    setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    return n;
  }, round);
  answers.push(await future);
}
assert.deepEqual(answers, [0, 1, 2, 3, 4]);
await pool.shutdown();
console.log('five workers answered and died; five results are here');
