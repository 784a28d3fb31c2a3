// How long does a task take whose argument, or whose result, is large?
//
// `node bench/payload.mjs argument 64MB` asks for one direction and one size only; `changed-argument` is asked for by name.

import { compare } from './lib/compare.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';
import { findPythonPools } from './peers/python.mjs';
import { tardigradeShared } from './peers/tardigrade.mjs';

const KB = 1024;
const MB = 1024 * KB;
/** For each size how many tasks are submitted at once. */
const SIZES = {
  '100B': { bytes: 104, argument: 5000, result: 5000 },
  '10KB': { bytes: 10 * KB, argument: 500, result: 500 },
  '100KB': { bytes: 100 * KB, argument: 200, result: 200 },
  '1MB': { bytes: MB, argument: 50, result: 50 },
  '8MB': { bytes: 8 * MB, argument: 20, result: 10 },
  '64MB': { bytes: 64 * MB, argument: pick(20, 4), result: 4 },
  '256MB': { bytes: 256 * MB, argument: 2, result: 2 },
};
/** Python's pools pickle each one into a pipe. */
const PYTHON_TASKS = 4;
const BUDGET_MS = 1500;
const BUDGET_FOR_GOAL_MS = 6000;
/** Of the time for all: the other thirteen share what the one with a goal leaves. */
const SHARE_FOR_GOAL = 0.22;
const SHARE = (1 - SHARE_FOR_GOAL) / 13;

const DIRECTIONS = {
  argument: { about: 'the same Float64Array as argument', ask: (pool, array) => pool.run('lengthOf', array) },
  result: { about: 'a Float64Array as result', ask: (pool, { length }) => pool.run('makeArray', length) },
  'changed-argument': {
    about: 'a Float64Array as argument that changes before each task',
    ask(pool, array) {
      array[array.length - 1] += 1;
      return pool.run('lengthOf', array);
    },
  },
};

const chosen = process.argv.slice(2);
const wanted = (names, usual = names) => {
  const some = names.filter((name) => chosen.includes(name));
  return some.length > 0 ? some : usual;
};
const hasGoal = (direction, size) => direction === 'argument' && size === '64MB';
const [processes, threads] = ours.map(({ name }) => name);

function choosePools(direction, size) {
  const extra = direction === 'argument' ? [tardigradeShared] : [];
  return [...ours, ...extra, ...peers, ...(hasGoal(direction, size) ? findPythonPools(['cpython', 'loky']) : [])];
}

const goals = [
  { text: 'processes ≥ 5 × any peer', of: processes, than: 'peer', atLeast: 5 },
  { text: 'threads not slower than the best peer', of: threads, than: 'peer', atLeast: 1 },
  { text: 'from share(): no copy, ≤ 1 ms a task', of: tardigradeShared.name, atMost: 1 },
];

async function ask(direction, size) {
  const { about, ask: askOnce } = DIRECTIONS[direction];
  const { bytes, [direction.replace('changed-', '')]: count } = SIZES[size];
  const array = new Float64Array(bytes / 8).fill(1.5);
  async function runTasks(pool, tasks) {
    const answers = [];
    for (let task = 0; task < tasks; task += 1) answers.push(askOnce(pool, array));
    const seen = await Promise.all(answers);
    const lengths = seen.map((value) => (typeof value === 'number' ? value : value.length));
    if (lengths.some((length) => length !== array.length)) throw new Error('a wrong answer');
  }
  await compare({
    id: `${direction}-${size}`,
    title: `${count} tasks at once, ${size}: ${about}`,
    pools: choosePools(direction, size),
    openOptions: { binary: true },
    unit: 'ms a task',
    better: 'lower',
    rounds: 5,
    budgetMs: hasGoal(direction, size) ? BUDGET_FOR_GOAL_MS : BUDGET_MS,
    share: hasGoal(direction, size) ? SHARE_FOR_GOAL : SHARE,
    limitMs: 30_000,
    goals: hasGoal(direction, size) ? goals : [],
    warmUp: (pool) => (pool.figure === undefined ? runTasks(pool, bytes > MB ? 2 : 2 * count) : undefined),
    async measure(pool) {
      if (pool.figure !== undefined) return pool.figure('payload', PYTHON_TASKS);
      const startMs = performance.now();
      await runTasks(pool, count);
      return (performance.now() - startMs) / count;
    },
  });
}

for (const direction of wanted(Object.keys(DIRECTIONS), ['argument', 'result'])) {
  for (const size of wanted(Object.keys(SIZES), pick(Object.keys(SIZES), ['100B', '1MB', '64MB'])))
    await ask(direction, size);
}
