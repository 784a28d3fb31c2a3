/**
 * What the error of a lost task knows of the worker's death, from real deaths.
 */

import assert from 'node:assert/strict';
import {
  type CrashReport,
  type Executor,
  ProcessPoolExecutor,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

const limits = { maxWorkers: 1, stdio: 'ignore', resourceLimits: { maxOldGenerationSizeMb: 30 } } as const;

async function lose(pool: Executor, fn: () => unknown): Promise<CrashReport> {
  const error = await pool.submit(fn).exception();
  assert.ok(error instanceof TerminatedWorkerError, String(error));
  assert.equal(error.crashReport.stderr, error.stderr);
  assert.equal(error.crashReport.rssBytes, error.rssBytes);
  return error.crashReport;
}

const fillHeap = (): void => {
  let hoard: unknown[] = [];
  for (;;) hoard = [hoard, new Array(100).fill(0.5)];
};

const failLater = (): Promise<never> => {
  setImmediate(function sayFarewell() {
    throw new Error('nobody catches this');
  });
  return new Promise(() => {});
};

poolTest('a full heap: the heap at death and the native stack', async ({ use }) => {
  const report = await lose(use(new ProcessPoolExecutor(limits)), fillHeap);
  assert.ok(
    (report.heapBytes ?? 0) > 10 * 2 ** 20 && (report.heapBytes ?? 0) < 100 * 2 ** 20,
    String(report.heapBytes),
  );
  assert.match(report.nativeStack ?? '', /^1: 0x/);
  assert.ok((report.rssBytes ?? 0) > 2 ** 20);
});

poolTest('process.abort(): both stacks, with the function that called it (faults 72)', async ({ use }) => {
  const report = await lose(use(new ProcessPoolExecutor(limits)), function goDown() {
    process.abort();
  });
  assert.match(report.nativeStack ?? '', /^1: 0x/);
  assert.match(report.javascriptStack ?? '', /^1: goDown /);
});

for (const [kind, make] of [
  ['process', () => new ProcessPoolExecutor(limits)],
  ['thread', () => new ThreadPoolExecutor(limits)],
] as const) {
  poolTest(`an error that nobody catches in a ${kind}: its message and its stack`, async ({ use }) => {
    const report = await lose(use(make()), failLater);
    assert.match(report.stderr, /nobody catches this/);
    assert.match(report.javascriptStack ?? '', /^at .*sayFarewell/);
    assert.equal(report.nativeStack, undefined);
  });

  poolTest(`process.exit() in a ${kind}: no stack, and none is made up`, async ({ use }) => {
    const report = await lose(use(make()), () => process.exit(3));
    assert.deepEqual([report.javascriptStack, report.nativeStack, report.heapBytes], [undefined, undefined, undefined]);
  });
}

poolTest('a thread whose heap is full: the reason, and no stack of the host', async ({ use }) => {
  const pool = use(new ThreadPoolExecutor(limits));
  const slowly = async (): Promise<void> => {
    let hoard: unknown[] = [];
    for (;;) {
      hoard = [hoard, new Array(100).fill(0.5)];
      if (Math.random() < 0.001) await new Promise(setImmediate);
    }
  };
  const report = await lose(pool, slowly);
  assert.match(report.stderr, /ERR_WORKER_OUT_OF_MEMORY/);
  assert.equal(report.javascriptStack, undefined);
});

for (const stdio of ['ignore', 'pipe', 'inherit'] as const) {
  poolTest(`the last lines of long output are the last ones, with stdio '${stdio}'`, async ({ use }) => {
    for (const Pool of [ProcessPoolExecutor, ThreadPoolExecutor]) {
      const report = await lose(use(new Pool({ maxWorkers: 1, stdio })), () => {
        for (let line = 1; line <= 3000; line += 1) process.stderr.write(`line ${line}\n`);
        process.exit(41);
      });
      assert.match(report.stderr, /\nline 2999\nline 3000\n?$/, Pool.name);
    }
  });
}
