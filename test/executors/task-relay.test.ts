import assert from 'node:assert/strict';
import {
  CancelledError,
  type Executor,
  ProcessPoolExecutor,
  RecursionDepthError,
  ShutdownExecutorError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

/** Task: a Fibonacci number, by tasks of the same pool. */
async function fibonacci(pool: Executor, n: number): Promise<number> {
  if (n < 2) return n;
  const parts = await Promise.all([pool.submit(fibonacci, pool, n - 1), pool.submit(fibonacci, pool, n - 2)]);
  return parts[0] + parts[1];
}

for (const [kind, Pool] of [
  ['process', ProcessPoolExecutor],
  ['thread', ThreadPoolExecutor],
] as const) {
  poolTest(`tasks of a ${kind} pool of one wait for tasks of the same pool, three levels deep`, async ({ use }) => {
    const pool = use(new Pool({ maxWorkers: 1 }));
    assert.equal(await pool.submit(fibonacci, pool, 4), 3);
  });

  poolTest(`every worker of a ${kind} pool waits for tasks of the same pool at once`, async ({ use }) => {
    const pool: Executor = use(new Pool({ maxWorkers: 2 }));
    const futures = [1, 2, 3, 4].map((n) =>
      pool.submit(async (m: number) => (await pool.submit((k: number) => k * k, m)) + 1, n),
    );
    assert.deepEqual(await Promise.all(futures), [2, 5, 10, 17]);
  });
}

poolTest('a task maps over its own pool, with its options, and gets errors and progress', async ({ open }) => {
  const pool = open({ maxWorkers: 2 });
  const seen = await pool.submit(async (own: Executor) => {
    const squares = await own
      .withOptions({ priority: 2, name: 'inner' })
      .map((n: number) => n * n, [1, 2, 3])
      .toArray();
    const failed = own.submit(() => {
      throw new RangeError('inner');
    });
    const error = await failed.exception();
    const talker = own.submit(async () => {
      const { currentTask } = await import('tardigrade/worker');
      currentTask()?.reportProgress('half');
      return currentTask()?.depth;
    });
    const progress: unknown[] = [];
    for await (const value of talker.progress) progress.push(value);
    return { squares, error: [(error as Error).name, (error as Error).message], progress, depth: await talker };
  }, pool as Executor);
  assert.deepEqual(seen, { squares: [1, 4, 9], error: ['RangeError', 'inner'], progress: ['half'], depth: 1 });
});

poolTest('a task of one pool submits to another', async ({ open, use }) => {
  const threads: Executor = use(new ThreadPoolExecutor({ maxWorkers: 1 }));
  const answer = await open().submit(async () => [process.pid, await threads.submit(() => process.pid)]);
  assert.equal(answer[1], process.pid);
  assert.notEqual(answer[0], process.pid);
});

poolTest('a task that crashes costs itself: what waits for it is told', async ({ open }) => {
  const pool = open();
  const told = await pool.submit(async (own: Executor) => {
    const error = await own.submit(() => process.kill(process.pid, 'SIGKILL')).exception();
    return (error as Error).name;
  }, pool as Executor);
  assert.equal(told, 'TerminatedWorkerError');
});

poolTest('when a task that has submitted others crashes, what has not begun never does', async ({ open }) => {
  const pool = open();
  const crashed = pool.submit(async (own: Executor) => {
    for (let n = 0; n < 20; n += 1) own.submit((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)), 5);
    await own.submit(() => 1);
    process.exit(3);
  }, pool as Executor);
  await assert.rejects(crashed.result(), TerminatedWorkerError);
  await pool.shutdown();
  const { submitted, done, cancelled, lost } = pool.stats();
  assert.deepEqual([submitted, lost, done + cancelled], [22, 1, 21]);
});

poolTest('tasks may still submit to their pool while it finishes what it has', async ({ open }) => {
  const pool = open();
  const answer = pool.submit(fibonacci, pool as Executor, 3);
  await pool.shutdown();
  assert.equal(await answer, 2);
  const other = open();
  const refused = other.submit(
    async (closed: Executor) => ((await closed.submit(() => 1).exception()) as Error).name,
    pool as Executor,
  );
  assert.equal(await refused, ShutdownExecutorError.name);
});

poolTest('tasks that wait for tasks are as deep as TARDIGRADE_MAX_DEPTH at most', async ({ open }) => {
  const pool = open();
  async function sink(own: Executor, depth: number): Promise<number> {
    try {
      return await own.submit(sink, own, depth + 1);
    } catch (error) {
      if ((error as Error).name !== 'RecursionDepthError') throw error;
      return depth;
    }
  }
  process.env.TARDIGRADE_MAX_DEPTH = '3';
  try {
    assert.equal(await pool.submit(sink, pool as Executor, 0), 3);
  } finally {
    delete process.env.TARDIGRADE_MAX_DEPTH;
  }
  assert.equal(new RecursionDepthError('').name, 'RecursionDepthError');
});

poolTest('a task cancels what it has submitted', async ({ open }) => {
  const pool = open();
  const seen = await pool.submit(async (own: Executor) => {
    const busy = own.submit(() => new Promise((resolve) => setTimeout(resolve, 50)));
    const queued = own.submit(() => 1);
    const wasCancelled = queued.cancel();
    const error = await queued.exception().catch((reason: Error) => reason);
    await busy;
    return [wasCancelled, (error as Error).name, own.state];
  }, pool as Executor);
  assert.deepEqual(seen, [true, new CancelledError('').name, 'open']);
});

poolTest('the worker that stood in leaves, and the pool is as large as before', async ({ open }) => {
  const pool = open();
  await pool.submit(fibonacci, pool as Executor, 2);
  while (pool.workers.length > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await pool.submit(() => 1), 1);
});

poolTest('large answers of tasks reach the task that waits for them', async ({ open, use }) => {
  for (const pool of [open(), use(new ThreadPoolExecutor({ maxWorkers: 1 }))]) {
    const sum = await pool.submit(async (own: Executor) => {
      const large = new Uint8Array(300_000).fill(1);
      const back = await own.submit((bytes: Uint8Array) => bytes.map((byte) => byte + 1), large);
      return [back.length, back[299_999], large[0]];
    }, pool as Executor);
    assert.deepEqual(sum, [300_000, 2, 1]);
  }
});
