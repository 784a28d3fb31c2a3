// How many numbers a second does `map` turn into others?
//
// The other pools have no map: each number is a task there, so fewer of them are measured. CPython's pool is measured where
// there is a python3, with chunks of 64, as its documentation advises for long inputs.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ProcessPoolExecutor, ThreadPoolExecutor } from '../dist/lib/index.js';
import { compare } from './lib/compare.mjs';
import { piscinaThreads } from './peers/piscina.mjs';
import { double } from './peers/tasks.mjs';

const COUNT = 1_000_000;
/** A pool without map needs half a minute for a million. */
const FEWER = 20_000;
const numbers = Array.from({ length: COUNT }, (_, index) => index);
const python = fileURLToPath(new URL('./lib/map.py', import.meta.url));

const ours = (name, Pool) => ({
  name,
  isOurs: true,
  async open({ workers }) {
    const pool = new Pool({ maxWorkers: workers });
    return { count: COUNT, run: () => pool.map(double, numbers).toArray(), close: () => pool.shutdown() };
  },
});

const piscina = {
  name: `${piscinaThreads.name}, a task for each of ${FEWER.toLocaleString('en')}`,
  async open(options) {
    const pool = await piscinaThreads.open(options);
    const some = numbers.slice(0, FEWER);
    return { ...pool, count: FEWER, run: () => Promise.all(some.map((n) => pool.run('double', n))) };
  },
};

/** It measures itself, without its start. */
const cpython = {
  name: 'CPython, map(chunksize=64)',
  async open({ workers }) {
    return { perSecond: () => Number(runPython([String(workers), String(COUNT)])), close() {} };
  },
};

function runPython(args) {
  const { status, stdout } = spawnSync('python3', [python, ...args], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

const hasPython = runPython(['1', '10']) !== undefined;
if (!hasPython) console.log('There is no python3 with concurrent.futures, so CPython is left out.');

await compare({
  title: `map over ${COUNT.toLocaleString('en')} numbers: n => 2 * n`,
  pools: [
    ours('tardigrade, processes', ProcessPoolExecutor),
    ours('tardigrade, threads', ThreadPoolExecutor),
    piscina,
    ...(hasPython ? [cpython] : []),
  ],
  unit: 'items/s',
  better: 'higher',
  rounds: 5,
  async measure(pool) {
    if (pool.perSecond !== undefined) return pool.perSecond();
    const startMs = performance.now();
    const values = await pool.run();
    const seconds = (performance.now() - startMs) / 1000;
    if (values.length !== pool.count || values.some((value, index) => value !== 2 * index))
      throw new Error('A pool gave a wrong answer.');
    return pool.count / seconds;
  },
});
