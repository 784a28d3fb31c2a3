// How many numbers a second does `map` turn into others?
//
// Most other pools for Node have no map: each number is a task there (poolifier's mapExecute does the same), so fewer of
// them are measured. Pools of Python get chunks of 64, as CPython's documentation advises for long inputs.

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';
import { findPythonPools } from './peers/python.mjs';
import { double } from './peers/tasks.mjs';

const COUNT = 1_000_000;
/** A pool without map needs half a minute for a million. */
const FEWER = 20_000;
const numbers = Array.from({ length: COUNT }, (_, index) => index);
const some = numbers.slice(0, FEWER);

const withMap = (pool) => ({
  ...pool,
  async open(options) {
    const opened = await pool.open(options);
    return { ...opened, count: COUNT, all: () => opened.pool.map(double, numbers).toArray() };
  },
});

const withoutMap = (pool) => ({
  ...pool,
  async open(options) {
    const opened = await pool.open(options);
    return { ...opened, count: FEWER, all: () => Promise.all(some.map((n) => opened.run('double', n))) };
  },
});

const CPYTHON = 'CPython, processes';
const goalsOf = ({ name, kind }) => [
  { text: `${kind} ≥ 1.5 × CPython's map(chunksize=64)`, of: name, than: CPYTHON, atLeast: 1.5 },
  { text: `${kind} ≥ 20 × piscina`, of: name, than: 'piscina, threads', atLeast: 20 },
];

await compare({
  id: 'map',
  title: `map over ${COUNT.toLocaleString('en')} numbers: n => 2 * n (pools without map: a task for each of ${FEWER.toLocaleString('en')})`,
  pools: [...ours.map(withMap), ...peers.map(withoutMap), ...findPythonPools()],
  unit: 'items/s',
  better: 'higher',
  rounds: 5,
  budgetMs: 3000,
  goals: ours.flatMap(goalsOf),
  warmUp: (pool) => pool.all?.(),
  async measure(pool) {
    if (pool.figure !== undefined) return pool.figure('map', pick(COUNT, COUNT / 4));
    const startMs = performance.now();
    const values = await pool.all();
    const seconds = (performance.now() - startMs) / 1000;
    if (values.length !== pool.count || values.some((value, index) => value !== 2 * index))
      throw new Error('a wrong answer');
    return pool.count / seconds;
  },
});
