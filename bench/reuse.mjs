/** What `getReusableExecutor()` costs on a warm pool. */

import { getReusableExecutor } from 'tardigrade';

const pool = getReusableExecutor();
await pool.submit(() => 1);
const CALLS = 1_000_000;
let best = Number.POSITIVE_INFINITY;
for (let round = 0; round < 10; round += 1) {
  const startMs = performance.now();
  for (let call = 0; call < CALLS; call += 1) getReusableExecutor();
  best = Math.min(best, ((performance.now() - startMs) * 1000) / CALLS);
}
console.log(`getReusableExecutor() on a warm pool: ${best.toFixed(3)} µs, the best of 10 rounds (goal: under 2 µs)`);

const TASKS = 20;
async function time(run) {
  const startMs = performance.now();
  for (let task = 0; task < TASKS; task += 1) await run(task);
  return (performance.now() - startMs) / TASKS;
}
const { ProcessPoolExecutor } = await import('tardigrade');
const warmMs = await time((n) => getReusableExecutor().submit((k) => k, n));
const freshMs = await time(async (n) => {
  const own = new ProcessPoolExecutor({ maxWorkers: 1 });
  await own.submit((k) => k, n);
  await own.shutdown();
});
console.log(
  `a task on the reusable pool: ${warmMs.toFixed(2)} ms; on a pool of its own each time: ${freshMs.toFixed(1)} ms`,
);
await pool.shutdown();
