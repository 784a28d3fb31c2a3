// How long does a task take whose argument, or whose result, is large?
//
// `node bench/payload.mjs argument 64MB` asks for one direction and one size only.

import { compare } from './lib/compare.mjs';
import { jestWorkerProcesses } from './peers/jest-worker.mjs';
import { piscinaThreads } from './peers/piscina.mjs';
import { tardigradeProcesses, tardigradeShared, tardigradeThreads } from './peers/tardigrade.mjs';

const KB = 1024;
const MB = 1024 * KB;
/** For each size how many tasks are submitted at once, and in how many rounds. */
const SIZES = {
  '100B': { bytes: 104, count: 1000, rounds: 7 },
  '10KB': { bytes: 10 * KB, count: 500, rounds: 7 },
  '100KB': { bytes: 100 * KB, count: 200, rounds: 7 },
  '1MB': { bytes: MB, count: 100, rounds: 7 },
  '8MB': { bytes: 8 * MB, count: 40, rounds: 5 },
  '64MB': { bytes: 64 * MB, count: 20, rounds: 5 },
  '256MB': { bytes: 256 * MB, count: 4, rounds: 3 },
};
/** Beyond this a pool that sends JSON takes minutes. */
const JSON_BYTES_MAX = 100 * KB;

const DIRECTIONS = {
  argument: { about: 'the same Float64Array as argument', ask: (pool, array) => pool.run('lengthOf', array) },
  'changed-argument': {
    about: 'a Float64Array as argument that changes before each task',
    ask(pool, array) {
      array[array.length - 1] += 1;
      return pool.run('lengthOf', array);
    },
  },
  result: { about: 'a Float64Array as result', ask: (pool, { length }) => pool.run('makeArray', length) },
};

const chosen = process.argv.slice(2);
const wanted = (names) => {
  const some = names.filter((name) => chosen.includes(name));
  return some.length > 0 ? some : names;
};

for (const direction of wanted(Object.keys(DIRECTIONS))) {
  for (const size of wanted(Object.keys(SIZES))) await ask(direction, size);
}

async function ask(direction, size) {
  const { about, ask: askOnce } = DIRECTIONS[direction];
  const { bytes, count, rounds } = SIZES[size];
  const array = new Float64Array(bytes / 8).fill(1.5);
  const pools = [tardigradeProcesses, tardigradeThreads, piscinaThreads];
  if (direction === 'argument') pools.unshift(tardigradeShared);
  if (bytes <= JSON_BYTES_MAX) pools.push(jestWorkerProcesses);
  await compare({
    title: `${count} tasks at once, ${size}: ${about}`,
    pools,
    unit: 'ms a task',
    better: 'lower',
    rounds,
    async measure(pool) {
      const startMs = performance.now();
      const answers = [];
      for (let task = 0; task < count; task += 1) answers.push(askOnce(pool, array));
      const seen = await Promise.all(answers);
      const tookMs = performance.now() - startMs;
      if (seen.some((value) => lengthIn(value) !== array.length)) throw new Error('A pool gave a wrong answer.');
      return tookMs / count;
    },
  });
}

/** What sends JSON gives back an object with a key for each element. */
function lengthIn(value) {
  return typeof value === 'number' ? value : (value.length ?? Object.keys(value).length);
}
