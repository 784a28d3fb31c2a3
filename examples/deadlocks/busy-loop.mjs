// A task that never gives way. Its time limit must end it, and the tasks behind it must go on.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor, ThreadPoolExecutor, TimeoutError } from 'tardigrade';

for (const Pool of [ProcessPoolExecutor, ThreadPoolExecutor]) {
  const pool = new Pool({ maxWorkers: 1 });
  const endless = pool.withOptions({ timeoutMs: 200 }).submit(() => {
    for (;;);
  });
  const behind = pool.submit((value) => value, 'behind');
  await assert.rejects(endless, TimeoutError);
  assert.equal(await behind, 'behind');
  await pool.shutdown();
  console.log(`${Pool.name}: the loop was ended; the next task ran`);
}
