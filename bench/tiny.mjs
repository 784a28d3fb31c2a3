// How many tasks that do nothing does a pool run in a second, when all are submitted at once?

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';
import { floor } from './peers/floor.mjs';
import { findPythonPools } from './peers/python.mjs';
import { tardigradeNewArrows } from './peers/tardigrade.mjs';

const COUNT = 20_000;
/** Python needs seconds for all of them. */
const FEWER = pick(5000, 2000);
const [processes, threads] = ours.map(({ name }) => name);

await compare({
  id: 'tiny',
  title: `${COUNT.toLocaleString('en')} tasks at once: x => x with { a: 1, b: 'hello' }`,
  pools: [...ours, tardigradeNewArrows, ...peers, floor, ...findPythonPools()],
  unit: 'tasks/s',
  better: 'higher',
  rounds: 9,
  budgetMs: 3500,
  goals: [
    { text: 'processes ≥ 5 × the best process peer', of: processes, than: 'process peer', atLeast: 5 },
    { text: 'processes ≥ 4 × the best thread peer', of: processes, than: 'thread peer', atLeast: 4 },
    { text: 'threads ≥ 5 × the best thread peer', of: threads, than: 'thread peer', atLeast: 5 },
    { text: 'processes ≥ 0.4 × the floor', of: processes, than: floor.name, atLeast: 0.4 },
    { text: 'threads ≥ 0.4 × the floor', of: threads, than: floor.name, atLeast: 0.4 },
  ],
  async measure(pool) {
    if (pool.figure !== undefined) return pool.figure('tiny', FEWER);
    const startMs = performance.now();
    const answers = Array.from({ length: COUNT }, () => pool.run('identity', { a: 1, b: 'hello' }));
    const values = await Promise.all(answers);
    const seconds = (performance.now() - startMs) / 1000;
    if (values.some(({ a, b }) => a !== 1 || b !== 'hello')) throw new Error('a wrong answer');
    return COUNT / seconds;
  },
});
