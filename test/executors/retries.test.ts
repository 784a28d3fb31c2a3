import assert from 'node:assert/strict';
import {
  type Executor,
  InlineExecutor,
  ProcessPoolExecutor,
  type RetryOn,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

/** Fails in every attempt before the given one. */
async function succeedIn(attempt: number): Promise<number> {
  const { currentTask } = await import('tardigrade/worker');
  const now = currentTask()?.attempt ?? 0;
  if (now < attempt) throw Object.assign(new RangeError(`attempt ${now}`), { code: 'EAGAIN' });
  return now;
}

async function dieUntil(attempt: number): Promise<number> {
  const { currentTask } = await import('tardigrade/worker');
  const now = currentTask()?.attempt ?? 0;
  if (now < attempt) process.exit(now);
  return now;
}

const kinds: Readonly<Record<string, () => Executor>> = {
  processes: () => new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore' }),
  threads: () => new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' }),
  'the calling thread': () => new InlineExecutor(),
};

const ways: Readonly<Record<string, RetryOn>> = {
  'a function': (error) => error instanceof RangeError && error.message.startsWith('attempt'),
  'a class': [TypeError, RangeError],
  'a code': ['EPIPE', 'EAGAIN'],
};

for (const [kind, make] of Object.entries(kinds)) {
  for (const [way, retryOn] of Object.entries(ways)) {
    poolTest(`${kind}: an error that ${way} names is tried again, and the attempt is visible`, async ({ use }) => {
      const pool = use(make());
      assert.equal(await pool.withOptions({ retries: 2, retryOn }).submit(succeedIn, 3), 3);
      await assert.rejects(pool.withOptions({ retries: 1, retryOn }).submit(succeedIn, 3), /attempt 2/);
      await assert.rejects(pool.withOptions({ retryOn }).submit(succeedIn, 2), /attempt 1/);
    });
  }

  poolTest(`${kind}: another error is final, and so is one when nothing says otherwise`, async ({ use }) => {
    const pool = use(make());
    await assert.rejects(pool.withOptions({ retries: 2, retryOn: [TypeError] }).submit(succeedIn, 2), /attempt 1/);
    await assert.rejects(pool.withOptions({ retries: 2 }).submit(succeedIn, 2), /attempt 1/);
  });

  poolTest(`${kind}: a chunk is tried again as a whole`, async ({ use }) => {
    const pool = use(make()).withOptions({ retries: 1, retryOn: ['EAGAIN'] });
    assert.deepEqual(await pool.map(succeedIn, [1, 2, 1, 2], { chunkSize: 2 }).toArray(), [2, 2, 2, 2]);
  });
}

poolTest('a retryOn that throws is reported and counts as no', async ({ open, context }) => {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  context.after(() => process.off('warning', listener));
  const retryOn = (): boolean => {
    throw new Error('on purpose');
  };
  await assert.rejects(open().withOptions({ retries: 5, retryOn }).submit(succeedIn, 2), /attempt 1/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(warnings[0]?.message ?? '', /retryOn of task 1 \(succeedIn\) threw/);
});

poolTest(
  'a future that is tried again is pending in between, and a retryOn may shut the pool down',
  async ({ open }) => {
    const pool = open();
    const seen: string[] = [];
    const future = pool
      .withOptions({
        retries: 1,
        retryOn: () => {
          seen.push(future.state);
          void pool.shutdown();
          return true;
        },
      })
      .submit(succeedIn, 2);
    assert.equal(await future, 2);
    assert.deepEqual(seen, ['running']);
  },
);

poolTest('a task that keeps killing workers says how often, and which', async ({ open }) => {
  const pool = open();
  assert.equal(await pool.withOptions({ retries: 2 }).submit(dieUntil, 3), 3);
  const error = await pool.withOptions({ retries: 2, name: 'killer' }).submit(dieUntil, 9).exception();
  assert.ok(error instanceof TerminatedWorkerError);
  assert.equal(error.attempt, 3);
  assert.deepEqual(
    error.losses.map(({ exitCode }) => exitCode),
    [1, 2, 3],
  );
  assert.equal(new Set(error.losses.map(({ pid }) => pid)).size, 3);
  assert.match(
    error.message,
    /task 2 \(killer\) was lost: worker \(pid \d+\) exited with code 3, in attempt 3; before, under the same task: worker \(pid \d+\) exited with code 1; worker \(pid \d+\) exited with code 2/,
  );
});
