/**
 * Initializers, on every kind of worker: what they do is done before the first task, and what goes wrong in them is told to
 * all who wait.
 */

import assert from 'node:assert/strict';
import {
  BrokenExecutorError,
  type Executor,
  InitializerError,
  InlineExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

type Options = Pick<PoolOptions, 'initializer' | 'initializerArgs' | 'startupTimeoutMs' | 'maxRestarts'>;

const KINDS: Readonly<Record<string, (options: Options) => Executor>> = {
  processes: (options) => new ProcessPoolExecutor({ maxWorkers: 2, stdio: 'ignore', ...options }),
  threads: (options) => new ThreadPoolExecutor({ maxWorkers: 2, stdio: 'ignore', ...options }),
};

type Shared = typeof globalThis & { prepared?: string[] };

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(`${kind}: an initializer runs once a worker, before any task (faults 182)`, async ({ use }) => {
    const initializer = async (word: string): Promise<void> => {
      const shared = globalThis as Shared;
      await new Promise((resolve) => setTimeout(resolve, 20));
      shared.prepared = [...(shared.prepared ?? []), word];
    };
    const pool = use(
      make({ initializer: initializer as NonNullable<PoolOptions['initializer']>, initializerArgs: ['ready'] }),
    );
    const seen = await Promise.all([1, 2, 3, 4, 5, 6].map(() => pool.submit(() => (globalThis as Shared).prepared)));
    for (const prepared of seen) assert.deepEqual(prepared, ['ready']);
  });

  const FAILING: Readonly<Record<string, () => unknown>> = {
    'a function': () => {
      throw new RangeError('no licence');
    },
    'a closure': ((word: string) => () => {
      throw new RangeError(`no ${word}`);
    })('licence'),
    'a method of an instance': new (class {
      readonly word = 'licence';
      readonly run = (): never => {
        throw new RangeError(`no ${this.word}`);
      };
    })().run,
    'a function that fails later': async () => {
      await undefined;
      throw new RangeError('no licence');
    },
  };
  for (const [what, initializer] of Object.entries(FAILING)) {
    poolTest(
      `${kind}: when the initializer, ${what}, fails, the reason reaches who waits and who comes later (faults 183, faults 193, faults 196, trap g)`,
      async ({ use }) => {
        const pool = use(make({ initializer: initializer as NonNullable<PoolOptions['initializer']> }));
        const waiting = [1, 2, 3].map(() => pool.submit(() => 'never'));
        const errors = await Promise.all(waiting.map((future) => future.exception()));
        errors.push(await pool.submit(() => 'never').exception());
        for (const error of errors) {
          assert.ok(error instanceof InitializerError, String(error));
          assert.match(error.message, /its initializer failed: no licence/);
          assert.ok(error.cause instanceof RangeError);
          assert.match(error.cause.stack ?? '', /start-up\.test\.js/);
        }
        assert.equal(new Set(errors).size, errors.length);
        assert.equal(pool.state, 'broken');
        // What is left of workers and files is looked for when the test is over (faults 184).
        await pool.shutdown();
      },
    );
  }

  poolTest(`${kind}: an initializer that exits is told from a worker that dies (faults 267)`, async ({ use }) => {
    const pool = use(make({ initializer: () => process.exit(4), maxRestarts: { count: 1, withinMs: 60_000 } }));
    const error = await pool.submit(() => 'never').exception();
    assert.ok(error instanceof BrokenExecutorError, String(error));
    assert.match(error.message, /exited with code 4 in its initializer/);
  });
}

poolTest('a pool whose workers die before they finish a task says which option broke it', async ({ use }) => {
  for (const make of Object.values(KINDS)) {
    const pool = use(make({ maxRestarts: { count: 1, withinMs: 60_000 } }));
    const errors = await Promise.all(Array.from({ length: 5 }, () => pool.submit(() => process.exit(2)).exception()));
    assert.equal(pool.state, 'broken');
    const told = /its workers keep dying before they finish a task \(maxRestarts\); the last .*exited with code 2/;
    assert.match((errors.at(-1) as Error).message, told);
  }
});

poolTest('a failing initializer leaves no worker, file or handle, however many wait (faults 184)', async ({ use }) => {
  const initializer = (): never => {
    throw new Error('on purpose');
  };
  for (const make of Object.values(KINDS)) {
    const pool = use(make({ initializer }));
    const errors = await Promise.all(Array.from({ length: 50 }, () => pool.submit(() => 'never').exception()));
    for (const error of errors) assert.ok(error instanceof InitializerError);
    await pool.shutdown();
  }
});

poolTest('an initializer that never finishes is what the error names', async ({ use }) => {
  // The workers must have come to it by then: however long they take to start on this machine, this is ten times as long.
  const startMs = performance.now();
  await Promise.all(Object.values(KINDS).map((make) => use(make({})).submit(() => 1)));
  const options: Options = {
    initializer: () => new Promise(() => {}),
    startupTimeoutMs: 10 * (performance.now() - startMs),
    maxRestarts: { count: 0, withinMs: 60_000 },
  };
  const { initializer } = options as { initializer: NonNullable<PoolOptions['initializer']> };
  const pools = Object.values(KINDS).map((make) => use(make(options)));
  const errors = await Promise.all(pools.map((pool) => pool.submit(() => 'never').exception()));
  for (const error of errors) {
    assert.ok(error instanceof BrokenExecutorError, String(error));
    assert.match(error.message, /its initializer did not finish within startupTimeoutMs/);
  }
  // It has no such limit of its own, and is ended all the same.
  const inline = new InlineExecutor({ initializer });
  const waiting = inline.submit(() => 'never');
  await Promise.all([inline.shutdown({ killWorkers: true }), assert.rejects(waiting.result())]);
});
