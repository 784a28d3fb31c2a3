/**
 * The first result of a cold pool, against a bare Node process; interleaved, so that other load strikes both. Beside it, the
 * processor time of either process when its code is reached, of which other load takes none.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ProcessPoolExecutor } from 'tardigrade';

const ROUNDS = 15;
const SAY_USAGE = 'const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000))';
const bare = { wall: [], processor: [] };
const pools = { wall: [], processor: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  let startMs = performance.now();
  const child = spawn(process.execPath, ['-e', SAY_USAGE], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await once(child.stdout, 'data');
  bare.wall.push(performance.now() - startMs);
  bare.processor.push(Number(said));
  await once(child, 'exit');
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  startMs = performance.now();
  const { user, system } = await pool.submit(() => process.cpuUsage());
  pools.wall.push(performance.now() - startMs);
  pools.processor.push((user + system) / 1000);
  await pool.shutdown();
}
const middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];
const least = (all) => Math.min(...all);
const compare = (what, of, key) =>
  `${what}: bare spawn ${of(bare[key]).toFixed(1)} ms, cold pool ${of(pools[key]).toFixed(1)} ms; ${(of(pools[key]) / of(bare[key])).toFixed(2)} ×`;
console.log(`${compare('first result', middle, 'wall')} (middle of ${ROUNDS}; goal: at most 1.3 ×)`);
console.log(`${compare('processor time until then', least, 'processor')} (least of ${ROUNDS})`);
