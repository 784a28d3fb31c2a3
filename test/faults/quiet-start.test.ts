/**
 * A task that is likely to be over at once says that it begins only together with its answer. Nothing may follow from that
 * but speed: one that dies before it answers has begun all the same, and one that takes long can still be ended.
 */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Executor,
  ProcessPoolExecutor,
  TerminatedWorkerError,
  ThreadPoolExecutor,
  TimeoutError,
} from 'tardigrade';

/** Notes that it ran; ends its worker when it is told to. */
const quick = (file: string, dies: boolean): void => {
  process.getBuiltinModule('node:fs').appendFileSync(file, 'x');
  if (dies) process.exit(1);
};

const pools = [
  ['processes', () => new ProcessPoolExecutor({ maxWorkers: 1 })],
  ['threads', () => new ThreadPoolExecutor({ maxWorkers: 1 })],
] as const;

async function warmUp(pool: Executor, file: string): Promise<void> {
  for (let round = 0; round < 10; round += 1) await pool.submit(quick, file, false);
}

for (const [kind, create] of pools) {
  test(`${kind}: a quick task that dies without a word is lost, and runs nowhere else`, async () => {
    const file = join(tmpdir(), `tardigrade-test-quiet-${process.pid}-${kind}`);
    appendFileSync(file, '');
    const pool = create();
    try {
      await warmUp(pool, file);
      await assert.rejects(pool.submit(quick, file, true).result(), TerminatedWorkerError);
      await pool.submit(quick, file, false);
      assert.equal(readFileSync(file, 'utf8').length, 12);
      assert.equal(pool.stats().lost, 1);
    } finally {
      await pool.shutdown();
      rmSync(file);
    }
  });

  test(`${kind}: a function that was quick and then takes long is ended by its timeout`, async () => {
    const pool = create();
    const spin = (ms: number): void => {
      const end = Date.now() + ms;
      while (Date.now() < end);
    };
    for (let round = 0; round < 10; round += 1) await pool.submit(spin, 0);
    await assert.rejects(pool.withOptions({ timeoutMs: 50 }).submit(spin, 60_000).result(), TimeoutError);
    await pool.shutdown();
  });

  test(`${kind}: a task that waits is known to run, however quick it was before`, async () => {
    const pool = create();
    const waitFor = (ms: number): unknown => (ms === 0 ? undefined : new Promise((done) => setTimeout(done, ms)));
    for (let round = 0; round < 10; round += 1) await pool.submit(waitFor, 0);
    const waiting = pool.submit(waitFor, 60_000);
    while (!waiting.running()) await new Promise((next) => setImmediate(next));
    waiting.catch(() => {});
    await pool.shutdown({ killWorkers: true });
  });
}
