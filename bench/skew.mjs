// How long do tasks of very different durations take in all, against what they would take if no worker ever waited?

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';

const COUNT = pick(4000, 2000);
const LONG_MS = 50;
const LONG_ONES = COUNT / 100;
const WORKERS = 2;
const IDEAL_MS = (LONG_ONES * LONG_MS) / WORKERS;

/** The same places in each run, spread without a pattern. */
function placeLongOnes() {
  const places = new Set();
  let state = 20;
  while (places.size < LONG_ONES) {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    places.add(Math.floor((state / 2 ** 31) * COUNT));
  }
  return Array.from({ length: COUNT }, (_, index) => (places.has(index) ? LONG_MS : 0));
}

const durations = placeLongOnes();

await compare({
  id: 'skew',
  title: `${COUNT.toLocaleString('en')} tasks at once, every hundredth works for ${LONG_MS} ms (at random places), the others do nothing`,
  pools: [...ours, ...peers],
  unit: '× ideal',
  better: 'lower',
  workers: WORKERS,
  rounds: 4,
  budgetMs: 3500,
  goals: ours.map(({ name, kind }) => ({ text: `${kind}: makespan ≤ 1.15 × ideal`, of: name, atMost: 1.15 })),
  warmUp: (pool) => Promise.all(Array.from({ length: 5000 }, () => pool.run('block', 0))),
  async measure(pool) {
    const startMs = performance.now();
    await Promise.all(durations.map((ms) => pool.run('block', ms)));
    return (performance.now() - startMs) / IDEAL_MS;
  },
});
