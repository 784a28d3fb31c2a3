// How long does one task that does nothing take, there and back, when nothing else is going on?

import { compare } from './lib/compare.mjs';
import { median } from './lib/statistics.mjs';
import { jestWorkerProcesses } from './peers/jest-worker.mjs';
import { piscinaThreads } from './peers/piscina.mjs';
import { tardigradeNewArrows, tardigradeProcesses } from './peers/tardigrade.mjs';

const COUNT = 2000;
/** Many short rounds: what disturbs one of them disturbs its neighbours. */
const ROUNDS = 40;

await compare({
  title: `${COUNT.toLocaleString('en')} tasks one after the other: x => x with { a: 1, b: 'hello' }, each round's median`,
  pools: [tardigradeProcesses, tardigradeNewArrows, piscinaThreads, jestWorkerProcesses],
  unit: 'µs a task',
  better: 'lower',
  rounds: ROUNDS,
  async measure(pool) {
    const times = [];
    for (let count = 0; count < COUNT / ROUNDS; count += 1) {
      const startMs = performance.now();
      await pool.run('identity', { a: 1, b: 'hello' });
      times.push((performance.now() - startMs) * 1000);
    }
    return median(times);
  },
});
