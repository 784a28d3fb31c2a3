// How long does one task that does nothing take, there and back, when nothing else is going on?

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { median } from './lib/statistics.mjs';
import { ours, peers } from './peers/all.mjs';
import { findPythonPools } from './peers/python.mjs';
import { tardigradeNewArrows } from './peers/tardigrade.mjs';

/** Many short rounds: what disturbs one of them disturbs its neighbours. */
const ROUNDS = 31;
const PER_ROUND = pick(150, 50);
const [processes, threads] = ours.map(({ name }) => name);

async function run(pool, count) {
  const times = [];
  for (let task = 0; task < count; task += 1) {
    const startMs = performance.now();
    await pool.run('identity', { a: 1, b: 'hello' });
    times.push((performance.now() - startMs) * 1000);
  }
  return median(times);
}

await compare({
  id: 'latency',
  title: `Tasks one after the other: x => x with { a: 1, b: 'hello' }, the median of ${PER_ROUND} in each round`,
  pools: [...ours, tardigradeNewArrows, ...peers, ...findPythonPools(['cpython', 'loky'])],
  unit: 'µs a task',
  better: 'lower',
  rounds: ROUNDS,
  budgetMs: 2000,
  goals: [
    { text: 'threads ≤ the best thread peer', of: threads, than: 'thread peer', atMost: 1 },
    { text: 'processes ≤ 0.7 × the best process peer', of: processes, than: 'process peer', atMost: 0.7 },
  ],
  warmUp: (pool) => (pool.figure === undefined ? run(pool, pick(6000, 4000)) : undefined),
  measure: (pool) => (pool.figure === undefined ? run(pool, PER_ROUND) : pool.figure('latency', 500)),
});
