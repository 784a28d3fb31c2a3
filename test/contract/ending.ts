/** The contract of `shutdown`, states, numbers and the initializer. */

import assert from 'node:assert/strict';
import { CancelledError, InitializerError, ShutdownExecutorError } from 'tardigrade';
import { createGate, passGate, until } from '../support/gate.js';
import { contractTest, type Subject } from './contract.js';

const unending = (): Promise<never> => new Promise(() => {});

/** Ways to end. */
export function testEnding(subject: Subject): void {
  testDraining(subject);
  testStricter(subject);
  testNumbers(subject);
  testInitializer(subject);
}

function testDraining(subject: Subject): void {
  contractTest(subject, 'submit after shutdown fails with ShutdownExecutorError (faults 78)', async (open) => {
    const pool = open();
    const ended = pool.shutdown();
    await assert.rejects(
      pool.submit(() => 1),
      ShutdownExecutorError,
    );
    await ended;
    assert.equal(pool.state, 'closed');
    await assert.rejects(
      pool.submit(() => 1),
      (error: unknown) => {
        return error instanceof ShutdownExecutorError && error.code === 'ERR_TARDIGRADE_SHUTDOWN_EXECUTOR';
      },
    );
    await assert.rejects(pool.map((n) => n, [1]).next(), ShutdownExecutorError);
  });

  contractTest(subject, 'shutdown lets everything that was submitted finish (faults 82)', async (open) => {
    const pool = open({ maxWorkers: 2 });
    const futures = Array.from({ length: 50 }, (_, index) => pool.submit((n: number) => n, index));
    const ended = pool.shutdown();
    assert.equal(pool.state, 'draining');
    assert.deepEqual(
      await Promise.all(futures),
      futures.map((_, index) => index),
    );
    await ended;
    assert.deepEqual([pool.state, pool.workers.length], ['closed', 0]);
  });

  contractTest(subject, '`await using` finishes what runs when its scope is left (faults 86, faults 284)', async () => {
    let futures: PromiseLike<number>[];
    let state: () => string;
    {
      await using pool = subject.make();
      state = () => pool.state;
      futures = [1, 2, 3].map((n) => pool.submit((m: number) => -m, n));
    }
    assert.equal(state(), 'closed');
    assert.deepEqual(await Promise.all(futures), [-1, -2, -3]);
  });

  contractTest(
    subject,
    'shutdown without waiting lets running and queued tasks finish later (faults 88)',
    async (open) => {
      const pool = open({ maxWorkers: 2 });
      using gate = createGate();
      const futures = Array.from({ length: 10 }, (_, index) => pool.submit(passGate, gate.path, index));
      await until(() => futures[0]?.running() === true);
      const ended = pool.shutdown();
      await assert.rejects(
        pool.submit(() => 1),
        ShutdownExecutorError,
      );
      assert.ok(futures.every(({ state }) => state === 'pending' || state === 'running'));
      gate.open();
      assert.deepEqual(
        await Promise.all(futures),
        futures.map((_, index) => index),
      );
      await ended;
    },
  );

  contractTest(subject, 'a scope that is left at once after what cannot travel ends (faults 79)', async () => {
    for (let round = 0; round < 5; round += 1) {
      await using pool = subject.make();
      pool.submit((value: unknown) => value, Symbol('local')).catch(() => {});
    }
  });

  contractTest(
    subject,
    'a scope that is left at once after a getter that throws no error ends (faults 80)',
    async () => {
      for (let round = 0; round < 5; round += 1) {
        await using pool = subject.make();
        const argument = {
          get exit(): never {
            throw 'exit';
          },
        };
        pool.submit((value: unknown) => value, argument).catch(() => {});
      }
    },
  );

  contractTest(subject, 'submit and shutdown in quick succession never hang (faults 104)', async () => {
    const rounds = Array.from({ length: 5 }, async (_, round) => {
      const pool = subject.make({ maxWorkers: 1 });
      const future = pool.submit((n: number) => n, round);
      await pool.shutdown();
      assert.equal(await future, round);
    });
    await Promise.all(rounds);
  });

  contractTest(subject, 'shutdown of a pool that never had a task ends at once, any number of times', async (open) => {
    const pool = open();
    await Promise.all([pool.shutdown(), pool.shutdown(), pool[Symbol.asyncDispose]()]);
    await pool.shutdown({ killWorkers: true });
    assert.equal(pool.state, 'closed');
  });

  contractTest(subject, 'shutdown from within a callback ends the pool', async (open) => {
    const pool = open();
    const ended = new Promise<void>((resolve) => {
      pool.submit(() => 1).addDoneCallback(() => pool.shutdown().then(resolve));
    });
    await ended;
    assert.equal(pool.state, 'closed');
  });
}

