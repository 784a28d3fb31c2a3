/**
 * Pools under pressure: large arguments, long queues, a host that is blocked, tasks that hold up others.
 */

import assert from 'node:assert/strict';
import { type Future, type ProcessPoolExecutor, ShutdownExecutorError, TerminatedWorkerError } from 'tardigrade';
import { readHeldBytes } from '../futures/collect-garbage.js';
import { createGate, passGate, passGateBlocking, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const MEGABYTE = 1024 * 1024;
const dieWith = (bytes: Uint8Array): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error(`survived ${bytes.length}`);
};

for (const maxWorkers of [1, 2]) {
  poolTest(
    `workers that die while large arguments are written to them do not block the writer, in a pool of ${maxWorkers} (faults 34, faults 253)`,
    async ({ open }) => {
      const pool = open({ maxWorkers });
      const large = new Uint8Array(4 * MEGABYTE).fill(1);
      const dying = Array.from({ length: 6 }, () => pool.submit(dieWith, large).exception());
      const living = pool.submit((bytes: Uint8Array) => bytes.length, large);
      for (const error of await Promise.all(dying)) assert.ok(error instanceof TerminatedWorkerError);
      assert.equal(await living, large.length);
    },
  );
}

poolTest(
  'a worker that is killed in the middle of a large argument costs nothing: the task had not begun (faults 253)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    const pid = await pool.submit(() => process.pid);
    // A stopped worker does not read, so most of the argument is still on its way when it dies.
    process.kill(pid, 'SIGSTOP');
    const future = pool.submit((bytes: Uint8Array) => bytes.length, new Uint8Array(8 * MEGABYTE));
    await new Promise(setImmediate);
    process.kill(pid, 'SIGKILL');
    assert.equal(await future, 8 * MEGABYTE);
    assert.deepEqual([pool.stats().lost, pool.stats().workersLost], [0, 1]);
  },
);

poolTest(
  'a worker that is killed in the middle of a large result is told by the signal, not as garbage',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    const future = pool.submit((size: number) => new Uint8Array(size), 64 * MEGABYTE);
    await until(() => future.running());
    process.kill(pool.workers[0]?.pid as number, 'SIGKILL');
    const error = await future.exception();
    // It may have been quicker than the signal.
    if (error !== null) assert.match((error as Error).message, /signal SIGKILL/);
    assert.equal(await pool.submit(() => 'next'), 'next');
  },
);

poolTest('shutdown of a full pool whose workers are all dead ends (faults 254)', async ({ open }) => {
  const pool = open({ maxWorkers: 2, maxQueue: 100 });
  using gate = createGate();
  const running = [pool.submit(passGate, gate.path, 1), pool.submit(passGate, gate.path, 2)];
  await until(() => running.every((future) => future.running()));
  const waiting = Array.from({ length: 100 }, (_, index) => pool.submit((n: number) => n, index));
  const errors = Promise.all(running.map((future) => future.exception()));
  for (const { pid } of pool.workers) process.kill(pid as number, 'SIGKILL');
  const ended = pool.shutdown();
  for (const error of await errors) assert.ok(error instanceof TerminatedWorkerError);
  assert.deepEqual(
    await Promise.all(waiting),
    waiting.map((_, index) => index),
  );
  await ended;
});

poolTest('a host that is blocked while workers crash and answer catches up (faults 274)', async ({ open }) => {
  const pool = open({ maxWorkers: 2 });
  await Promise.all([pool.submit(() => 1), pool.submit(() => 2)]);
  const futures = [
    pool.submit(() => process.exit(5)),
    pool.submit(() => 'answered'),
    pool.submit(() => 'waiting'),
    pool.submit(() => 'waiting too'),
  ];
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
  const [lost, ...answers] = await Promise.allSettled(futures);
  assert.ok(lost?.status === 'rejected' && lost.reason instanceof TerminatedWorkerError);
  assert.deepEqual(
    answers.map((answer) => (answer as PromiseFulfilledResult<string>).value),
    ['answered', 'waiting', 'waiting too'],
  );
});

poolTest(
  '100,000 queued submissions stay here, in bounded memory, and can be cancelled (faults 282, trap j)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    using gate = createGate();
    const first = pool.submit(passGateBlocking, gate.path, 1);
    await until(() => first.running());
    const before = readHeldBytes();
    const identity = (n: number): number => n;
    const futures: Future<number>[] = [];
    for (let n = 0; n < 100_000; n += 1) futures.push(pool.submit(identity, n));
    const grownBytes = readHeldBytes() - before;
    assert.ok(grownBytes < 250 * MEGABYTE, `${Math.round(grownBytes / MEGABYTE)} MB for 100,000 tasks`);
    for (const future of futures.slice(1000)) {
      future.catch(() => {});
      assert.equal(future.cancel(), true);
    }
    gate.open();
    assert.equal(await first, 1);
    assert.deepEqual(
      await Promise.all(futures.slice(0, 1000)),
      Array.from({ length: 1000 }, (_, n) => n),
    );
    assert.equal(pool.stats().cancelled, 99_000);
  },
);

