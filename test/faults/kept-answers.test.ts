/**
 * Answers of quick tasks leave together. Whatever the task behind them does, they are safe, and do not wait for it.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ShutdownExecutorError, TerminatedWorkerError, ThreadPoolExecutor } from 'tardigrade';
import { createMarker } from '../support/matrix/stages.js';
import { poolTest } from '../support/pools.js';

/** Quick as a rule: enough calls make a worker trust it. */
const task = (fault: string, n: number): number => {
  if (n < 0) {
    if (fault === 'exit') process.exit(3);
    if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
    if (fault === 'loop') for (;;);
  }
  return n;
};

const GOOD = Array.from({ length: 300 }, (_, index) => index);

for (const kind of ['process', 'thread'] as const) {
  for (const fault of ['exit', 'kill'] as const) {
    if (kind === 'thread' && fault === 'kill') continue;
    poolTest(
      `a ${kind} that ends by ${fault} in a task takes no answer of the tasks before it along`,
      async (pools) => {
        const pool = kind === 'process' ? pools.open() : pools.use(new ThreadPoolExecutor({ maxWorkers: 1 }));
        await Promise.all(GOOD.map((n) => pool.submit(task, fault, n)));
        for (let round = 0; round < 5; round += 1) {
          const before = GOOD.map((n) => pool.submit(task, fault, n));
          const fatal = pool.submit(task, fault, -1);
          const behind = GOOD.map((n) => pool.submit(task, fault, n));
          await assert.rejects(fatal, TerminatedWorkerError);
          assert.deepEqual(await Promise.all(before), GOOD);
          assert.deepEqual(await Promise.all(behind), GOOD);
        }
        assert.equal(pool.stats().lost, 5);
      },
    );
  }

  poolTest(`answers of a ${kind} arrive although the task behind them never ends`, async (pools) => {
    const pool = kind === 'process' ? pools.open() : pools.use(new ThreadPoolExecutor({ maxWorkers: 1 }));
    await Promise.all(GOOD.map((n) => pool.submit(task, 'loop', n)));
    const before = GOOD.map((n) => pool.submit(task, 'loop', n));
    const endless = pool.submit(task, 'loop', -1);
    assert.deepEqual(await Promise.all(before), GOOD);
    const refused = assert.rejects(endless, ShutdownExecutorError);
    await pool.shutdown({ killWorkers: true });
    await refused;
  });
}

/** Notes that it begins; a vandal also writes garbage to every descriptor but the log's. */
const noteOrVandalize = (log: string, n: number, vandal: number): number => {
  const { openSync, closeSync, writeSync } = process.getBuiltinModule('node:fs');
  const fd = openSync(log, 'a');
  writeSync(fd, `${n}\n`);
  for (let other = 0; n === vandal && other < 60; other += 1) {
    try {
      if (other !== fd) writeSync(other, 'garbage\0'.repeat(30));
    } catch {
      // There is no such descriptor, or it takes nothing.
    }
  }
  closeSync(fd);
  return n;
};

for (const vandal of [0, 50, 150]) {
  poolTest(
    `garbage on every descriptor in quick task ${vandal} costs one task at most, and makes none begin twice`,
    async (pools) => {
      const pool = pools.open();
      using log = createMarker();
      const ended = await Promise.allSettled(GOOD.map((n) => pool.submit(noteOrVandalize, log.path, n, vandal)));
      const begun = readFileSync(log.path, 'utf8').trimEnd().split('\n').map(Number);
      assert.equal(new Set(begun).size, begun.length, 'a task began twice');
      const lost = [...ended.keys()].filter((n) => ended[n]?.status === 'rejected');
      assert.ok(lost.length <= 1, `tasks ${lost.join(', ')} were lost`);
      // A task may be killed between its claim and its first line.
      for (const n of GOOD) assert.ok(begun.includes(n) || lost.includes(n), `task ${n} never began`);
    },
  );
}
