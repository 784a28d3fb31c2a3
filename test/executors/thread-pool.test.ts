import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MessagePort, threadId } from 'node:worker_threads';
import {
  InitializerError,
  InlineExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  SerializationError,
  ShutdownExecutorError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

function makePool(options?: PoolOptions): ThreadPoolExecutor {
  return new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore', ...options });
}

poolTest('tasks run in other threads of this process', async ({ use }) => {
  const pool = use(makePool());
  const where = await pool.submit(() => {
    const { threadId: id, isMainThread } = process.getBuiltinModule('node:worker_threads');
    return { pid: process.pid, id, isMainThread };
  });
  assert.deepEqual(where, { pid: process.pid, id: pool.workers[0]?.threadId, isMainThread: false });
  assert.notEqual(where.id, threadId);
});

poolTest('a thread that exits costs its task, which says which thread it was', async ({ use }) => {
  const pool = use(makePool());
  const lost = pool.submit(() => process.exit(3));
  const next = pool.submit(() => 'next');
  await assert.rejects(lost, (error: unknown) => {
    assert.ok(error instanceof TerminatedWorkerError);
    assert.match(error.message, /worker \(thread \d+\) exited with code 3/);
    assert.equal(error.exitCode, 3);
    assert.equal(error.pid, undefined);
    assert.ok((error.rssBytes ?? 0) > 1_000_000);
    return true;
  });
  assert.equal(await next, 'next');
});

poolTest('an endless loop is ended when its time is over, and the pool works', async ({ use }) => {
  const pool = use(makePool());
  const endless = pool.withOptions({ timeoutMs: 50 }).submit(() => {
    for (;;);
  });
  await assert.rejects(endless, { name: 'TimeoutError' });
  assert.equal(await pool.submit(() => 'next'), 'next');
});

poolTest('host and threads see the same shared memory', async ({ use }) => {
  const pool = use(makePool({ maxWorkers: 2 }));
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const add = (cell: Int32Array, times: number) => {
    for (let time = 0; time < times; time += 1) Atomics.add(cell, 0, 1);
    return cell;
  };
  const [first] = await Promise.all([1, 2, 3, 4].map(() => pool.submit(add, counter, 1000)));
  assert.equal(Atomics.load(counter, 0), 4000);
  Atomics.store(first as Int32Array, 0, 7);
  assert.equal(counter[0], 7);
});

poolTest('shared memory goes to the initializer, and comes back as progress and as a thrown value', async ({ use }) => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const pool = use(
    makePool({
      initializer: (given: Int32Array) => {
        Object.assign(globalThis, { given });
      },
      initializerArgs: [cell],
    }),
  );
  const future = pool.submit(async () => {
    const { currentTask } = await import('tardigrade/worker');
    const { given } = globalThis as unknown as { given: Int32Array };
    currentTask()?.reportProgress(given);
    throw given;
  });
  const reports: unknown[] = [];
  const listening = (async () => {
    for await (const report of future.progress) reports.push(report);
  })();
  const thrown = (await future.exception()) as unknown as Int32Array;
  await listening.catch(() => {});
  cell[0] = 5;
  assert.deepEqual([thrown[0], (reports[0] as Int32Array)[0]], [5, 5]);
});

poolTest('memory that is transferred is moved there, and gone here', async ({ use }) => {
  const pool = use(makePool());
  const memory = new ArrayBuffer(10_000_000);
  new Uint8Array(memory).fill(3);
  const future = pool
    .withOptions({ transfer: [memory] })
    .submit((bytes: Uint8Array, name: string) => `${name} ${bytes.length} ${bytes[9]}`, new Uint8Array(memory), 'n');
  assert.equal(memory.byteLength, 0);
  assert.equal(await future, 'n 10000000 3');
});

poolTest('a port that is transferred works in the thread', async ({ use }) => {
  const pool = use(makePool());
  const { port1, port2 } = new MessageChannel() as unknown as { port1: MessagePort; port2: MessagePort };
  const heard = new Promise((resolve) => port2.once('message', resolve));
  const send = (port: MessagePort) => port.postMessage('from the thread');
  await pool.withOptions({ transfer: [port1] }).submit(send, port1);
  assert.equal(await heard, 'from the thread');
  port2.close();
});

poolTest('a task with transferred memory that had not begun when its thread died runs on another', async ({ use }) => {
  const pool = use(makePool());
  // So that the worker is known to take short tasks in advance.
  await Promise.all(Array.from({ length: 50 }, () => pool.submit(() => 1)));
  const lost = pool.submit(() => process.exit(1));
  const memories = Array.from({ length: 20 }, (_, index) => new Uint8Array(1000).fill(index));
  const sums = memories.map((memory) =>
    pool
      .withOptions({ transfer: [memory.buffer] })
      .submit((bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0), memory),
  );
  await assert.rejects(lost, TerminatedWorkerError);
  assert.deepEqual(
    await Promise.all(sums),
    memories.map((_, index) => 1000 * index),
  );
});

