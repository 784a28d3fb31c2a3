// How much memory does each of a million queued tasks take, the promise that the caller keeps included? Each pool is a
// program of its own, and the tasks are submitted in one go, while its workers are busy.

import { fileURLToPath } from 'node:url';
import { compare } from './lib/compare.mjs';
import { answer, inPrograms, whichOne } from './lib/in-program.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';

const COUNT = pick(1_000_000, 200_000);
const BUSY_MS = 120_000;
const LIMIT_MS = 30_000;

function weigh() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

async function measureHere({ pool, args: [count] }) {
  const opened = await pool.open({ workers: 2 });
  await Promise.all(Array.from({ length: 100 }, () => opened.run('identity', { a: 1, b: 'hello' })));
  const kept = [opened.run('block', BUSY_MS), opened.run('block', BUSY_MS)];
  await new Promise((resolve) => setTimeout(resolve, 200));
  const answers = new Array(Number(count));
  answers.fill(undefined);
  const before = weigh();
  const startMs = performance.now();
  for (let task = 0; task < answers.length; task += 1) answers[task] = opened.run('identity', { a: 1, b: 'hello' });
  const submitUs = ((performance.now() - startMs) * 1000) / answers.length;
  const after = weigh();
  kept.push(answers);
  answer({
    heap: (after.heap - before.heap) / answers.length,
    rss: (after.rss - before.rss) / answers.length,
    submit: submitUs,
  });
}

function ask() {
  const goals = (what) =>
    ours.map(({ name, kind }) => ({
      text: `${kind}: ${what} for each queued task ≤ 0.6 × piscina's`,
      of: name,
      than: 'piscina, threads',
      atMost: 0.6,
    }));
  return compare({
    id: 'memory',
    title: `Memory for each of ${COUNT.toLocaleString('en')} queued tasks: x => x with { a: 1, b: 'hello' }`,
    pools: inPrograms(fileURLToPath(import.meta.url), [...ours, ...peers], { limitMs: LIMIT_MS }),
    rounds: 1,
    figures: [
      { key: 'heap', title: 'heap and buffers', unit: 'bytes', better: 'lower', goals: goals('memory') },
      { key: 'rss', title: 'resident memory of the host', unit: 'bytes', better: 'lower', goals: [] },
      { key: 'submit', title: 'time to submit', unit: 'µs a task', better: 'lower', goals: [] },
    ],
    warmUp() {},
    measure: (pool) => pool.ask(COUNT),
  });
}

const one = whichOne();
await (one === undefined ? ask() : measureHere(one));
