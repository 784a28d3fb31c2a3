/**
 * The crash matrix: a call meets something deadly at each step of its way, in pools of one and of two. Each costs its own
 * task, with an error that says what happened; the pool is the same afterwards.
 *
 * The triggers are what Node has for Python's: a getter for `__reduce__`, a module that is loaded because a class or a
 * function of it travels for `__setstate__`, `process.exit()` for `sys.exit()`, `process.reallyExit()` for libc's `exit`.
 */

import assert from 'node:assert/strict';
import { type Future, importTasks, ProcessPoolExecutor, SerializationError, TerminatedWorkerError } from 'tardigrade';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const fixture = (name: string): URL => new URL(`../../../test/fixtures/raw/faults/${name}.mjs`, import.meta.url);
type Classes = Record<'Exiting' | 'Quitting' | 'Crashing' | 'Throwing', new () => { x: number }>;
const load = async (name: string): Promise<Classes> => (await import(fixture(name).href)) as Classes;
const classes = {
  ...(await load('exits-on-import')),
  ...(await load('quits-on-import')),
  ...(await load('crashes-on-import')),
  ...(await load('throws-on-import')),
};
const giveThrowing = importTasks<{ give(): unknown }>(fixture('throws-in-host'));
const giveQuitting = importTasks<{ give(): unknown }>(fixture('quits-in-host'));

const echo = (value: unknown): unknown => value;

/** A value whose property throws when it is read. */
function throwing(thrown: unknown): object {
  return {
    get property(): never {
      throw thrown;
    },
  };
}

/** What a task's failure must be. */
type Expected = (error: unknown) => void;

function serialization(direction: 'argument' | 'result', phase: 'writing' | 'reading', text: RegExp): Expected {
  return (error) => {
    assert.ok(error instanceof SerializationError, String(error));
    assert.deepEqual([error.direction, error.phase], [direction, phase]);
    assert.match(error.message, text);
  };
}

function lost({ exitCode = null, signal = null }: { exitCode?: number | null; signal?: string | null }): Expected {
  return (error) => {
    assert.ok(error instanceof TerminatedWorkerError, String(error));
    assert.deepEqual([error.exitCode, error.signal, error.attempt], [exitCode, signal, 1]);
    assert.equal(typeof error.pid, 'number');
    assert.match(error.message, new RegExp(`\\(pid ${error.pid}\\).*${signal ?? `code ${exitCode}`}`));
  };
}

interface Crash {
  readonly title: string;
  submit(pool: ProcessPoolExecutor): Future<unknown>;
  readonly expected: Expected;
}

