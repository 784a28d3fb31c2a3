// The only worker exits, with code 0, while others wait behind the task. Only that task may fail.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor, TerminatedWorkerError, ThreadPoolExecutor } from 'tardigrade';

for (const Pool of [ProcessPoolExecutor, ThreadPoolExecutor]) {
  const pool = new Pool({ maxWorkers: 1 });
  const crash = pool.submit(() => process.exit(0));
  const waiting = ['A', 'B', 'C', 'D'].map((name) => pool.submit((value) => value, name));
  await assert.rejects(crash, TerminatedWorkerError);
  assert.deepEqual(await Promise.all(waiting), ['A', 'B', 'C', 'D']);
  await pool.shutdown();
  console.log(`${Pool.name}: one task lost, four results are here, nobody had to submit again`);
}