poolTest('a task that may be retried finds its transferred memory again', async ({ use }) => {
  const pool = use(makePool());
  const memory = new Uint8Array([1, 2, 3]);
  const future = pool.withOptions({ transfer: [memory.buffer], retries: 1 }).submit(async (bytes: Uint8Array) => {
    const { currentTask } = await import('tardigrade/worker');
    if (currentTask()?.attempt === 1) {
      bytes.fill(9);
      process.exit(1);
    }
    return [...bytes];
  }, memory);
  assert.equal(memory.length, 0);
  assert.deepEqual(await future, [1, 2, 3]);
});

poolTest('what is to be transferred stays here when the call is refused', async ({ use }) => {
  const pool = use(makePool());
  const memory = new ArrayBuffer(8);
  const send = pool.withOptions({ transfer: [memory], signal: AbortSignal.abort() });
  await assert.rejects(
    send.submit((given: ArrayBuffer) => given, memory),
    { name: 'AbortError' },
  );
  assert.equal(memory.byteLength, 8);
  await pool.shutdown();
  const closed = pool.withOptions({ transfer: [memory] });
  await assert.rejects(
    closed.submit((given: ArrayBuffer) => given, memory),
    ShutdownExecutorError,
  );
  assert.equal(memory.byteLength, 8);
});

poolTest('what cannot be transferred fails its own task', async ({ use }) => {
  const pool = use(makePool());
  const given = new Date();
  const future = pool.withOptions({ transfer: [given] }).submit((value: unknown) => value, given);
  await assert.rejects(future, SerializationError);
  assert.equal(await pool.submit(() => 'next'), 'next');
});

test('transfer is refused where nothing can be transferred, and for what never can', async () => {
  const pools = [new ProcessPoolExecutor({ maxWorkers: 1 }), new InlineExecutor()];
  for (const pool of pools) {
    assert.throws(() => pool.withOptions({ transfer: [new ArrayBuffer(1)] }), {
      name: 'TypeError',
      message: /options\.transfer is for a ThreadPoolExecutor/,
    });
    await pool.shutdown();
  }
  const pool = new ThreadPoolExecutor();
  for (const wrong of [new Uint8Array(1), new SharedArrayBuffer(1), {}, [], 7]) {
    assert.throws(() => pool.withOptions({ transfer: [wrong as object] }), {
      name: 'TypeError',
      message: /options\.transfer\[0\]/,
    });
  }
  await pool.shutdown();
});

poolTest('threads get the environment that they are given, and a depth', async ({ use }) => {
  const pool = use(makePool({ env: { OWN: 'yes', HOME: undefined } }));
  const env = await pool.submit(() => [process.env.OWN, process.env.HOME, process.env.TARDIGRADE_DEPTH]);
  assert.deepEqual(env, ['yes', undefined, '1']);
});

poolTest('the heap limit of a thread costs its task, and no other', async ({ use }) => {
  const pool = use(makePool({ resourceLimits: { maxOldGenerationSizeMb: 24 } }));
  const greedy = pool.submit(() => {
    const kept: unknown[] = [];
    for (;;) kept.push({ more: [kept.length] });
  });
  await assert.rejects(greedy, /ran out of memory: its heap reached its limit/);
  assert.equal(await pool.submit(() => 'next'), 'next');
});

poolTest('a failing initializer breaks the pool, with its reason', async ({ use }) => {
  const pool = use(
    makePool({
      initializer: () => {
        throw new RangeError('not today');
      },
    }),
  );
  await assert.rejects(
    pool.submit(() => 1),
    (error: unknown) => error instanceof InitializerError && (error.cause as Error).message === 'not today',
  );
});

poolTest('threads that cannot start break the pool with the reason', async ({ use }) => {
  const pool = use(makePool({ execArgv: ['--max-old-space-size=64'] }));
  await assert.rejects(
    pool.submit(() => 1),
    { name: 'BrokenExecutorError', message: /invalid execArgv flags: --max-old-space-size=64/ },
  );
});

poolTest('a thread whose heap has grown too much is replaced', async ({ use }) => {
  const pool = use(makePool({ maxMemoryGrowthBytes: 20 * 1024 * 1024 }));
  const grow = () => {
    const here = globalThis as { kept?: unknown[] };
    here.kept ??= [];
    for (let count = 0; count < 300_000; count += 1) here.kept.push([count]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  };
  while (pool.stats().workersStarted < 2) await pool.submit(grow);
  assert.equal(pool.stats().lost, 0);
});
