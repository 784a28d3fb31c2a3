/**
 * Faults that users inject: each step and each way, in real processes and threads.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Executor,
  InitializerError,
  InlineExecutor,
  type PoolOptions,
  type PoolStats,
  ProcessPoolExecutor,
  SerializationError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
  type WorkerInfo,
} from 'tardigrade';
import { createFaults, type Fault, withFaults } from 'tardigrade/testing';
import { poolTest } from '../support/pools.js';

type Pool = Executor & { readonly workers: readonly WorkerInfo[]; stats(): PoolStats };

const kinds: Readonly<Record<string, (options: PoolOptions) => Pool>> = {
  processes: (options) => new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore', ...options }),
  threads: (options) => new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore', ...options }),
};

const double = (n: number): number => n * 2;

for (const [kind, make] of Object.entries(kinds)) {
  poolTest(`${kind}: a fault costs the task that it names, and no other, once`, async ({ use }) => {
    const faults = createFaults([{ at: 'run', task: 'double', how: 'exit', code: 3 }]);
    const pool = use(make(faults.inject({})));
    assert.equal(await pool.submit((n: number) => n + 1, 1), 2);
    const lost = await pool.submit(double, 2).exception();
    assert.ok(lost instanceof TerminatedWorkerError);
    assert.deepEqual([lost.taskName, lost.exitCode, lost.taskId], ['double', 3, 2]);
    assert.equal(await pool.submit(double, 3), 6);
    assert.deepEqual(
      faults.struck.map(({ task, worker }) => ({ task, worker })),
      [{ task: 2, worker: 1 }],
    );
  });

  poolTest(`${kind}: with retries, a lost task gives its value in the next attempt`, async ({ use }) => {
    const faults = createFaults([{ at: 'result-out', task: 1, how: 'exit', times: 2 }]);
    const pool = use(make(faults.inject({})));
    assert.equal(await pool.withOptions({ retries: 2 }).submit(double, 4), 8);
    assert.equal(faults.struck.length, 2);
    assert.equal(pool.stats().retried, 2);
  });

  for (const at of ['argument-in', 'run', 'result-out'] as const) {
    poolTest(`${kind}: a worker that exits at ${at} costs the task`, async ({ use }) => {
      const faults = createFaults([{ at, how: 'exit', task: 2 }]);
      const pool = use(make(faults.inject()));
      const futures = [1, 2, 3].map((n) => pool.submit(double, n));
      const [first, second, third] = await Promise.all(futures.map((future) => future.exception()));
      assert.deepEqual([first, third], [null, null]);
      assert.ok(second instanceof TerminatedWorkerError);
      assert.equal(faults.struck.length, 1);
    });
  }

  for (const at of ['argument-out', 'result-in', 'idle'] as const) {
    poolTest(`${kind}: a worker that exits at ${at} costs no task`, async ({ use }) => {
      const faults = createFaults([{ at, how: 'exit', task: 2 }]);
      const pool = use(make(faults.inject()));
      assert.deepEqual(await Promise.all([1, 2, 3].map((n) => pool.submit(double, n))), [2, 4, 6]);
      while (pool.stats().workersLost === 0) await new Promise(setImmediate);
      assert.deepEqual([pool.stats().lost, faults.struck.length], [0, 1]);
    });
  }

  poolTest(`${kind}: throwing is the task's own failure, at each of its steps`, async ({ use }) => {
    const how = 'throw';
    const faults = createFaults([
      { at: 'run', how, task: 1 },
      { at: 'argument-in', how, task: 2 },
      { at: 'result-out', how, task: 3 },
      { at: 'result-in', how, task: 4 },
      { at: 'run', how: 'stack-overflow', task: 5 },
    ]);
    const pool = use(make(faults.inject()));
    const errors = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.submit(double, n).exception()));
    const facts = errors.map((error) =>
      error instanceof SerializationError ? `${error.direction} ${error.phase}` : String(error),
    );
    assert.deepEqual(facts, [
      "Error: a fault was injected at 'run'",
      'argument reading',
      'result writing',
      'result reading',
      'RangeError: Maximum call stack size exceeded',
      'null',
    ]);
    assert.equal(pool.stats().workersLost, 0);
  });

  poolTest(`${kind}: a task that hangs or loops is ended by its timeout`, async ({ use }) => {
    const faults = createFaults([
      { at: 'run', how: 'hang', task: 1 },
      { at: 'run', how: 'loop', task: 2 },
      { at: 'result-out', how: 'hang', task: 3 },
    ]);
    const pool = use(make(faults.inject({})));
    for (const n of [1, 2, 3]) {
      const error = await pool.withOptions({ timeoutMs: 200 }).submit(double, n).exception();
      assert.equal((error as Error).name, 'TimeoutError');
    }
    assert.equal(await pool.submit(double, 4), 8);
  });

  poolTest(`${kind}: a worker that closes its link is given up, and its task lost`, async ({ use }) => {
    const pool = use(make(withFaults({}, [{ at: 'run', how: 'close-link' }])));
    assert.ok((await pool.submit(double, 1).exception()) instanceof TerminatedWorkerError);
    assert.equal(await pool.submit(double, 2), 4);
  });

  poolTest(
    `${kind}: a worker that dies while it starts is replaced, and one that throws breaks the pool`,
    async ({ use }) => {
      const dying = createFaults([{ at: 'start-up', how: 'exit', times: 2 }]);
      const pool = use(make(dying.inject({})));
      assert.equal(await pool.submit(double, 1), 2);
      assert.deepEqual([dying.struck.length, pool.stats().workersStarted], [2, 3]);
      const broken = use(make(withFaults({}, [{ at: 'start-up', how: 'throw' }])));
      const error = await broken.submit(double, 1).exception();
      assert.ok(error instanceof InitializerError);
      assert.match(error.message, /a fault was injected while the worker started/);
    },
  );

  poolTest(`${kind}: a worker that dies when it is asked to leave delays no shutdown`, async ({ use }) => {
    const faults = createFaults([{ at: 'leaving', how: 'exit', code: 9 }]);
    const pool = use(make(faults.inject({})));
    assert.equal(await pool.submit(double, 1), 2);
    await pool.shutdown();
    assert.deepEqual([pool.state, pool.stats().workersLost, faults.struck.length], ['closed', 0, 1]);
  });

  poolTest(`${kind}: faults can be added while the pool works, and befall chunks of a map`, async ({ use }) => {
    const faults = createFaults();
    const pool = use(make(faults.inject({})));
    assert.deepEqual(await pool.map(double, [1, 2]).toArray(), [2, 4]);
    faults.add({ at: 'run', how: 'throw' });
    await assert.rejects(pool.map(double, [1, 2]).toArray(), /injected at 'run'/);
    assert.deepEqual(await pool.map(double, [5]).toArray(), [10]);
  });
}

for (const [how, signal] of [
  ['SIGKILL', 'SIGKILL'],
  ['SIGSEGV', 'SIGSEGV'],
  ['abort', 'SIGABRT'],
] as const) {
  poolTest(`processes: ${how} is told by its name`, async ({ use }) => {
    const pool = use(make('processes', withFaults({}, [{ at: 'run', how }])));
    const error = await pool.submit(double, 1).exception();
    assert.ok(error instanceof TerminatedWorkerError);
    assert.equal(error.signal, signal);
  });
}

poolTest('processes: a full heap ends the worker alone', async ({ use }) => {
  const limits = { resourceLimits: { maxOldGenerationSizeMb: 30 } };
  const pool = use(make('processes', withFaults(limits, [{ at: 'run', how: 'out-of-memory' }])));
  const error = await pool.submit(double, 1).exception();
  assert.ok(error instanceof TerminatedWorkerError);
  assert.match(error.stderr, /heap/);
});

poolTest('threads: shared memory and what is transferred reach a task whose result is struck', async ({ use }) => {
  const faults = createFaults([{ at: 'result-out', how: 'exit', task: 1 }]);
  const pool = use(make('threads', faults.inject({})));
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const add = (cells: Int32Array): number => Atomics.add(cells, 0, 1);
  assert.equal(await pool.withOptions({ retries: 1 }).submit(add, shared), 1);
  assert.equal(shared[0], 2);
});

test('what would end the program is refused for threads', () => {
  assert.throws(() => make('threads', withFaults({}, [{ at: 'run', how: 'SIGKILL' }])), /end the program/);
  assert.throws(() => make('threads', withFaults({}, [{ at: 'run', how: 'abort' }])), /end the program/);
});

test('faults that cannot be are refused by name', () => {
  const refused: [unknown, RegExp][] = [
    [{ at: 'lunch', how: 'exit' }, /options\.at must be/],
    [{ at: 'run', how: 'sulk' }, /options\.how must be/],
    [{ at: 'run' }, /needs 'at' and 'how'/],
    [{ at: 'run', how: 'exit', tasks: 1 }, /options\.tasks is not an option of Fault; did you mean 'task'/],
    [{ at: 'leaving', how: 'exit', task: 1 }, /takes no 'task'/],
    [{ at: 'argument-out', how: 'throw' }, /cannot travel/],
  ];
  for (const [fault, message] of refused) assert.throws(() => createFaults([fault as Fault]), message);
  assert.throws(() => new InlineExecutor(withFaults({}, [{ at: 'run', how: 'exit' }])), /an InlineExecutor has none/);
});

function make(kind: keyof typeof kinds, options: PoolOptions): Pool {
  return (kinds[kind] as (options: PoolOptions) => Pool)(options);
}
