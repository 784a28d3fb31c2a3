/** The contract of `submit`, futures, `currentTask` and the options of tasks. */

import assert from 'node:assert/strict';
import {
  asCompleted,
  CancelledError,
  type Future,
  importTasks,
  QueueFullError,
  SerializationError,
  TimeoutError,
  wait,
} from 'tardigrade';
import { currentTask } from 'tardigrade/worker';
import { createGate, passGate, until } from '../support/gate.js';
import { contractTest, type Subject } from './contract.js';

interface Fixture {
  add(a: number, b: number): number;
  whoAmI(): Promise<{ id: number; name: string; attempt: number; workerId: number; depth: number; aborted: boolean }>;
  report(values: readonly unknown[]): Promise<string>;
  waitForAbort(): Promise<{ name: string; message: string }>;
  notThere(): void;
}

const tasks = importTasks<Fixture>(new URL('../../../test/fixtures/raw/faults/tasks.mjs', import.meta.url));

/** Submitting and its future. */
export function testSubmit(subject: Subject): void {
  contractTest(subject, 'submit runs a function on its arguments and fulfils the future with its value', async () => {
    const future = subject.shared().submit((n: number) => n ** 2, 12);
    assert.equal(future.state, 'pending');
    assert.equal(await future, 144);
    assert.equal(future.state, 'fulfilled');
    assert.deepEqual([future.done(), future.running(), future.cancelled()], [true, false, false]);
    assert.equal(await future.exception(), null);
  });

  contractTest(subject, 'what a promise or another thenable settles to is the value', async () => {
    const pool = subject.shared();
    assert.equal(await pool.submit(async () => 1), 1);
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
    assert.equal(await pool.submit(() => ({ then: (settle: (value: number) => void) => settle(2) })), 2);
    await assert.rejects(
      pool.submit(() => Promise.reject(new RangeError('late'))),
      RangeError,
    );
  });

  contractTest(subject, 'arguments are taken as they are at the call', async () => {
    const given = { list: [1] };
    const future = subject.shared().submit((value: unknown) => value, given);
    given.list.push(2);
    assert.deepEqual(await future, { list: [1] });
  });

  contractTest(subject, 'submit never runs the task before it returns', async () => {
    const future = subject.shared().submit(() => 1);
    assert.equal(future.state, 'pending');
    await future;
  });

  contractTest(subject, 'submit without a function is a TypeError at the call (faults 152)', () => {
    const submit = subject.shared().submit.bind(subject.shared()) as (...args: unknown[]) => unknown;
    for (const fn of [undefined, null, 1, 'name', {}, { fn: () => {} }]) {
      assert.throws(() => submit(fn), { name: 'TypeError', message: /^fn must be a function/ });
    }
    assert.throws(() => submit(), TypeError);
  });

  contractTest(subject, 'options and functions among the arguments are plain arguments (faults 152)', async () => {
    const args = [{ self: 1, fn: 2 }, { signal: 3 }];
    assert.deepEqual(await subject.shared().submit((...given: unknown[]) => given, ...args), args);
    assert.equal(
      await subject.shared().submit(
        (double: (n: number) => number) => double(21),
        (n) => 2 * n,
      ),
      42,
    );
  });

  contractTest(
    subject,
    'futures of a pool work with wait, asCompleted and Promise.all (faults 92, 99)',
    async (open) => {
      const pool = open({ maxWorkers: 2 });
      using gate = createGate();
      const slow = pool.submit(passGate, gate.path, 'slow');
      const fast = subject.can.isParallel ? pool.submit(() => 'fast') : subject.shared().submit(() => 'fast');
      const { done, notDone } = await wait([slow, fast], { returnWhen: 'first-completed' });
      assert.deepEqual([[...done], [...notDone]], [[fast], [slow]]);
      gate.open();
      const order: unknown[] = [];
      for await (const future of asCompleted([slow, fast])) order.push(future);
      assert.deepEqual(order, [fast, slow]);
      assert.deepEqual(await Promise.all([slow, fast]), ['slow', 'fast']);
    },
  );

  contractTest(subject, 'importTasks runs exported functions of a module that is not loaded here', async () => {
    const pool = subject.shared();
    assert.equal(await pool.submit(tasks.add, 1, 2), 3);
    const error = await pool.submit(tasks.notThere).exception();
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, /notThere.*(add|exports)/s);
  });

  contractTest(subject, 'tasks of one priority begin in the order in which they were submitted', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const order: number[] = [];
    const futures = Array.from({ length: 50 }, (_, index) => pool.submit((n: number) => n, index));
    for (const future of futures) future.addDoneCallback(async (done) => order.push(await done));
    await Promise.all(futures);
    assert.deepEqual(
      order,
      futures.map((_, index) => index),
    );
  });

  contractTest(subject, 'chains of submits from callbacks all run (faults 111)', async () => {
    const pool = subject.shared();
    const runChain = (length: number): Promise<number> =>
      new Promise((resolve) => {
        const next = (left: number): void => {
          if (left === 0) resolve(length);
          else pool.submit((n: number) => n, left).addDoneCallback(() => next(left - 1));
        };
        next(length);
      });
    assert.deepEqual(await Promise.all([100, 50, 60].map(runChain)), [100, 50, 60]);
  });

  contractTest(
    subject,
    'a callback that throws harms neither the result nor the pool (faults 37, faults 38)',
    async (open) => {
      const pool = open();
      const warnings: string[] = [];
      const listener = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', listener);
      const future = pool.submit(() => 42);
      let calls = 0;
      future.addDoneCallback(() => {
        calls += 1;
        throw new Error('callback');
      });
      future.addDoneCallback(() => {
        calls += 1;
        throw undefined;
      });
      assert.equal(await future, 42);
      assert.equal(await pool.submit(() => 'next'), 'next');
      process.off('warning', listener);
      assert.equal(calls, 2);
      assert.equal(warnings.length, 2);
    },
  );

  contractTest(
    subject,
    'mixed submits, maps and cancels from many sides are all answered right (faults 110)',
    async (open) => {
      const pool = open({ maxWorkers: 2 });
      const side = async (seed: number): Promise<string> => {
        const squares = pool.map((n) => n * n, [seed, seed + 1, seed + 2]).toArray();
        const kept = pool.submit((n: number) => -n, seed);
        const unwanted = pool.submit((n: number) => n, seed);
        const isCancelled = unwanted.cancel();
        assert.deepEqual(await squares, [seed ** 2, (seed + 1) ** 2, (seed + 2) ** 2]);
        assert.equal(await kept, -seed);
        if (isCancelled) await assert.rejects(unwanted, CancelledError);
        else assert.equal(await unwanted, seed);
        return 'ok';
      };
      const sides = await Promise.all(Array.from({ length: 10 }, (_, index) => side(index)));
      assert.deepEqual(new Set(sides), new Set(['ok']));
    },
  );
}

