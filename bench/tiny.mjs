// How many tasks that do nothing does a pool run in a second, when all are submitted at once?

import { compare } from './lib/compare.mjs';
import { jestWorkerProcesses } from './peers/jest-worker.mjs';
import { piscinaThreads } from './peers/piscina.mjs';
import { tardigradeNewArrows, tardigradeProcesses } from './peers/tardigrade.mjs';

const COUNT = 20_000;

await compare({
  title: `${COUNT.toLocaleString('en')} tasks at once: x => x with { a: 1, b: 'hello' }`,
  pools: [tardigradeProcesses, tardigradeNewArrows, piscinaThreads, jestWorkerProcesses],
  unit: 'tasks/s',
  better: 'higher',
  async measure(pool) {
    const startMs = performance.now();
    const answers = Array.from({ length: COUNT }, () => pool.run('identity', { a: 1, b: 'hello' }));
    const values = await Promise.all(answers);
    const seconds = (performance.now() - startMs) / 1000;
    if (values.some(({ a, b }) => a !== 1 || b !== 'hello')) throw new Error('A pool gave a wrong answer.');
    return COUNT / seconds;
  },
});
