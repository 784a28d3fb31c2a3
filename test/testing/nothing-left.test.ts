/**
 * What `assertNothingLeft` finds, each thing left behind once on purpose.
 */

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import { assertNothingLeft } from 'tardigrade/testing';

const forever = (): Promise<never> => new Promise(() => {});

/** Enough for a busy machine. */
const deadlineMs = 60_000;
afterEach(() => assertNothingLeft({ deadlineMs }));

test('after a pool was shut down nothing is left', async () => {
  for (const pool of [new ProcessPoolExecutor({ maxWorkers: 1 }), new ThreadPoolExecutor({ maxWorkers: 1 })]) {
    await pool.submit(() => 1);
    await pool.shutdown();
  }
  await assertNothingLeft({ deadlineMs });
});

test('it keeps the program alive no longer than it looks', async () => {
  const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = countTimers();
  await assertNothingLeft({ deadlineMs });
  assert.equal(countTimers(), before);
});

test('an idle worker process is named, unless its executor is meant to go on', async () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, name: 'kept' });
  await pool.submit(() => 1);
  const [worker] = pool.workers;
  const expected = `one thing was left behind:\n  - worker 1 (pid ${worker?.pid}) of the pool 'kept', which is idle`;
  await assert.rejects(assertNothingLeft({ deadlineMs: 0 }), ({ message }: Error) => {
    assert.ok(message.includes(`  - worker 1 (pid ${worker?.pid}) of the pool 'kept', which is idle`), expected);
    return true;
  });
  await assertNothingLeft({ except: [pool], deadlineMs });
  await pool.shutdown();
});

test('a worker thread and a task that is not settled are named', async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const running = pool.withOptions({ name: 'sleepy' }).submit(forever);
  running.catch(() => {});
  await assert.rejects(assertNothingLeft({ deadlineMs: 0 }), ({ message }: Error) => {
    assert.match(message, /task 1 \(sleepy\), which is not settled/);
    assert.match(message, /worker 1 \(thread \d+\), which is (starting|busy)/);
    return true;
  });
  await pool.shutdown({ killWorkers: true });
});

test('a shutdown that has not ended is named, and waited for until the deadline', async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const running = pool.submit(forever);
  running.catch(() => {});
  const ending = pool.shutdown();
  await assert.rejects(assertNothingLeft({ deadlineMs: 0 }), /a shutdown that has not ended/);
  const clean = assertNothingLeft({ deadlineMs });
  void pool.shutdown({ killWorkers: true });
  await clean;
  await ending;
});

test('a temporary file of this program is named', async () => {
  const file = join(tmpdir(), `tardigrade-${process.pid}-forgotten`);
  writeFileSync(file, '');
  await assert.rejects(assertNothingLeft({ deadlineMs: 0 }), new RegExp(`temporary file ${file}`));
  rmSync(file);
});

test('wrong options are refused', async () => {
  await assert.rejects(assertNothingLeft({ deadlineMs: -1 }), RangeError);
  await assert.rejects(assertNothingLeft({ except: [1 as never] }), TypeError);
});