/** `withOptions`. */
export function testTaskOptions(subject: Subject): void {
  contractTest(subject, 'cancel ends a task that has not begun, which never runs', async (open) => {
    const pool = open({ maxWorkers: 1 });
    using gate = createGate();
    const first = pool.submit(passGate, gate.path, 1);
    const second = pool.submit(() => 2);
    await until(() => first.running());
    assert.equal(first.cancel(), false);
    assert.equal(second.cancel('changed my mind'), true);
    assert.equal(second.cancel(), false);
    assert.equal(second.state, 'cancelled');
    await assert.rejects(second, { name: 'AbortError', cause: 'changed my mind' });
    gate.open();
    assert.equal(await first, 1);
    assert.deepEqual([pool.stats().cancelled, pool.stats().done], [1, 1]);
  });

  contractTest(subject, 'a signal that has fired already cancels at once (faults 283)', async () => {
    const pool = subject.shared().withOptions({ signal: AbortSignal.abort('before') });
    const future = pool.submit(() => 1);
    assert.equal(future.state, 'cancelled');
    const error = await future.then(undefined, (thrown: unknown) => thrown);
    assert.ok(error instanceof CancelledError);
    assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'ERR_TARDIGRADE_CANCELLED', 'before']);
  });

  contractTest(subject, 'a signal cancels what is queued, and what runs (faults 283)', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const queuedOne = new AbortController();
    const runningOne = new AbortController();
    const running = pool.withOptions({ signal: runningOne.signal }).submit(() => new Promise(() => {}));
    const queued = pool.withOptions({ signal: queuedOne.signal }).submit(() => 2);
    await until(() => running.running());
    queuedOne.abort('queued');
    await assert.rejects(queued, { name: 'AbortError', cause: 'queued' });
    runningOne.abort('running');
    await assert.rejects(running, { name: 'AbortError', cause: 'running' });
    assert.equal(await pool.submit(() => 'next'), 'next');
  });

  contractTest(subject, 'a signal that fires after the task is done changes nothing (faults 283)', async () => {
    const controller = new AbortController();
    const future = subject
      .shared()
      .withOptions({ signal: controller.signal })
      .submit(() => 1);
    await future;
    controller.abort();
    assert.equal(await future, 1);
    assert.equal(future.state, 'fulfilled');
  });

  contractTest(subject, 'a task with a grace is told by its own signal and keeps its worker', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const controller = new AbortController();
    const future = pool.withOptions({ signal: controller.signal, graceMs: 30_000 }).submit(tasks.waitForAbort);
    await until(() => future.running());
    controller.abort('enough');
    await assert.rejects(future, { name: 'AbortError', cause: 'enough' });
    assert.equal(await pool.submit(() => 'next'), 'next');
    assert.deepEqual([pool.stats().workersStarted, pool.stats().cancelled], [1, 1]);
  });

  contractTest(subject, 'timeoutMs ends a task that runs too long, and the pool goes on (faults 277)', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const future = pool.withOptions({ timeoutMs: 50 }).submit(() => new Promise(() => {}));
    await assert.rejects(future, (error: unknown) => error instanceof TimeoutError && /50 ms/.test(error.message));
    assert.equal(await pool.withOptions({ timeoutMs: 60_000 }).submit(() => 'in time'), 'in time');
  });

  contractTest(subject, 'a higher priority goes first, and equal ones keep their order', async (open) => {
    const pool = open({ maxWorkers: 1 });
    using gate = createGate();
    const order: string[] = [];
    const note = (name: string, priority: number): Future<unknown> => {
      const future = pool.withOptions({ priority }).submit((value: string) => value, name);
      future.addDoneCallback(() => order.push(name));
      return future;
    };
    const blocker = pool.submit(passGate, gate.path, 0);
    await until(() => blocker.running());
    const futures = [note('low', -1), note('a', 0), note('high', 5), note('b', 0), note('high too', 5)];
    gate.open();
    await Promise.all(futures);
    assert.deepEqual(order, ['high', 'high too', 'a', 'b', 'low']);
  });

  contractTest(subject, 'views add up their options and share one pool', async (open) => {
    const pool = open();
    const view = pool.withOptions({ name: 'outer', priority: 1 }).withOptions({ priority: 2 });
    assert.equal((await view.submit(tasks.whoAmI)).name, 'outer');
    await view.shutdown();
    assert.deepEqual([view.state, pool.state], ['closed', 'closed']);
  });

  contractTest(subject, 'one task too many for maxQueue fails with QueueFullError', async (open) => {
    const pool = open({ maxWorkers: 1, maxQueue: 2 });
    using gate = createGate();
    const blocker = pool.submit(passGate, gate.path, 0);
    await until(() => blocker.running());
    const waiting = [pool.submit(() => 1), pool.submit(() => 2)];
    await assert.rejects(
      pool.submit(() => 3),
      (error: unknown) => error instanceof QueueFullError,
    );
    gate.open();
    assert.deepEqual(await Promise.all(waiting), [1, 2]);
    assert.equal(await pool.submit(() => 4), 4);
  });
}

