// How many tasks a second do ten callers get done, of whom each submits the next one when it has its answer?

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';

const CALLERS = 10;
const EACH = pick(1000, 300);

async function run(pool, each) {
  const startMs = performance.now();
  const callers = Array.from({ length: CALLERS }, async () => {
    for (let task = 0; task < each; task += 1) {
      const { a } = await pool.run('identity', { a: task, b: 'hello' });
      if (a !== task) throw new Error('a wrong answer');
    }
  });
  await Promise.all(callers);
  return (CALLERS * each * 1000) / (performance.now() - startMs);
}

await compare({
  id: 'callers',
  title: `${CALLERS} callers, each submits when it has its answer: x => x with { a: 1, b: 'hello' }`,
  pools: [...ours, ...peers],
  unit: 'tasks/s',
  better: 'higher',
  rounds: 9,
  budgetMs: 3000,
  warmUp: (pool) => run(pool, 2000),
  measure: (pool) => run(pool, EACH),
});