const crashes: readonly Crash[] = [
  {
    title: 'writing an argument throws (faults 1)',
    submit: (pool) => pool.submit(echo, throwing(new RangeError('unreadable'))),
    expected: serialization('argument', 'writing', /args\[0\]\.property.*unreadable/),
  },
  {
    title: 'writing an argument throws what is no error (faults 2)',
    submit: (pool) => pool.submit(echo, throwing('SystemExit')),
    expected: serialization('argument', 'writing', /SystemExit/),
  },
  {
    title: 'reading an argument throws (faults 3)',
    submit: (pool) => pool.submit(echo, { deep: new classes.Throwing() }),
    expected: serialization('argument', 'reading', /args\[0\]\.deep.*Throwing.*thrown on import/),
  },
  {
    title: 'reading an argument calls process.exit() (faults 4)',
    submit: (pool) => pool.submit(echo, new classes.Quitting()),
    expected: lost({ exitCode: 0 }),
  },
  {
    title: 'reading an argument exits at once (faults 5)',
    submit: (pool) => pool.submit(echo, new classes.Exiting()),
    expected: lost({ exitCode: 0 }),
  },
  {
    title: 'reading an argument crashes (faults 6)',
    submit: (pool) => pool.submit(echo, new classes.Crashing()),
    expected: lost({ signal: 'SIGSEGV' }),
  },
  {
    title: 'the task crashes (faults 7)',
    submit: (pool) => pool.submit(() => void process.kill(process.pid, 'SIGSEGV')),
    expected: lost({ signal: 'SIGSEGV' }),
  },
  {
    title: 'the task calls process.exit() (faults 8)',
    submit: (pool) => pool.submit(() => process.exit(3)),
    expected: lost({ exitCode: 3 }),
  },
  {
    title: 'the task exits at once, with a clean code (faults 9)',
    submit: (pool) => pool.submit(() => (process as unknown as { reallyExit(code: number): void }).reallyExit(0)),
    expected: lost({ exitCode: 0 }),
  },
  {
    title: 'the task throws (faults 10)',
    submit: (pool) =>
      pool.submit(() => {
        throw new RangeError('thrown');
      }),
    expected: (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.stack ?? '', /crash-matrix\.test\.js/);
    },
  },
  {
    title: 'writing the result crashes (faults 11)',
    submit: (pool) =>
      pool.submit(() => ({
        get property() {
          return process.kill(process.pid, 'SIGSEGV');
        },
      })),
    expected: lost({ signal: 'SIGSEGV' }),
  },
  {
    title: 'writing the result calls process.exit() (faults 12)',
    submit: (pool) =>
      pool.submit(() => ({
        get property() {
          return process.exit();
        },
      })),
    expected: lost({ exitCode: 0 }),
  },
  {
    title: 'writing the result exits at once (faults 13)',
    submit: (pool) =>
      pool.submit(() => ({
        get property() {
          return (process as unknown as { reallyExit(code: number): never }).reallyExit(0);
        },
      })),
    expected: lost({ exitCode: 0 }),
  },
  {
    title: 'writing the result throws (faults 14)',
    submit: (pool) =>
      pool.submit(() => ({
        get property() {
          throw new RangeError('unreadable');
        },
      })),
    expected: serialization('result', 'writing', /result\.property.*unreadable/),
  },
  {
    title: 'reading the result throws what is no error (faults 15)',
    submit: (pool) => pool.submit(giveQuitting.give),
    expected: serialization('result', 'reading', /result\.inside.*quits-in-host.*given/),
  },
  {
    title: 'reading the result throws (faults 16)',
    submit: (pool) => pool.submit(giveThrowing.give),
    expected: serialization('result', 'reading', /thrown in the host/),
  },
];

for (const maxWorkers of [1, 2]) {
  for (const { title, submit, expected } of crashes) {
    poolTest(`in a pool of ${maxWorkers}, a task fails alone when ${title}`, async ({ open }) => {
      const pool = open({ maxWorkers });
      const before = pool.submit(() => 'before');
      const crash = submit(pool);
      const after = [pool.submit(() => 'after'), pool.submit(async () => 'later')];
      expected(await crash.exception());
      assert.equal(await before, 'before');
      assert.deepEqual(await Promise.all(after), ['after', 'later']);
      assert.deepEqual(await pool.map((n) => n + 1, [1, 2, 3]).toArray(), [2, 3, 4]);
      assert.equal(pool.state, 'open');
    });
  }
}

poolTest('each crash that is submitted from a callback is told the same way (faults 17–32)', async ({ open }) => {
  const pool = open({ maxWorkers: 2 });
  using gate = createGate();
  for (const { submit, expected } of crashes) {
    const first = pool.submit(() => 42);
    const crash = new Promise<unknown>((resolve) => {
      first.addDoneCallback(() => void submit(pool).exception().then(resolve));
    });
    assert.equal(await first, 42);
    expected(await crash);
  }
  gate.open();
  assert.equal(await pool.submit(() => 'next'), 'next');
});

poolTest(
  'each crash is told the same way in a pool that breaks with it, and shutdown ends (faults 33)',
  async ({ use }) => {
    for (const { submit, expected } of crashes) {
      const pool = use(new ProcessPoolExecutor({ maxWorkers: 2, stdio: 'ignore', onWorkerLost: 'break-pool' }));
      const error = await submit(pool).exception();
      if (pool.state === 'broken') assert.match(String(error), /BrokenExecutorError|TerminatedWorkerError/);
      else expected(error);
      await pool.shutdown();
    }
  },
);

