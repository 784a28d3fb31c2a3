/**
 * Task modules that cannot be loaded and options of the wrong kind: nothing hangs, the reason is told, the pool works.
 */

import assert from 'node:assert/strict';
import {
  InlineExecutor,
  importTasks,
  ProcessPoolExecutor,
  SerializationError,
  TerminatedWorkerError,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

const handles = (name: string) =>
  importTasks<{ run(): void; Throwing: () => void }>(
    new URL(`../../../test/fixtures/raw/faults/${name.includes('.') ? name : `${name}.mjs`}`, import.meta.url),
  );

const unloadable: Readonly<Record<string, readonly [string, RegExp]>> = {
  'does not exist': [
    'not-there',
    /^fn cannot travel: the worker could not load file:.*not-there\.mjs, which exports run: Error: Cannot find module '\S*not-there\.mjs'$/,
  ],
  'does not parse': ['does-not-parse', /does-not-parse\.mjs, which exports run: SyntaxError: Unexpected end of input$/],
  'does not parse, as CommonJS': [
    'does-not-parse.cjs',
    /which exports run: SyntaxError: .* \(\S*does-not-parse\.cjs:2\)$/,
  ],
  'throws on import': ['throws-on-import', /throws-on-import\.mjs, which exports run: \w*Error: thrown on import$/],
};

for (const [what, [name, reason]] of Object.entries(unloadable)) {
  poolTest(`a task module that ${what} fails its tasks with that reason`, async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    const { run } = handles(name);
    for (const error of await Promise.all([1, 2].map(() => pool.submit(run).exception()))) {
      assert.ok(error instanceof SerializationError, String(error));
      assert.match(error.message, reason);
      assert.deepEqual([error.direction, error.phase, error.path], ['argument', 'reading', 'fn']);
      assert.ok(error.cause instanceof Error, 'the cause is what the module failed with');
      assert.doesNotMatch(error.cause.message, /could not be/);
    }
    assert.equal(await pool.submit(() => 'works'), 'works');
    assert.equal(pool.stats().workersStarted, 1);
  });
}

for (const name of ['exits-on-import', 'quits-on-import']) {
  poolTest(`a task module that exits on import (${name}) costs its tasks alone (faults 273)`, async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    const futures = [pool.submit(handles(name).run), pool.submit(() => 'works'), pool.submit(handles(name).run)];
    const [first, second, third] = await Promise.allSettled(futures);
    assert.deepEqual(second, { status: 'fulfilled', value: 'works' });
    for (const outcome of [first, third]) {
      assert.ok(outcome?.status === 'rejected' && outcome.reason instanceof TerminatedWorkerError);
      assert.equal(outcome.reason.exitCode, 0);
    }
  });
}

poolTest(
  'workers that cannot start break the pool, with the reason, instead of being started for ever (faults 273)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1, execArgv: ['--import', './not-there-either.mjs'] });
    const error = await pool.submit(() => 1).exception();
    assert.equal((error as { code?: unknown }).code, 'ERR_TARDIGRADE_BROKEN_EXECUTOR');
    assert.match((error as Error).message, /keep dying.*exited with code 1.*not-there-either/s);
    assert.equal(pool.state, 'broken');
    assert.equal(pool.stats().workersStarted, 4);
    await assert.rejects(
      pool.submit(() => 2),
      { code: 'ERR_TARDIGRADE_BROKEN_EXECUTOR' },
    );
  },
);

poolTest('workers whose program is not there break the pool, with the reason (faults 273)', async ({ open }) => {
  const { execPath } = process;
  process.execPath = '/no/such/node';
  try {
    const pool = open({ maxWorkers: 2 });
    const error = await pool.submit(() => 1).exception();
    assert.match((error as Error).message, /could not be started: spawn .*ENOENT/);
    assert.equal(pool.state, 'broken');
  } finally {
    process.execPath = execPath;
  }
});

poolTest('a worker that is not ready in time is killed, and that is said', async ({ open }) => {
  const pool = open({
    maxWorkers: 1,
    startupTimeoutMs: 1,
    initializer: () => new Promise(() => {}),
    maxRestarts: { count: 0, withinMs: 60_000 },
  });
  const error = await pool.submit(() => 1).exception();
  assert.match((error as Error).message, /was killed because it was not ready within startupTimeoutMs/);
  assert.equal(pool.state, 'broken');
});

/** For each option of a pool: values that are refused, and as what. */
const POOL: Readonly<Record<string, readonly (readonly [unknown, 'TypeError' | 'RangeError'])[]>> = {
  maxWorkers: [
    ['2', 'TypeError'],
    [0, 'RangeError'],
    [-1, 'RangeError'],
    [1.5, 'RangeError'],
    [Number.NaN, 'RangeError'],
    [null, 'TypeError'],
  ],
  minWorkers: [
    [-1, 'RangeError'],
    [true, 'TypeError'],
    [4096, 'RangeError'],
  ],
  idleTimeoutMs: [
    ['1', 'TypeError'],
    [-1, 'RangeError'],
  ],
  initializer: [['run', 'TypeError']],
  initializerArgs: [[{}, 'TypeError']],
  env: [
    ['A=1', 'TypeError'],
    [{ A: 1 }, 'TypeError'],
  ],
  execArgv: [
    ['--flag', 'TypeError'],
    [[1], 'TypeError'],
  ],
  resourceLimits: [
    [1, 'TypeError'],
    [{ maxOldGenerationSizeMb: '1' }, 'TypeError'],
    [{ colour: 1 }, 'TypeError'],
  ],
  maxTasksPerWorker: [
    [0, 'RangeError'],
    ['a', 'TypeError'],
  ],
  maxMemoryGrowthBytes: [[-1, 'RangeError']],
  onWorkerLost: [
    ['ignore', 'RangeError'],
    [1, 'TypeError'],
  ],
  maxRestarts: [
    [3, 'TypeError'],
    [{ count: -1, withinMs: 1 }, 'RangeError'],
    [{ count: 1 }, 'TypeError'],
  ],
  startupTimeoutMs: [[0, 'RangeError']],
  maxQueue: [
    [-1, 'RangeError'],
    ['many', 'TypeError'],
  ],
  stdio: [['tty', 'RangeError']],
  name: [[1, 'TypeError']],
};

poolTest('bad options of a pool fail at the call with the name of the option (faults 106)', () => {
  for (const [option, cases] of Object.entries(POOL)) {
    for (const [value, name] of cases) {
      assert.throws(
        () => new ProcessPoolExecutor({ [option]: value }),
        (error: unknown) => {
          assert.ok(error instanceof Error);
          assert.equal(error.name, name, `${option}: ${String(value)}: ${error.message}`);
          assert.match(error.message, new RegExp(`^options\\.${option}\\b`));
          return true;
        },
      );
    }
  }
  assert.throws(() => new ProcessPoolExecutor({ maxWorker: 1 } as object), /maxWorker is not .*maxWorkers/);
  assert.throws(() => new InlineExecutor({ maxWorkers: 1 } as object), /maxWorkers is not an option/);
});

poolTest('an initializer that cannot travel fails at the call', () => {
  const initializerArgs = [new WeakMap()];
  assert.throws(() => new ProcessPoolExecutor({ initializer: () => {}, initializerArgs }), SerializationError);
});
