/** Pools that are resized, reused, recycled and dropped while they work. */

import assert from 'node:assert/strict';
import {
  type Executor,
  getReusableExecutor,
  ProcessPoolExecutor,
  ShutdownExecutorError,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

function countEach(values: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()];
}

const pidOf = (): number => process.pid;

poolTest(
  'a pool that becomes smaller waits for its tasks, and survivors keep their process (faults 50–52)',
  async ({ open }) => {
    using gate = createGate();
    const pool = open({ maxWorkers: 2 });
    const running = [1, 2].map((n) => pool.submit(passGate, gate.path, n));
    await until(() => running.every((future) => future.running()));
    const pids = pool.workers.map(({ pid }) => pid);
    pool.resize(2);
    assert.deepEqual(
      pool.workers.map(({ pid }) => pid),
      pids,
    );
    pool.resize(1);
    gate.open();
    assert.deepEqual(await Promise.all(running), [1, 2]);
    await until(() => pool.workers.length === 1);
    const survivor = await pool.submit(pidOf);
    assert.ok(pids.includes(survivor));
    pool.resize(2);
    assert.equal(pool.workers[0]?.pid, survivor);
  },
);

poolTest('a pool that is resized many times with work in it loses nothing (faults 53, faults 55)', async ({ use }) => {
  const options = { name: 'many-sizes', idleTimeoutMs: 1 };
  const answers: PromiseLike<number>[] = [];
  for (const maxWorkers of [12, 2, 1, 12, 6, 1, 8, 5, 2]) {
    const pool = use(getReusableExecutor({ ...options, kind: 'thread', maxWorkers }));
    for (let n = 0; n < 10; n += 1) answers.push(pool.submit((k: number) => k, n));
  }
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 90 }, (_, index) => index % 10),
  );
});

poolTest(
  'a worker that is killed after a resize costs its task, and the pool goes on (faults 39, faults 54)',
  async ({ open }) => {
    using gate = createGate();
    const pool = open({ maxWorkers: 1 });
    const running = pool.submit(passGate, gate.path, 1);
    await until(() => running.running());
    pool.resize(2);
    process.kill(pool.workers[0]?.pid as number, 'SIGKILL');
    await assert.rejects(running.result(), TerminatedWorkerError);
    assert.equal(await pool.submit(() => 'works'), 'works');
  },
);

poolTest('killing a pool with much work fails all of it at once (faults 46, faults 47)', async ({ open }) => {
  const pool = open({ maxWorkers: 2 });
  const futures = Array.from({ length: 100 }, () => pool.submit(() => new Promise(() => setInterval(() => {}, 1000))));
  await until(() => futures[0]?.running() === true);
  const errors = futures.map((future) => future.exception());
  await pool.shutdown({ killWorkers: true });
  for (const error of await Promise.all(errors)) assert.ok(error instanceof ShutdownExecutorError);
});

poolTest('bad sizes are refused (faults 56)', ({ open }) => {
  for (const maxWorkers of [0, -1, 1.5]) {
    assert.throws(() => new ProcessPoolExecutor({ maxWorkers }), RangeError);
    assert.throws(() => getReusableExecutor({ maxWorkers }), RangeError);
    assert.throws(() => open().resize(maxWorkers), RangeError);
  }
  assert.throws(() => open().resize(null as never), TypeError);
});

poolTest(
  'reuse: true keeps size and options, and other initializer arguments replace (faults 59, faults 70, faults 74, faults 244, faults 245)',
  async ({ use }) => {
    const start = (mark: string): void => {
      process.env.MARK = mark;
    };
    const readMark = (): string | undefined => process.env.MARK;
    const name = 'initialized';
    const one = use(getReusableExecutor({ name, maxWorkers: 1, initializer: start, initializerArgs: ['a'] }));
    const [mark, pid] = await Promise.all([one.submit(readMark), one.submit(pidOf)]);
    assert.equal(mark, 'a');
    assert.equal(getReusableExecutor({ name, reuse: true }), one);
    assert.equal(await getReusableExecutor({ name, reuse: true }).submit(pidOf), pid);
    const two = use(getReusableExecutor({ name, maxWorkers: 1, initializer: start, initializerArgs: ['b'] }));
    assert.notEqual(two, one);
    assert.equal(await two.submit(readMark), 'b');
    const three = use(getReusableExecutor({ name, maxWorkers: 1 }));
    assert.equal(await three.submit(readMark), undefined);
  },
);

poolTest('idle workers leave again and again, and the next task starts another (faults 112)', async ({ open }) => {
  const pool = open({ idleTimeoutMs: 1 });
  for (let round = 0; round < 5; round += 1) {
    assert.equal(await pool.submit((n: number) => n, round), round);
    await until(() => pool.workers.length === 0);
  }
});

poolTest(
  'there are as many workers as maxWorkers at most, and idle ones are reused (faults 163, faults 164)',
  async ({ open }) => {
    const pool = open({ maxWorkers: 2 });
    const pids = await Promise.all(Array.from({ length: 30 }, () => pool.submit(pidOf)));
    assert.ok(new Set(pids).size <= 2);
    const again = open({ maxWorkers: 2 });
    assert.equal(await again.submit(pidOf), await again.submit(pidOf));
  },
);

for (const [workers, tasksPerWorker, tasks] of [
  [1, 2, 6],
  [2, 2, 8],
] as const) {
  poolTest(
    `${tasks} tasks on ${workers} workers of ${tasksPerWorker} tasks each all finish (faults 165–168, faults 172)`,
    async ({ open }) => {
      const pool = open({ maxWorkers: workers, maxTasksPerWorker: tasksPerWorker });
      const pids = Array.from({ length: tasks }, () => pool.submit(pidOf));
      await pool.shutdown();
      const perPid = countEach(await Promise.all(pids));
      assert.ok(perPid.every((count) => count <= tasksPerWorker));
      assert.throws(() => open({ maxTasksPerWorker: 0 }), RangeError);
    },
  );
}

poolTest('a function that closes over a variable sees its value of today (faults 242)', async ({ use }) => {
  const pool: Executor = use(new ThreadPoolExecutor({ maxWorkers: 1 }));
  let seen = 1;
  assert.equal(await pool.submit(() => seen), 1);
  seen = 2;
  assert.equal(await pool.submit(() => seen), 2);
});
