// How long does the first result of a program take? Each round is a program of its own for each pool.

import { fileURLToPath } from 'node:url';
import { compare } from './lib/compare.mjs';
import { answer, inPrograms, whichOne } from './lib/in-program.mjs';
import { load, ours, peers } from './peers/all.mjs';

async function measureHere({ pool }) {
  const startMs = performance.now();
  await load(pool);
  const importedMs = performance.now();
  const opened = await pool.open({ workers: 2 });
  const value = await opened.run('identity', 1);
  const endMs = performance.now();
  if (value !== 1) throw new Error('a wrong answer');
  answer({ all: endMs - startMs, loaded: endMs - importedMs, import: importedMs - startMs });
}

function ask() {
  const goals = (aspect) =>
    ours.map(({ name, kind }) => ({
      text: `${kind}: ${aspect} ≤ the fastest peer of its kind`,
      of: name,
      than: kind === 'threads' ? 'thread peer' : 'process peer',
      atMost: 1,
    }));
  const figure = (key, title, aims) => ({ key, title, unit: 'ms', better: 'lower', goals: aims });
  return compare({
    id: 'cold',
    title: 'The first result in a new program, with a pool of two: n => n',
    pools: inPrograms(fileURLToPath(import.meta.url), [...ours, ...peers]),
    rounds: 11,
    budgetMs: 10_000,
    figures: [
      figure('all', 'import, pool and result', goals('first result from cold')),
      figure('loaded', 'pool and result', []),
      figure('import', 'import alone', []),
    ],
    warmUp: (pool) => pool.ask(),
    measure: (pool) => pool.ask(),
  });
}

const one = whichOne();
await (one === undefined ? ask() : measureHere(one));
