/** The first result of a cold pool, against a bare Node process; interleaved, so that other load strikes both. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ProcessPoolExecutor } from 'tardigrade';

const ROUNDS = 15;
const bare = [];
const pools = [];
for (let round = 0; round < ROUNDS; round += 1) {
  let startMs = performance.now();
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("1")'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  bare.push(performance.now() - startMs);
  await once(child, 'exit');
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  startMs = performance.now();
  await pool.submit(() => 1);
  pools.push(performance.now() - startMs);
  await pool.shutdown();
}
const middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];
const ratio = middle(pools) / middle(bare);
console.log(
  `first result: bare spawn ${middle(bare).toFixed(1)} ms, cold pool ${middle(pools).toFixed(1)} ms (middle of ${ROUNDS}); ${ratio.toFixed(2)} × (goal: at most 1.3 ×)`,
);
