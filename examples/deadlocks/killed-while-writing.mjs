// A worker is killed in the middle of a large result. Where workers share a pipe and its lock, all the others now wait.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor, TerminatedWorkerError } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 2 });
const answers = [];
for (let round = 0; round < 5; round += 1) {
  const torn = pool.submit(() => ({
    first: new Uint8Array(20_000_000),
    get second() {
      return process.kill(process.pid, 'SIGKILL');
    },
  }));
  const other = pool.submit(() => new Uint8Array(20_000_000).length);
  await assert.rejects(torn, TerminatedWorkerError);
  answers.push(await other);
}
assert.deepEqual(answers, Array(5).fill(20_000_000));
await pool.shutdown();
console.log('five workers died in their answer; the other pipe never noticed');
