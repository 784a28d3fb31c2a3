/** Many callers, sizes, replacements, crashes and departures at once: every task that was submitted gets its answer. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  BrokenExecutorError,
  type Executor,
  type Future,
  getReusableExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  type ReusableOptions,
  registerReducer,
  ShutdownExecutorError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
  wait,
} from 'tardigrade';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const KINDS = {
  processes: (options: PoolOptions) => new ProcessPoolExecutor({ stdio: 'ignore', ...options }),
  threads: (options: PoolOptions) => new ThreadPoolExecutor({ stdio: 'ignore', ...options }),
} satisfies Record<string, (options: PoolOptions) => Executor>;

const same = (n: number): number => n;
const killSomebody = (pid: number): void => {
  process.kill(pid, 'SIGKILL');
};

for (const size of [1, 2, 5, 13]) {
  poolTest(
    `${size} workers that kill each other cost what they run, and the pool goes on (faults 40)`,
    async ({ use }) => {
      using gate = createGate();
      const options = { name: `crash-races-${size}`, maxWorkers: size, stdio: 'ignore' } as const;
      const pool = use(getReusableExecutor(options));
      const first = Array.from({ length: size }, (_, n) => pool.submit(passGate, gate.path, n));
      await until(() => first.every((future) => future.running()));
      const pids = pool.workers.map(({ pid }) => pid as number);
      assert.equal(new Set(pids).size, size);
      gate.open();
      await Promise.all(first);
      const errors = pids.reverse().map((pid) => pool.submit(killSomebody, pid).exception());
      for (const error of await Promise.all(errors)) {
        // One that began on a successor has killed nobody, or a process that is gone.
        const isKnown = error === null || error instanceof TerminatedWorkerError || (error as Error).name === 'Error';
        assert.ok(isKnown, String(error));
      }
      assert.equal(await use(getReusableExecutor(options)).submit(same, 1), 1);
    },
  );
}

const sizes = { 'one size': () => 2, 'many sizes': (caller: number) => (caller % 4) + 1 } as const;
for (const [what, sizeOf] of Object.entries(sizes)) {
  for (const start of ['clean', 'broken'] as const) {
    const title = `ten callers who map over one executor of ${what}, ${start} at first, all get their answers`;
    poolTest(`${title} (faults 64–67)`, async ({ use }) => {
      const base: ReusableOptions = { name: `callers-${what}-${start}`, stdio: 'ignore', onWorkerLost: 'break-pool' };
      const get = (caller: number): Executor => use(getReusableExecutor({ ...base, maxWorkers: sizeOf(caller) }));
      if (start === 'broken') {
        const crashed = get(0).submit(() => process.exit(1));
        await assert.rejects(crashed.result(), BrokenExecutorError);
      }
      const call = async (caller: number): Promise<number[][]> => {
        const answers: number[][] = [];
        for (let turn = 0; turn < 5; turn += 1) {
          answers.push(await get(caller).map(same, [0, 1, 2, 3, 4, 5, 6, 7, 8, caller]).toArray());
        }
        return answers;
      };
      const answers = await Promise.all(Array.from({ length: 10 }, (_, caller) => call(caller)));
      for (const [caller, lists] of answers.entries()) {
        assert.deepEqual(lists, Array(5).fill([0, 1, 2, 3, 4, 5, 6, 7, 8, caller]));
      }
    });
  }
}

poolTest('a callback may replace the broken executor whose future it hears of (faults 77)', async ({ use }) => {
  const options = { name: 'callback', maxWorkers: 1, stdio: 'ignore', onWorkerLost: 'break-pool' } as const;
  const pool = use(getReusableExecutor(options));
  let next: Future<number> | undefined;
  const crashed = pool.submit(() => process.exit(1));
  crashed.addDoneCallback(() => {
    const successor = use(getReusableExecutor(options));
    assert.notEqual(successor, pool);
    next = successor.submit(same, 42);
  });
  await assert.rejects(crashed.result(), BrokenExecutorError);
  await until(() => next !== undefined);
  assert.equal(await next, 42);
});

poolTest(
  'two copies of the package share one executor, and know each other’s futures (faults 286)',
  async ({ use }) => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const copy = mkdtempSync(join(tmpdir(), 'copy-'));
    try {
      for (const part of ['package.json', 'dist']) cpSync(join(root, part), join(copy, part), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      const other: typeof import('tardigrade') = await import(join(copy, 'dist/lib/index.js'));
      assert.notEqual(other.getReusableExecutor, getReusableExecutor);
      const options = { name: 'copies', maxWorkers: 1 };
      const pool = use(other.getReusableExecutor(options));
      assert.equal(getReusableExecutor(options), pool);
      assert.equal(getReusableExecutor({ ...options, maxWorkers: 2 }), pool);
      const futures = [pool.submit(same, 1), use(new ThreadPoolExecutor({ maxWorkers: 1 })).submit(same, 2)];
      const { done, notDone } = await wait(futures);
      assert.deepEqual([done.size, notDone.size], [2, 0]);
      const replaced = use(getReusableExecutor({ ...options, env: { A: '1' } }));
      assert.notEqual(replaced, pool);
      assert.equal(other.getReusableExecutor({ ...options, reuse: true }), replaced);
      assert.equal(await replaced.submit(same, 3), 3);
    } finally {
      rmSync(copy, { recursive: true });
    }
  },
);

/** Takes longer to be written than a worker waits for the next task. */
class Slow {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}
registerReducer(Slow, {
  reduce: ({ ms }) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  },
  revive: (ms) => ms as unknown as Slow,
});

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(`${kind}: tasks that meet a worker which is leaving all get their answers (faults 123)`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 2, idleTimeoutMs: 1 }));
    for (let round = 0; round < 20; round += 1) {
      const answers = [0, 1, 2].map((n) => pool.submit(same, n));
      assert.deepEqual(await Promise.all(answers), [0, 1, 2]);
      // About when its workers are asked to leave, or have just been.
      await delay(round % 4);
    }
    const { lost, workersLost } = pool.stats();
    assert.deepEqual([lost, workersLost], [0, 0]);
  });

  for (const [idleTimeoutMs, packingMs] of [
    [10, 20],
    [10, 100],
    [100, 100],
    [1, 100],
  ] as const) {
    const title = `${kind}: arguments that take ${packingMs} ms to write, and workers that leave after ${idleTimeoutMs}`;
    poolTest(`${title}, get along (faults 124)`, async ({ use }) => {
      const pool = use(make({ maxWorkers: 2, idleTimeoutMs }));
      for (let round = 0; round < 4; round += 1) {
        assert.equal(await pool.submit((ms: unknown) => ms, new Slow(packingMs)), packingMs);
      }
      assert.equal(pool.stats().lost, 0);
    });
  }

  poolTest(`${kind}: a scope that is left while its workers leave ends (faults 125)`, async ({ use }) => {
    let future: Future<unknown>;
    {
      await using pool = use(make({ maxWorkers: 1, idleTimeoutMs: 1 }));
      await pool.submit(same, 1);
      future = pool.submit((ms: unknown) => ms, new Slow(300));
    }
    assert.equal(await future, 300);
  });

  poolTest(
    `${kind}: a failure on a worker's last task leaves the other's answer alone (faults 162)`,
    async ({ use }) => {
      for (const maxWorkers of [2, 4]) {
        const pool = use(make({ maxWorkers, maxTasksPerWorker: 1 }));
        const failed = pool.submit(() => {
          throw new RangeError('no');
        });
        const fine = pool.submit(same, 1);
        const ended = pool.shutdown();
        await assert.rejects(failed.result(), RangeError);
        assert.equal(await fine, 1);
        await ended;
      }
    },
  );

  poolTest(`${kind}: killWorkers ends a pool whose workers are being succeeded (faults 170)`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 2, maxTasksPerWorker: 1 }));
    const first = pool.submit(same, 0);
    const errors = Array.from({ length: 20 }, (_, n) => pool.submit(same, n).exception());
    await first;
    await pool.shutdown({ killWorkers: true });
    for (const error of await Promise.all(errors)) assert.ok(error === null || error instanceof ShutdownExecutorError);
    assert.equal((await errors.at(-1)) instanceof ShutdownExecutorError, true);
  });

  for (const cpus of ['1', '2', '4']) {
    const size = 2 * Number(cpus) + 2;
    poolTest(
      `${kind}: ${size} tasks meet on ${size} workers, though there are ${cpus} CPUs (faults 73)`,
      async ({ use }) => {
        using gate = createGate();
        process.env.TARDIGRADE_MAX_CPUS = cpus;
        try {
          const pool = use(make({ maxWorkers: size }));
          // Short tasks teach the pool to let workers hold several.
          await Promise.all(Array.from({ length: 50 }, (_, n) => pool.submit(same, n)));
          const all = Array.from({ length: size }, (_, n) => pool.submit(passGate, gate.path, n));
          await until(() => all.every((future) => future.running()));
          gate.open();
          await Promise.all(all);
        } finally {
          delete process.env.TARDIGRADE_MAX_CPUS;
        }
      },
    );
  }

  poolTest(`${kind}: what a name stands for is looked at anew for each task (faults 60)`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 1 }));
    const bodies = [(): string => 'old', (): string => 'new'];
    for (const body of bodies) {
      const inner = body;
      const outer = (): string => inner();
      assert.equal(await pool.submit(outer), body());
    }
    let callee = (n: number): number => n;
    const caller = (n: number): number => callee(n);
    assert.equal(await pool.submit(caller, 3), 3);
    callee = (n) => n * 10;
    assert.equal(await pool.submit(caller, 3), 30);
  });

  poolTest(`${kind}: functions that call themselves and each other can be sent again (faults 61)`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 1 }));
    const make2 = (step: number) => {
      const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - step));
      const isEven = (n: number): boolean => n === 0 || isOdd(n - step);
      const isOdd = (n: number): boolean => n !== 0 && isEven(n - step);
      return { factorial, isEven, isOdd };
    };
    for (const { factorial, isEven, isOdd } of [make2(1), make2(1)]) {
      for (let turn = 0; turn < 2; turn += 1) {
        assert.equal(await pool.submit(factorial, 5), 120);
        assert.deepEqual([await pool.submit(isEven, 7), await pool.submit(isOdd, 7)], [false, true]);
      }
    }
    assert.equal(await pool.submit(make2(2).factorial, 5), 15);
  });
}