/** `currentTask()`. */
export function testCurrentTask(subject: Subject): void {
  contractTest(subject, 'a task knows its number, name, attempt, worker and depth', async (open) => {
    const pool = open();
    const facts = await pool.submit(tasks.whoAmI);
    assert.deepEqual(facts, {
      id: 1,
      name: 'whoAmI',
      attempt: 1,
      workerId: 1,
      depth: subject.can.isolates ? 1 : 0,
      aborted: false,
    });
    assert.equal((await pool.withOptions({ name: 'mine' }).submit(tasks.whoAmI)).name, 'mine');
  });

  contractTest(subject, 'there is no current task outside of one', async () => {
    await subject.shared().submit(tasks.whoAmI);
    assert.equal(currentTask(), undefined);
  });

  contractTest(subject, 'what a task reports comes in order, and ends with the task', async () => {
    const values = [1, { two: 2 }, new Map([[3, 3n]])];
    const future = subject.shared().submit(tasks.report, values);
    const seen: unknown[] = [];
    for await (const value of future.progress) seen.push(value);
    assert.deepEqual(seen, values);
    assert.equal(await future, 'reported');
  });

  contractTest(subject, 'progress that cannot travel throws in the task', async () => {
    const error = await subject
      .shared()
      .submit(async () => {
        const { currentTask } = await import('tardigrade/worker');
        currentTask()?.reportProgress({ socket: new WeakMap() });
      })
      .exception();
    assert.ok(error instanceof SerializationError, String(error));
    assert.equal(error.path, 'progress.socket');
  });
}