function testStricter(subject: Subject): void {
  contractTest(
    subject,
    'cancelPending cancels what has not begun, and what runs finishes (faults 158)',
    async (open) => {
      const pool = open({ maxWorkers: 2 });
      using gate = createGate();
      const futures = Array.from({ length: 50 }, (_, index) => pool.submit(passGate, gate.path, index));
      await until(() => futures[0]?.running() === true);
      const ended = pool.shutdown({ cancelPending: true });
      gate.open();
      const outcomes = await Promise.allSettled(futures);
      await ended;
      const cancelled = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      assert.ok(cancelled.length > 20, `${cancelled.length} were cancelled`);
      assert.ok(cancelled.every(({ reason }) => reason instanceof CancelledError));
      assert.equal(outcomes[0]?.status, 'fulfilled');
      assert.deepEqual([pool.stats().pending, pool.stats().running], [0, 0]);
    },
  );

  contractTest(subject, 'shutdown ends after the last queued task was cancelled (faults 159)', async (open) => {
    const pool = open({ maxWorkers: 1 });
    using gate = createGate();
    const first = pool.submit(passGate, gate.path, 1);
    const last = pool.submit(() => 2);
    assert.equal(last.cancel(), true);
    const ended = pool.shutdown();
    gate.open();
    await ended;
    assert.equal(await first, 1);
    await assert.rejects(last, CancelledError);
  });

  contractTest(subject, 'killWorkers fails what has not finished', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const futures = [pool.submit(unending), pool.submit(() => 2)];
    await until(() => futures[0]?.running() === true);
    const failures = Promise.all(futures.map((future) => assert.rejects(future, ShutdownExecutorError)));
    await pool.shutdown({ killWorkers: true });
    await failures;
    assert.equal(pool.state, 'closed');
  });

  contractTest(subject, 'a later shutdown can be stricter', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const running = pool.submit(unending);
    const waiting = pool.submit(() => 2);
    await until(() => running.running());
    const gentle = pool.shutdown();
    const strict = pool.shutdown({ cancelPending: true });
    await assert.rejects(waiting, CancelledError);
    const strictest = pool.shutdown({ killWorkers: true });
    await assert.rejects(running, ShutdownExecutorError);
    await Promise.all([gentle, strict, strictest]);
  });

  contractTest(subject, 'timeoutMs of a shutdown kills what is left', async (open) => {
    const pool = open({ maxWorkers: 1 });
    const future = pool.submit(unending);
    const failure = assert.rejects(future, ShutdownExecutorError);
    await pool.shutdown({ timeoutMs: 50 });
    await failure;
  });

  contractTest(subject, 'shutdown while workers are starting, with and without tasks, ends', async (open) => {
    const kind = open({ maxWorkers: 2 });
    const future = kind.submit(() => 1);
    const unwanted = open({ maxWorkers: 2 });
    const killed = assert.rejects(
      unwanted.submit(() => 1),
      ShutdownExecutorError,
    );
    await Promise.all([kind.shutdown(), unwanted.shutdown({ killWorkers: true })]);
    await killed;
    assert.equal(await future, 1);
  });
}

function testNumbers(subject: Subject): void {
  contractTest(subject, 'stats and workers say what has happened', async (open) => {
    const pool = open({ maxWorkers: 1, name: 'counted' });
    assert.deepEqual([pool.workers.length, pool.stats().workersStarted], [0, 0]);
    using gate = createGate();
    const running = pool.submit(passGate, gate.path, 1);
    const waiting = pool.submit(() => 2);
    const failing = pool.submit(() => {
      throw new Error('expected');
    });
    const unwanted = pool.submit(() => 3);
    unwanted.cancel();
    await assert.rejects(unwanted);
    await until(() => running.running());
    const { pending, running: runs, submitted } = pool.stats();
    assert.deepEqual({ pending, runs, submitted }, { pending: 2, runs: 1, submitted: 4 });
    assert.deepEqual(
      pool.workers.map(({ id, state, tasksDone }) => ({ id, state, tasksDone })),
      [{ id: 1, state: 'busy', tasksDone: 0 }],
    );
    gate.open();
    await Promise.allSettled([running, waiting, failing]);
    const { done, failed, cancelled, lost, retried, workersStarted, workersLost } = pool.stats();
    assert.deepEqual(
      { done, failed, cancelled, lost, retried, workersStarted, workersLost },
      { done: 2, failed: 1, cancelled: 1, lost: 0, retried: 0, workersStarted: 1, workersLost: 0 },
    );
    assert.deepEqual(
      pool.workers.map(({ state, tasksDone }) => [state, tasksDone]),
      [['idle', 3]],
    );
  });
}

function testInitializer(subject: Subject): void {
  contractTest(subject, 'the initializer runs once in a worker, before its tasks, with its arguments', async (open) => {
    const pool = open({
      maxWorkers: 1,
      initializer: async (a: number, b: number) => {
        const holder = globalThis as { initialized?: number[][] };
        await undefined;
        holder.initialized = [...(holder.initialized ?? []), [a, b]];
      },
      initializerArgs: [1, 2],
    });
    const read = (): unknown => (globalThis as { initialized?: number[][] }).initialized;
    assert.deepEqual(await pool.submit(read), [[1, 2]]);
    assert.deepEqual(await pool.submit(read), [[1, 2]]);
    delete (globalThis as { initialized?: number[][] }).initialized;
  });

  contractTest(
    subject,
    'an initializer that fails carries its reason to every future, and breaks the pool',
    async (open) => {
      const pool = open({
        maxWorkers: 2,
        initializer: () => {
          throw new RangeError('no licence');
        },
      });
      const futures = [pool.submit(() => 1), pool.submit(() => 2)];
      for (const error of await Promise.all(futures.map((future) => future.exception()))) {
        assert.ok(error instanceof InitializerError, String(error));
        assert.match(error.message, /no licence/);
        assert.ok(error.cause instanceof RangeError);
      }
      assert.equal(pool.state, 'broken');
      await assert.rejects(
        pool.submit(() => 3),
        InitializerError,
      );
      await pool.shutdown();
      assert.equal(pool.state, 'broken');
    },
  );
}
