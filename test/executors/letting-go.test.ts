/** Executors that nobody holds any more: what was submitted is finished, and the workers leave without being told to. */

import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Executor,
  type Future,
  InlineExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { collectGarbage } from '../futures/collect-garbage.js';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const KINDS = {
  processes: (options: PoolOptions) => new ProcessPoolExecutor(options),
  threads: (options: PoolOptions) => new ThreadPoolExecutor(options),
} satisfies Record<string, (options: PoolOptions) => Executor>;

/** Counts the workers that start and end while `run` does. */
async function countWorkers(run: (alive: () => number) => Promise<void>): Promise<Record<string, number>> {
  const counts = { starting: 0, left: 0, killed: 0, lost: 0 };
  const listeners = Object.keys(counts).map((name) => {
    const listener = (): void => {
      counts[name as keyof typeof counts] += 1;
    };
    channel(`tardigrade:worker:${name}`).subscribe(listener);
    return () => channel(`tardigrade:worker:${name}`).unsubscribe(listener);
  });
  try {
    await run(() => counts.starting - counts.left - counts.killed - counts.lost);
  } finally {
    for (const stop of listeners) stop();
  }
  return counts;
}

/** What was last looked at may be kept for as long as the current function runs. */
async function untilCollected(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await collectGarbage(isTrue, { rounds: 10 });
    await delay(1);
  }
}

const answer = (n: number): number => n;

async function useAndDrop(make: () => Executor): Promise<WeakRef<Executor>> {
  const pool = make();
  assert.equal(await pool.submit(answer, 1), 1);
  return new WeakRef(pool);
}

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(
    `${kind}: an idle pool that is dropped is collected, and its workers leave (faults 83, faults 87)`,
    async () => {
      const counts = await countWorkers(async (alive) => {
        const pool = await useAndDrop(() => make({ maxWorkers: 1, minWorkers: 1 }));
        assert.equal(alive(), 1);
        await collectGarbage(() => pool.deref() === undefined);
        assert.equal(pool.deref(), undefined);
        await untilCollected(() => alive() === 0);
      });
      assert.deepEqual(counts, { starting: 1, left: 1, killed: 0, lost: 0 });
    },
  );

  poolTest(`${kind}: a pool that is dropped with work finishes it, then its workers leave (faults 84)`, async () => {
    using gate = createGate();
    await countWorkers(async (alive) => {
      const submitAndDrop = (): { futures: Future<number>[]; pool: WeakRef<Executor> } => {
        const pool = make({ maxWorkers: 1 });
        return {
          futures: [pool.submit(passGate, gate.path, 1), pool.submit(answer, 2), pool.submit(answer, 3)],
          pool: new WeakRef(pool),
        };
      };
      const { futures, pool } = submitAndDrop();
      await collectGarbage(() => pool.deref() === undefined);
      assert.equal(pool.deref(), undefined);
      assert.equal(
        futures.every((future) => !future.done()),
        true,
      );
      gate.open();
      assert.deepEqual(await Promise.all(futures), [1, 2, 3]);
      await untilCollected(() => alive() === 0);
    });
  });

  poolTest(`${kind}: a crash in a pool that was dropped is told by the future (faults 85)`, async () => {
    using gate = createGate();
    await countWorkers(async (alive) => {
      const crash = async (path: string): Promise<void> => {
        const { existsSync } = await import('node:fs');
        while (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 2));
        process.exit(7);
      };
      const submitAndDrop = () => {
        const pool = make({ maxWorkers: 1, stdio: 'ignore' });
        return { crashed: pool.submit(crash, gate.path), next: pool.submit(answer, 2), pool: new WeakRef(pool) };
      };
      const { crashed, next, pool } = submitAndDrop();
      const error = crashed.exception();
      await collectGarbage(() => pool.deref() === undefined);
      assert.equal(pool.deref(), undefined);
      gate.open();
      assert.ok((await error) instanceof TerminatedWorkerError);
      assert.equal(await next, 2);
      await untilCollected(() => alive() === 0);
    });
  });

  poolTest(`${kind}: workers that reach maxTasksPerWorker in a dropped pool are succeeded (faults 169)`, async () => {
    await countWorkers(async (alive) => {
      const submitAndDrop = () => {
        const pool = make({ maxWorkers: 1, maxTasksPerWorker: 1 });
        return { futures: [1, 2, 3].map((n) => pool.submit(answer, n)), pool: new WeakRef(pool) };
      };
      const { futures, pool } = submitAndDrop();
      await collectGarbage(() => pool.deref() === undefined);
      assert.deepEqual(await Promise.all(futures), [1, 2, 3]);
      await untilCollected(() => alive() === 0);
    });
  });

  poolTest(`${kind}: a view keeps its pool, and a map that is not at its end does`, async () => {
    await countWorkers(async (alive) => {
      const useBoth = async (): Promise<void> => {
        const view = make({ maxWorkers: 1 }).withOptions({ priority: 1 });
        const results = make({ maxWorkers: 1 }).map(answer, [1, 2, 3, 4, 5, 6], { chunkSize: 1, bufferSize: 1 });
        assert.equal(await view.submit(answer, 1), 1);
        assert.deepEqual(await results.next(), { value: 1, done: false });
        await collectGarbage(() => view.state !== 'open', { rounds: 20 });
        assert.equal(await view.submit(answer, 2), 2);
        assert.deepEqual(await results.toArray(), [2, 3, 4, 5, 6]);
        assert.equal(alive(), 2);
      };
      await useBoth();
      await untilCollected(() => alive() === 0);
    });
  });

  poolTest(`${kind}: a task that was handed a pool may use it after the host has dropped it`, async ({ use }) => {
    using gate = createGate();
    await countWorkers(async (alive) => {
      const own = use(make({ maxWorkers: 1 }));
      const submitLater = async (path: string, pool: Executor): Promise<number> => {
        const { existsSync } = await import('node:fs');
        while (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 2));
        return pool.submit((n: number) => n, 5);
      };
      const handAndDrop = async () => {
        const other = make({ maxWorkers: 1, minWorkers: 1 });
        await other.submit(answer, 1);
        return { future: own.submit(submitLater, gate.path, other), other: new WeakRef(other) };
      };
      const { future, other } = await handAndDrop();
      await until(() => future.running());
      await collectGarbage(() => other.deref() === undefined);
      assert.equal(other.deref(), undefined);
      await untilCollected(() => alive() === 1);
      gate.open();
      assert.equal(await future, 5);
      await untilCollected(() => alive() === 1);
    });
  });
}

poolTest('what runs in the calling thread is collected, too', async () => {
  const executor = await useAndDrop(() => new InlineExecutor());
  await collectGarbage(() => executor.deref() === undefined);
  assert.equal(executor.deref(), undefined);
});
