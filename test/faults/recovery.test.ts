/**
 * What a pool does around a fault, on both kinds of workers: shutting down meanwhile, cancelling beside it, going on after it.
 */

import assert from 'node:assert/strict';
import { pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import {
  CancelledError,
  type Future,
  ProcessPoolExecutor,
  SerializationError,
  ShutdownExecutorError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { commit, echo, giveTrapForReader, hasHappened, TrapForReader, trapForWriter } from '../support/faults.js';
import { createGate, passGate, until } from '../support/gate.js';
import { type AnyPool, createMarker } from '../support/matrix/stages.js';
import { poolTest } from '../support/pools.js';

const KINDS: Readonly<Record<string, (maxWorkers: number) => AnyPool>> = {
  processes: (maxWorkers) => new ProcessPoolExecutor({ maxWorkers, stdio: 'ignore' }),
  threads: (maxWorkers) => new ThreadPoolExecutor({ maxWorkers, stdio: 'ignore' }),
};

/** Task: ends its worker once a gate is open. */
const exitBehindGate = async (path: string, code: number): Promise<never> => {
  await passGate(path, 0);
  return process.exit(code);
};

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(
    `${kind}: a worker that dies while the pool shuts down costs its task, and shutdown ends (faults 36, faults 45)`,
    async ({ use }) => {
      const pool = use(make(2));
      using gate = createGate();
      const dying = [1, 2].map((code) => pool.submit(exitBehindGate, gate.path, code));
      const behind = pool.submit(echo, 'behind');
      await until(() => dying.every((future) => future.running()));
      // Whichever is lost first, somebody listens.
      const errors = Promise.all(dying.map((future) => future.exception()));
      const ended = pool.shutdown();
      assert.equal(pool.state, 'draining');
      gate.open();
      for (const error of await errors) assert.ok(error instanceof TerminatedWorkerError);
      assert.equal(await behind, 'behind');
      await ended;
      assert.equal(pool.state, 'closed');
    },
  );

  poolTest(
    `${kind}: queued tasks that are cancelled do not disturb what a crash does to the rest (faults 262, trap b)`,
    async ({ use }) => {
      for (const killWorkers of [false, true]) {
        const pool = use(make(1));
        using gate = createGate();
        const dying = pool.submit(exitBehindGate, gate.path, 1);
        const queued = [1, 2, 3, 4].map((value) => pool.submit(echo, value));
        await until(() => dying.running());
        for (const future of queued.slice(0, 2)) assert.equal(future.cancel(), true);
        // The error of a cancelled future is thrown, as in Python.
        const errorOf = (future: Future<unknown>) => future.exception().catch((error: unknown) => error);
        const errors = Promise.all([dying, ...queued].map(errorOf));
        if (killWorkers) await pool.shutdown({ killWorkers });
        else gate.open();
        const [lost, ...rest] = await errors;
        assert.ok(lost instanceof (killWorkers ? ShutdownExecutorError : TerminatedWorkerError), String(lost));
        for (const error of rest.slice(0, 2)) assert.ok(error instanceof CancelledError);
        for (const error of rest.slice(2))
          assert.ok(killWorkers ? error instanceof ShutdownExecutorError : error === null);
      }
    },
  );

  poolTest(`${kind}: a pool whose last tasks are all cancelled shuts down (faults 159, trap a)`, async ({ use }) => {
    const pool = use(make(1));
    using gate = createGate();
    const running = pool.submit(passGate, gate.path, 'done');
    await until(() => running.running());
    const queued = [1, 2, 3].map((value) => pool.submit(echo, value));
    for (const future of queued) {
      future.catch(() => {});
      assert.equal(future.cancel(), true);
    }
    const ended = pool.shutdown();
    gate.open();
    await ended;
    assert.equal(await running, 'done');
  });

  poolTest(
    `${kind}: what fails while it is read is told with its type and message, and is the cause (faults 43)`,
    async ({ use }) => {
      const pool = use(make(1));
      const errors = [
        await pool.submit(echo, new TrapForReader('throw')).exception(),
        await pool.submit(giveTrapForReader, 'throw').exception(),
      ];
      for (const error of errors) {
        assert.ok(error instanceof SerializationError, String(error));
        assert.match(error.message, /RangeError: thrown on purpose/);
        assert.ok(error.cause instanceof RangeError);
        assert.equal(error.cause.message, 'thrown on purpose');
      }
    },
  );

  poolTest(
    `${kind}: a hundred tasks can be submitted while the host gives way to nothing (faults 35)`,
    async ({ use }) => {
      const pool = use(make(2));
      await pool.submit(echo, 'started');
      const cell = new Int32Array(new SharedArrayBuffer(4));
      const futures = Array.from({ length: 100 }, (_, value) => {
        Atomics.wait(cell, 0, 0, 5);
        return pool.submit(echo, value);
      });
      assert.deepEqual(
        await Promise.all(futures),
        futures.map((_, value) => value),
      );
    },
  );

  poolTest(`${kind}: native thread pools work in the host and in workers at once (faults 44)`, async ({ use }) => {
    const pool = use(make(2));
    const derive = promisify(pbkdf2);
    const expected = pbkdf2Sync('word', 'salt', 1000, 32, 'sha256').toString('hex');
    const task = async (): Promise<string> => {
      const crypto = process.getBuiltinModule('node:crypto');
      const later = process.getBuiltinModule('node:util').promisify(crypto.pbkdf2);
      return (await later('word', 'salt', 1000, 32, 'sha256')).toString('hex');
    };
    const inHost = [1, 2, 3, 4].map(async () => (await derive('word', 'salt', 1000, 32, 'sha256')).toString('hex'));
    const inWorkers = [1, 2, 3, 4].map(() => pool.submit(task));
    for (const result of await Promise.all([...inHost, ...inWorkers])) assert.equal(result, expected);
  });

  poolTest(
    `${kind}: a worker that ends right after its answer costs neither that nor the next task (faults 48)`,
    async ({ use }) => {
      const pool = use(make(1));
      using marker = createMarker();
      const answered = await pool.submit((path: string) => {
        setImmediate(() => {
          process.getBuiltinModule('node:fs').writeFileSync(path, '');
          process.exit(0);
        });
        return 'answered';
      }, marker.path);
      assert.equal(answered, 'answered');
      // A task that had begun before it would be lost with the worker: nobody could tell what it had done.
      await until(() => hasHappened(marker.path));
      assert.equal(await pool.submit(echo, 'next'), 'next');
      assert.equal(pool.stats().lost, 0);
    },
  );

  poolTest(
    `${kind}: a pool that is shut down while a task cannot be written ends, awaited or not (faults 89)`,
    async ({ use }) => {
      const pool = use(make(2));
      const failing = [1, 2, 3].map(() => pool.submit(echo, trapForWriter('throw')));
      const ended = pool.shutdown();
      const errors = await Promise.all(failing.map((future) => future.exception()));
      for (const error of errors) assert.ok(error instanceof SerializationError);
      await ended;
      assert.equal(pool.state, 'closed');
    },
  );

  poolTest(`${kind}: ending what is dead, idle, broken or never began is no error (faults 179)`, async ({ use }) => {
    await use(make(2)).shutdown({ killWorkers: true });
    const dead = use(make(1));
    const lost = dead.submit(commit, 'exit n').exception();
    assert.ok((await lost) instanceof TerminatedWorkerError);
    await dead.shutdown({ killWorkers: true });
    await dead.shutdown({ killWorkers: true });
    const broken = use(
      kind === 'threads'
        ? new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore', onWorkerLost: 'break-pool' })
        : new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore', onWorkerLost: 'break-pool' }),
    );
    await broken.submit(commit, 'exit n').exception();
    assert.equal(broken.state, 'broken');
    await broken.shutdown({ killWorkers: true });
  });

  poolTest(
    `${kind}: killing the workers fails what runs and what waits, and closes the pool (faults 178)`,
    async ({ use }) => {
      const pool = use(make(1));
      using gate = createGate();
      const running = pool.submit(passGate, gate.path, 'never');
      const waiting = pool.submit(echo, 'never');
      await until(() => running.running());
      const errors = Promise.all([running.exception(), waiting.exception()]);
      await pool.shutdown({ killWorkers: true });
      for (const error of await errors) assert.ok(error instanceof ShutdownExecutorError, String(error));
      await assert.rejects(pool.submit(echo, 'later').result(), ShutdownExecutorError);
      assert.deepEqual(pool.workers, []);
    },
  );

  poolTest(`${kind}: what is asked of a pool that has ended changes nothing (faults 260)`, async ({ use }) => {
    const pool = use(make(1));
    const done = pool.submit(echo, 'done');
    const controller = new AbortController();
    const watched = pool.withOptions({ signal: controller.signal }).submit(echo, 'watched');
    await pool.shutdown();
    assert.equal(done.cancel(), false);
    controller.abort();
    pool.resize(3);
    await pool.shutdown({ killWorkers: true, cancelPending: true, timeoutMs: 1 });
    assert.deepEqual(await Promise.all([done, watched]), ['done', 'watched']);
    assert.deepEqual([pool.state, pool.workers], ['closed', []]);
  });
}

poolTest('resizing while idle workers leave loses nothing (faults 258)', async ({ use }) => {
  for (const idle of [0, 1, 5]) {
    const pool = use(new ThreadPoolExecutor({ maxWorkers: 2, idleTimeoutMs: idle, stdio: 'ignore' }));
    for (const size of [4, 1, 3, 2, 1, 4]) {
      pool.resize(size);
      const futures = Array.from({ length: 5 }, (_, value) => pool.submit(echo, value));
      assert.deepEqual(await Promise.all(futures), [0, 1, 2, 3, 4]);
    }
  }
});

poolTest(
  'workers that others end, by several signals, while the pool kills them are gone (faults 256)',
  async ({ use }) => {
    const pool = use(new ProcessPoolExecutor({ maxWorkers: 3, stdio: 'ignore' }));
    using gate = createGate();
    const running = [1, 2, 3].map((value) => pool.submit(passGate, gate.path, value));
    await until(() => running.every((future) => future.running()));
    const errors = Promise.all(running.map((future) => future.exception()));
    const [first, second] = pool.workers.map(({ pid }) => pid as number);
    process.kill(first as number, 'SIGTERM');
    process.kill(second as number, 'SIGKILL');
    await pool.shutdown({ killWorkers: true });
    for (const error of await errors) {
      assert.ok(error instanceof ShutdownExecutorError || error instanceof TerminatedWorkerError, String(error));
    }
  },
);

poolTest(
  'an idle worker that the system kills, as when memory is short, costs nothing (faults 268, trap i)',
  async ({ use }) => {
    const pool = use(new ProcessPoolExecutor({ maxWorkers: 2, stdio: 'ignore' }));
    for (let round = 0; round < 3; round += 1) {
      const pid = await pool.submit(() => process.pid);
      process.kill(pid, 'SIGKILL');
      assert.notEqual(await pool.submit(() => process.pid), pid);
    }
    assert.deepEqual([pool.stats().lost, pool.state], [0, 'open']);
  },
);

poolTest('bad options of a shutdown fail at the call, and the pool stays open (faults 180)', async ({ open }) => {
  const pool = open();
  for (const options of [{ killWorkers: 1 }, { timeoutMs: -1 }, { wait: true }, 'now'] as unknown as object[]) {
    await assert.rejects(async () => pool.shutdown(options), { code: 'ERR_TARDIGRADE_INVALID_OPTION' });
  }
  assert.equal(pool.state, 'open');
});

poolTest('what a task was given is free once it is over, in its worker too (faults 174)', async ({ use }) => {
  const pool = use(new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore', execArgv: ['--expose-gc'] }));
  type Kept = typeof globalThis & { kept?: WeakRef<object>; gc(): void };
  const keep = (value: object): void => {
    (globalThis as Kept).kept = new WeakRef(value);
  };
  await pool.submit(keep, { large: new Array(1000).fill(1) });
  const isFree = async (): Promise<boolean> => {
    // A reference keeps its object until the end of a turn.
    await new Promise(setImmediate);
    (globalThis as Kept).gc();
    return (globalThis as Kept).kept?.deref() === undefined;
  };
  while (!(await pool.submit(isFree))) await new Promise(setImmediate);
});
