/**
 * Tests that use a pool. After each of them every pool that it opened is shut down, within its limit, and no process,
 * handle or temporary file is left.
 */

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { type Executor, type PoolOptions, ProcessPoolExecutor, type WorkerInfo } from 'tardigrade';
import { excuseProcesses, findLeftovers, lookAround } from './leftovers.js';

/** Ten seconds are more than enough on an idle machine; the rest is for a busy one. */
const SHUTDOWN_LIMIT_MS = 60_000;
/** A test that hangs names itself, long before the file's own deadline. */
const TEST_LIMIT_MS = 300_000;

/** What a test gets. */
export interface PoolTest {
  /** Makes a process pool that is shut down after the test. Its workers' output is dropped unless asked for. */
  open(options?: PoolOptions): ProcessPoolExecutor;
  /** Sees to it that an executor is shut down after the test. */
  use<E extends Executor>(executor: E): E;
  readonly context: TestContext;
}

async function shutDown(executor: Executor): Promise<void> {
  const startMs = performance.now();
  await executor.shutdown();
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < SHUTDOWN_LIMIT_MS, `shutdown took ${tookMs} ms`);
}

/** A test that uses pools of its own. */
export function poolTest(title: string, run: (pools: PoolTest) => unknown): void {
  void test(title, { timeout: TEST_LIMIT_MS }, async (context) => {
    const before = lookAround();
    const opened: Executor[] = [];
    const use = <E extends Executor>(executor: E): E => {
      opened.push(executor);
      return executor;
    };
    const open = (options?: PoolOptions): ProcessPoolExecutor =>
      use(new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore', ...options }));
    try {
      await run({ open, use, context });
    } finally {
      await Promise.all(opened.map(shutDown));
      assert.deepEqual(await findLeftovers(before), []);
    }
  });
}

/** A pool for all tests of a file: opened when it is first asked for, shut down and looked after when they are over. */
export function sharePool<E extends Executor & { readonly workers: readonly WorkerInfo[] }>(make: () => E): () => E {
  let executor: E | undefined;
  const before = lookAround();
  const stopExcusing = excuseProcesses(() => executor?.workers.flatMap(({ pid }) => pid ?? []) ?? []);
  after(async () => {
    stopExcusing();
    if (executor !== undefined) await shutDown(executor);
    assert.deepEqual(await findLeftovers(before), []);
  });
  return () => {
    executor ??= make();
    return executor;
  };
}