/** Teaches a pool that tasks are short, so that its workers hold several. */
async function warmUp(pool: ProcessPoolExecutor): Promise<void> {
  await pool
    .map(
      (n: number) => n,
      Array.from({ length: 300 }, (_, n) => n),
      { bufferSize: 300 },
    )
    .toArray();
}

poolTest('after many tiny tasks, one that blocks its worker does not delay those behind it', async ({ open }) => {
  const pool = open({ maxWorkers: 2 });
  await warmUp(pool);
  using gate = createGate();
  const blocker = pool.submit(passGateBlocking, gate.path, 'blocked');
  const behind = Array.from({ length: 50 }, (_, index) => pool.submit((n: number) => n, index));
  assert.deepEqual(
    await Promise.all(behind),
    behind.map((_, index) => index),
  );
  await until(() => blocker.running());
  gate.open();
  assert.equal(await blocker, 'blocked');
});

poolTest(
  'after many tiny tasks, what is held behind blocking ones gives way to a higher priority',
  async ({ open }) => {
    const pool = open({ maxWorkers: 2 });
    await warmUp(pool);
    using gate = createGate();
    // It stays closed until all others are done: what the two workers do at once has no order.
    using other = createGate();
    const order: string[] = [];
    const note = <T>(name: string, future: Future<T>): Future<T> => {
      future.addDoneCallback(() => order.push(name));
      return future;
    };
    const blockers = [pool.submit(passGateBlocking, gate.path, 1), pool.submit(passGateBlocking, other.path, 2)];
    const low = Array.from({ length: 20 }, (_, index) =>
      note(
        `low ${index}`,
        pool.submit(() => 'low'),
      ),
    );
    const high = note(
      'high',
      pool.withOptions({ priority: 1 }).submit(() => 'high'),
    );
    await until(() => blockers.every((future) => future.running()));
    gate.open();
    await Promise.all([...low, high]);
    other.open();
    await Promise.all(blockers);
    assert.equal(order[0], 'high', order.join());
  },
);

poolTest(
  'after many tiny tasks, one that is held behind a blocking one can be cancelled, and never runs',
  async ({ open }) => {
    const pool = open({ maxWorkers: 1 });
    await warmUp(pool);
    using gate = createGate();
    const blocker = pool.submit(passGateBlocking, gate.path, 'blocked');
    const count = (): number => {
      const counter = globalThis as { ran?: number };
      counter.ran = (counter.ran ?? 0) + 1;
      return counter.ran;
    };
    const held = Array.from({ length: 10 }, () => pool.submit(count));
    await until(() => blocker.running());
    const cancelled = held.filter((_, index) => index % 2 === 0);
    for (const future of cancelled) assert.equal(future.cancel(), true);
    for (const future of cancelled) await assert.rejects(future, { name: 'AbortError' });
    gate.open();
    await Promise.all(held.filter((future) => !future.cancelled()));
    assert.equal(await pool.submit(count), 6);
  },
);

poolTest('a grandchild that holds the output of a dead worker delays nothing (faults 271)', async ({ open }) => {
  const pool = open({ maxWorkers: 1, stdio: 'pipe' });
  const error = await pool
    .submit(() => {
      const { spawn } = process.getBuiltinModule('node:child_process');
      // In a session of its own, so that it outlives the worker and its group.
      const child = spawn('sleep', ['1000'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
      process.stderr.write(`${child.pid}\n`, () => process.exit(6));
      return new Promise(() => {});
    })
    .exception();
  assert.ok(error instanceof TerminatedWorkerError, String(error));
  assert.equal(error.exitCode, 6);
  assert.equal(await pool.submit(() => 'next'), 'next');
  process.kill(Number(error.stderr), 'SIGKILL');
});

poolTest('shutdown with killWorkers ends what the workers have started, too (faults 91)', async ({ open }) => {
  const pool = open({ maxWorkers: 1 });
  const future = pool.submit(() => {
    process.getBuiltinModule('node:child_process').spawn('sleep', ['1000'], { stdio: 'ignore' });
    return new Promise(() => {});
  });
  await until(() => future.running());
  await Promise.all([assert.rejects(future, ShutdownExecutorError), pool.shutdown({ killWorkers: true })]);
});
