/** What only an executor in the calling thread can get wrong: whose task submits, and which tasks overlap. */

import assert from 'node:assert/strict';
import { CancelledError, type Executor, InlineExecutor, ProcessPoolExecutor, ShutdownExecutorError } from 'tardigrade';
import { currentTask } from 'tardigrade/worker';
import { poolTest } from '../support/pools.js';

/** The fixture's tasks, loaded here as a program would. */
const {
  log,
  note,
  gate,
  pass,
  around,
  leaveBehind,
  submitTwo,
  nest,
  ping,
  askProcess,
  throughProcess,
  toAndFro,
}: {
  readonly log: string[];
  note(line: string): void;
  gate(name: string): { readonly promise: Promise<void>; open(): void };
  pass(name: string): Promise<string>;
  around(own: Executor, inner: string): Promise<string>;
  leaveBehind(own: Executor, inner: string): Promise<void>;
  submitTwo(own: Executor): Promise<number>;
  nest(): Promise<string>;
  ping(a: Executor, b: Executor, times: number): Promise<string>;
  throughProcess(own: Executor, pool: Executor): Promise<number>;
  toAndFro(own: Executor, pool: Executor, times: number): Promise<string>;
  askProcess(pool: Executor): Promise<number>;
} = await import(new URL('../../../test/fixtures/raw/inline-tasks.mjs', import.meta.url).href);

const begun = async (line: string): Promise<void> => {
  while (!log.includes(line)) await new Promise(setImmediate);
};

poolTest('the host submits no tasks of a task, though one waits meanwhile', async ({ use }) => {
  log.length = 0;
  const pool: Executor = use(new InlineExecutor());
  const outer = pool.submit(around, pool, 'a');
  await begun('a begins');
  const next = pool.submit(pass, 'b');
  gate('b').open();
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
  assert.equal(next.state, 'pending');
  assert.equal(currentTask(), undefined);
  gate('a').open();
  assert.deepEqual(await Promise.all([outer, next]), ['a', 'b']);
  assert.deepEqual(log, ['outer begins', 'a begins', 'a ends', 'outer ends', 'b begins', 'b ends']);
});

poolTest('executors in tasks of the calling thread count their depth, and are refused in the end', async ({ use }) => {
  process.env.TARDIGRADE_MAX_DEPTH = '3';
  try {
    const pool: Executor = use(new InlineExecutor());
    assert.equal(await pool.submit(nest), 'RecursionDepthError at depth 3');
  } finally {
    delete process.env.TARDIGRADE_MAX_DEPTH;
  }
});

poolTest('two executors whose tasks submit to each other do not wait for ever', async ({ use }) => {
  const [a, b]: Executor[] = [use(new InlineExecutor()), use(new InlineExecutor())];
  assert.ok(a !== undefined && b !== undefined);
  assert.equal(await a.submit(ping, a, b, 8), 'end');
  await assert.rejects(a.submit(ping, a, b, 20).result(), { name: 'RecursionDepthError' });
});

poolTest('a process pool that a task of the calling thread uses is the program’s own', async ({ use, open }) => {
  assert.equal(await use(new InlineExecutor()).submit(askProcess, open() as Executor), 1);
});

poolTest('a task in a process comes back to the calling thread, where another waits for it', async ({ use, open }) => {
  const pool: Executor = use(new InlineExecutor());
  const processes: Executor = open();
  assert.equal(await pool.submit(throughProcess, pool, processes), process.pid + 1);
  process.env.TARDIGRADE_MAX_DEPTH = '3';
  try {
    assert.equal(await pool.submit(toAndFro, pool, processes, 0), 'RecursionDepthError after 3');
  } finally {
    delete process.env.TARDIGRADE_MAX_DEPTH;
  }
});

poolTest('a shutdown waits for what a task has left behind, and counts it', async ({ use }) => {
  log.length = 0;
  const pool = use(new InlineExecutor());
  await pool.submit(leaveBehind, pool as Executor, 'late');
  const ended = pool.shutdown();
  gate('late').open();
  await ended;
  assert.deepEqual(log, ['late begins', 'late ends']);
  const { submitted, done, pending, running } = pool.stats();
  assert.deepEqual([submitted, done, pending, running, pool.state], [2, 2, 0, 0, 'closed']);
});

poolTest('killWorkers gives up a task, and those that it waits for', async ({ use }) => {
  log.length = 0;
  const pool = use(new InlineExecutor());
  const outer = pool.submit(around, pool as Executor, 'never');
  const refused = assert.rejects(outer.result(), ShutdownExecutorError);
  await begun('never begins');
  await pool.shutdown({ killWorkers: true });
  await refused;
  const { failed, running } = pool.stats();
  assert.deepEqual([failed, running], [2, 0]);
  gate('never').open();
});

poolTest('what a task that was given up has submitted is given up, and nothing waits for it', async ({ use }) => {
  log.length = 0;
  const pool = use(new InlineExecutor());
  const stop = new AbortController();
  const outer = pool.withOptions({ signal: stop.signal }).submit(submitTwo, pool as Executor);
  await begun('first begins');
  stop.abort();
  await assert.rejects(outer.result(), CancelledError);
  assert.equal(await pool.submit(() => 'next'), 'next');
  await pool.shutdown();
  assert.deepEqual(log, ['first begins']);
  assert.equal(pool.stats().cancelled, 3);
});

poolTest('an initializer runs once, though tasks wait for tasks', async ({ use }) => {
  log.length = 0;
  const pool: Executor = use(new InlineExecutor({ initializer: note, initializerArgs: ['ready'] }));
  gate('inner').open();
  assert.equal(await pool.submit(around, pool, 'inner'), 'inner');
  assert.deepEqual(log, ['ready', 'outer begins', 'inner begins', 'inner ends', 'outer ends']);
});

poolTest('a process pool knows its own depth from a program that has used the calling thread', async ({ use }) => {
  await use(new InlineExecutor()).submit(() => 1);
  assert.equal(await use(new ProcessPoolExecutor({ maxWorkers: 1 })).submit(() => process.env.TARDIGRADE_DEPTH), '1');
});