poolTest(
  'a worker that is killed or exits costs the task that it was running, by name (faults 107, faults 118, faults 176)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    using gate = createGate();
    const future = pool.withOptions({ name: 'victim' }).submit(passGate, gate.path, 1);
    await until(() => future.running());
    process.kill(pool.workers[0]?.pid as number, 'SIGTERM');
    const error = await future.exception();
    lost({ signal: 'SIGTERM' })(error);
    assert.match((error as Error).message, /task 1 \(victim\) was lost/);
    lost({ exitCode: 42 })(await pool.submit(() => process.exit(42)).exception());
    const last = await pool
      .submit(() => {
        process.stderr.write('last words\n');
        process.exit(99);
      })
      .exception();
    lost({ exitCode: 99 })(last);
    assert.match((last as Error).message, /code 99\nlast lines of its stderr:\n {4}last words$/);
    assert.deepEqual([pool.stats().lost, pool.stats().workersLost], [3, 3]);
  },
);

poolTest(
  'a hundred tasks whose argument cannot travel take no place from a hundred that can (faults 42)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1, maxQueue: 100 });
    const failing = Array.from({ length: 100 }, () => pool.submit(echo, Symbol('local')).exception());
    const fine = Array.from({ length: 100 }, (_, index) => pool.submit(echo, index));
    for (const error of await Promise.all(failing)) assert.ok(error instanceof SerializationError);
    assert.deepEqual(
      await Promise.all(fine),
      fine.map((_, index) => index),
    );
  },
);

poolTest('a stack overflow is an error of its task; running out of memory costs the worker too', async ({ open }) => {
  const pool = open({ maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: 16 } });
  const overflow = await pool
    .submit(() => {
      const deeper = (): number => deeper() + 1;
      return deeper();
    })
    .exception();
  assert.ok(overflow instanceof RangeError);
  const memory = await pool
    .submit(() => {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(1000).fill({}));
    })
    .exception();
  assert.ok(memory instanceof TerminatedWorkerError, String(memory));
  assert.match(memory.message, /SIGABRT|SIGTRAP|code 134/);
  assert.match(memory.stderr, /heap out of memory/);
  assert.equal(await pool.submit(() => 'next'), 'next');
});

poolTest(
  'an error after the answer belongs to nobody: the worker is replaced, no task pays (faults 275, faults 279)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    const throwLater = (): string => {
      setImmediate(() => {
        throw new Error('too late');
      });
      return 'answered';
    };
    const rejectLater = (): string => {
      setImmediate(() => void Promise.reject(new Error('too late')));
      return 'answered';
    };
    for (const task of [throwLater, rejectLater]) {
      assert.equal(await pool.submit(task), 'answered');
      await until(() => pool.workers.every(({ state }) => state !== 'idle'));
      assert.equal(await pool.submit(() => 'next'), 'next');
    }
    assert.deepEqual([pool.stats().lost, pool.stats().failed], [0, 0]);
  },
);

poolTest('a lost task is retried as often as its option says, and knows its attempt', async ({ open }) => {
  const tasks = importTasks<{ dieUntil(attempt: number): number }>(fixture('tasks'));
  const pool = open({ maxWorkers: 1 });
  assert.equal(await pool.withOptions({ retries: 2 }).submit(tasks.dieUntil, 3), 3);
  const error = await pool.withOptions({ retries: 1 }).submit(tasks.dieUntil, 3).exception();
  assert.ok(error instanceof TerminatedWorkerError);
  assert.equal(error.attempt, 2);
  assert.deepEqual([pool.stats().retried, pool.stats().lost], [3, 1]);
});

poolTest("with onWorkerLost 'break-pool' a crash breaks the pool, each future with its own error", async ({ open }) => {
  const pool = open({ maxWorkers: 1, onWorkerLost: 'break-pool' });
  const futures = [pool.submit(() => process.exit(7)), pool.submit(() => 1), pool.submit(() => 2)];
  const errors = await Promise.all(futures.map((future) => future.exception()));
  assert.equal(new Set(errors).size, 3);
  for (const error of errors) assert.equal((error as Error).name.endsWith('Error'), true);
  assert.equal(pool.state, 'broken');
  await assert.rejects(
    pool.submit(() => 3),
    { code: 'ERR_TARDIGRADE_BROKEN_EXECUTOR', message: /code 7/ },
  );
});
