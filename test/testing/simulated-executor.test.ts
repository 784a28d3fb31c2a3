/**
 * The simulated executor: what happens when, and that it happens again.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BrokenExecutorError,
  InitializerError,
  SerializationError,
  TerminatedWorkerError,
  TimeoutError,
} from 'tardigrade';
import { createFaults, type Fault, SimulatedExecutor, type SimulatedOptions, withFaults } from 'tardigrade/testing';
import { currentTask } from 'tardigrade/worker';
import { type PoolTest, poolTest } from '../support/pools.js';

const HOUR_MS = 3_600_000;
const square = (n: number): number => n ** 2;
const unending = (): Promise<never> => new Promise(() => {});
/** What is global to a task, too, while it runs in this program. */
type Gated = { gate?: Promise<void> };

function closeGate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const failure = (future: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(future).then(
    (value) => assert.fail(`fulfilled with ${String(value)}`),
    (error: unknown) => error,
  );

function simulatedTest(
  title: string,
  run: (open: (options?: SimulatedOptions) => SimulatedExecutor, pools: PoolTest) => unknown,
): void {
  poolTest(title, (pools) => run((options) => pools.use(new SimulatedExecutor(options)), pools));
}

simulatedTest('nothing happens until time is told to pass, and advance(0) lets happen what is due', async (open) => {
  const pool = open();
  const future = pool.submit(square, 3);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([future.state, pool.trace.length, pool.workers[0]?.state], ['pending', 1, 'starting']);
  await pool.advance(0);
  assert.deepEqual([future.state, pool.nowMs], ['fulfilled', 0]);
  assert.equal(await future, 9);
});

simulatedTest('starting, messages and tasks take the time that they are said to take', async (open) => {
  const pool = open({
    maxWorkers: 1,
    startupMs: 100,
    latencyMs: 5,
    taskMs: ({ name }) => (name === 'slow' ? 1000 : 10),
  });
  const slow = pool.withOptions({ name: 'slow' }).submit(square, 2);
  const quick = pool.submit(square, 3);
  // Ready after 100, known at 105, sent until 110: begun, and known to be at 115.
  await pool.advance(114);
  assert.equal(slow.state, 'pending');
  await pool.advance(1);
  assert.equal(slow.state, 'running');
  await pool.advance(999);
  assert.equal(slow.state, 'running');
  await pool.advance(1);
  assert.deepEqual([slow.state, pool.nowMs], ['fulfilled', 1115]);
  await pool.advance(20);
  assert.deepEqual([quick.state, pool.nowMs], ['fulfilled', 1135]);
});

async function tellStory(seed: number): Promise<readonly string[]> {
  await using pool = new SimulatedExecutor({
    seed,
    maxWorkers: 3,
    startupMs: { min: 10, max: 50 },
    latencyMs: { min: 0, max: 3 },
    taskMs: { min: 1, max: 30 },
    lossRate: 0.2,
  });
  const view = pool.withOptions({ retries: 20 });
  const futures = Array.from({ length: 30 }, (_, n) =>
    n % 2 === 0 ? view.submit(square, n) : view.submit(async (m: number) => (await m) ** 2, n),
  );
  assert.deepEqual(
    await pool.runUntil(Promise.all(futures)),
    futures.map((_, n) => n ** 2),
  );
  return [...pool.trace, JSON.stringify(pool.stats())];
}

simulatedTest('one seed tells one story, and another one another', async () => {
  const stories = await Promise.all([1, 1, 2].map(tellStory));
  assert.deepEqual(stories[0], stories[1]);
  assert.notDeepEqual(stories[0], stories[2]);
  assert.ok(stories[0]?.some((line) => line.includes('SIGKILL')));
});

simulatedTest('lossRate kills workers before a function is called, and after', async (open) => {
  const pool = open({ lossRate: 1, maxRestarts: { count: 1000, withinMs: 0 } });
  const holder = globalThis as { calls?: number };
  holder.calls = 0;
  const called = (): void => {
    (globalThis as { calls?: number }).calls = ((globalThis as { calls?: number }).calls ?? 0) + 1;
  };
  const errors = Promise.all(Array.from({ length: 30 }, () => failure(pool.submit(called))));
  await pool.runUntilIdle();
  assert.ok((await errors).every((error) => error instanceof TerminatedWorkerError));
  assert.ok(holder.calls > 0 && holder.calls < 30, `${holder.calls} of 30 were called`);
  delete holder.calls;
});

simulatedTest('an hour of timeoutMs passes at once, and ends the task with its worker', async (open) => {
  const pool = open({ maxWorkers: 1 });
  const future = pool.withOptions({ timeoutMs: HOUR_MS }).submit(unending);
  await pool.advance(HOUR_MS - 1);
  assert.equal(future.state, 'running');
  const error = failure(future);
  await pool.advance(1);
  assert.ok((await error) instanceof TimeoutError);
  assert.match(pool.trace.at(-1) ?? '', /^3600000 ms: worker 1 was killed because its task passed its timeoutMs/);
  const next = pool.submit(square, 2);
  await pool.advance(0);
  assert.equal(await next, 4);
});

simulatedTest('a task with a grace hears of its end through its own signal, and keeps its worker', async (open) => {
  const pool = open({ maxWorkers: 1 });
  const heard = pool.withOptions({ timeoutMs: 1000, graceMs: 500 }).submit(async () => {
    const { currentTask } = await import('tardigrade/worker');
    const signal = currentTask()?.signal;
    // Time may have passed while the module was loaded.
    if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    return 'in time';
  });
  const error = failure(heard);
  await pool.advance(1000);
  assert.ok((await error) instanceof TimeoutError);
  const deaf = failure(pool.withOptions({ timeoutMs: 1000, graceMs: 500 }).submit(unending));
  await pool.advance(1499);
  assert.equal(pool.stats().workersStarted, 1);
  await pool.advance(1);
  assert.ok((await deaf) instanceof TimeoutError);
  assert.equal(pool.workers.length, 0);
});

simulatedTest('a lost worker costs its task, and what that answers later is dropped', async (open) => {
  const pool = open({ maxWorkers: 1 });
  const here = globalThis as Gated;
  const gate = closeGate();
  here.gate = gate.passed;
  const future = pool.submit(async () => {
    await (globalThis as Gated).gate;
    return 'too late';
  });
  await pool.advance(0);
  assert.equal(pool.loseWorker(), 1);
  const failed = failure(future);
  await pool.advance(0);
  const error = await failed;
  assert.ok(error instanceof TerminatedWorkerError);
  assert.deepEqual([error.signal, error.exitCode], ['SIGKILL', null]);
  gate.open();
  await delay(0);
  await pool.runUntilIdle();
  assert.deepEqual([pool.stats().lost, pool.stats().done, future.state], [1, 0, 'rejected']);
  delete here.gate;
});

simulatedTest('a lost task is tried again as often as retries says, and each attempt is told apart', async (open) => {
  const pool = open({ maxWorkers: 2, taskMs: 100 });
  const attempt = async (): Promise<number | undefined> => {
    const { currentTask } = await import('tardigrade/worker');
    return currentTask()?.attempt;
  };
  const view = pool.withOptions({ retries: 2, name: 'unlucky' });
  const [saved, lost] = [view.submit(attempt), pool.submit(attempt)];
  await pool.advance(50);
  pool.loseTask('unlucky');
  pool.loseTask(2);
  const error = failure(lost);
  await pool.advance(50);
  assert.ok((await error) instanceof TerminatedWorkerError);
  pool.loseTask(1);
  await pool.runUntilIdle();
  assert.equal(await saved, 3);
  assert.deepEqual([pool.stats().retried, pool.stats().lost, pool.nowMs], [2, 1, 200]);
});

simulatedTest('a worker that stands still is noticed and replaced, and its task runs elsewhere', async (open) => {
  const pool = open({ maxWorkers: 1 });
  await pool.runUntil(pool.submit(square, 1));
  assert.equal(pool.stallWorker(), 1);
  const future = pool.submit(square, 5);
  assert.equal(await pool.runUntil(future), 25);
  assert.ok(pool.trace.some((line) => /worker 1 was killed because it did not begin/.test(line)));
  assert.deepEqual([pool.stats().workersStarted, pool.stats().lost, pool.nowMs], [2, 0, 10_000]);
});

simulatedTest('startupTimeoutMs, the breaker and idleTimeoutMs go by the same clock', async (open) => {
  const slow = open({ startupMs: 61_000, maxRestarts: { count: 1, withinMs: HOUR_MS } });
  const broken = failure(slow.submit(square, 1));
  await slow.advance(59_999);
  assert.equal(slow.state, 'open');
  await slow.advance(60_001);
  assert.ok((await broken) instanceof BrokenExecutorError);
  assert.equal(slow.state, 'broken');
  const idle = open({ idleTimeoutMs: HOUR_MS });
  await idle.runUntil(idle.submit(square, 1));
  await idle.runUntilIdle();
  await idle.advance(HOUR_MS - 1);
  assert.equal(idle.workers.length, 1);
  await idle.advance(1);
  assert.equal(idle.workers.length, 0);
});

simulatedTest('the initializer runs in each worker, and one that takes too long is named', async (open) => {
  const pool = open({ initializer: unending, startupTimeoutMs: 1000 });
  const error = failure(pool.submit(square, 1));
  await pool.advance(10_000);
  assert.match(String(await error), /its initializer did not finish within startupTimeoutMs/);
  const failing = open({
    initializer: (what: string) => {
      throw new RangeError(what);
    },
    initializerArgs: ['no licence'],
  });
  const reason = failure(failing.submit(square, 1));
  await failing.runUntilIdle();
  assert.ok((await reason) instanceof InitializerError);
});

const FAULTS: readonly (Fault & { readonly costs: 'nothing' | 'task' | 'failure' })[] = [
  { at: 'start-up', how: 'exit', costs: 'nothing' },
  { at: 'start-up', how: 'hang', costs: 'nothing' },
  { at: 'argument-out', how: 'SIGKILL', costs: 'nothing' },
  { at: 'argument-in', how: 'SIGSEGV', costs: 'task' },
  { at: 'argument-in', how: 'throw', costs: 'failure' },
  { at: 'run', how: 'throw', costs: 'failure' },
  { at: 'run', how: 'stack-overflow', costs: 'failure' },
  { at: 'run', how: 'exit', code: 3, costs: 'task' },
  { at: 'run', how: 'abort', costs: 'task' },
  { at: 'run', how: 'out-of-memory', costs: 'task' },
  { at: 'run', how: 'hang', costs: 'failure' },
  { at: 'run', how: 'loop', costs: 'failure' },
  { at: 'result-out', how: 'SIGKILL', costs: 'task' },
  { at: 'result-out', how: 'throw', costs: 'failure' },
  { at: 'result-in', how: 'close-link', costs: 'nothing' },
  { at: 'idle', how: 'exit', costs: 'nothing' },
  { at: 'leaving', how: 'SIGKILL', costs: 'nothing' },
];

for (const { costs, ...fault } of FAULTS) {
  simulatedTest(`${fault.how} at ${fault.at} costs ${costs}`, async (open) => {
    const faults = createFaults([fault]);
    const pool = open({ maxWorkers: 1, latencyMs: 1, faults });
    const view = pool.withOptions({ timeoutMs: HOUR_MS });
    const futures = [view.submit(square, 2), view.submit(square, 3)];
    const outcomes = Promise.allSettled(futures);
    await pool.runUntilIdle();
    const [first, second] = await outcomes;
    assert.deepEqual(second, { status: 'fulfilled', value: 9 });
    if (costs === 'nothing') assert.deepEqual(first, { status: 'fulfilled', value: 4 });
    else assert.equal(first?.status === 'rejected' && first.reason instanceof TerminatedWorkerError, costs === 'task');
    assert.equal(pool.stats().lost, costs === 'task' ? 1 : 0);
    await pool.shutdown();
    assert.deepEqual(faults.struck.length, 1);
  });
}

simulatedTest(
  'faults come in through createFaults, withFaults or a list, and strike the worker that they name',
  async (open) => {
    const fault: Fault = { at: 'run', how: 'exit', worker: 2 };
    const faults = createFaults([fault]);
    for (const options of [faults.inject({ seed: 1 }), withFaults({ seed: 1 }, [fault]), { faults: [fault] }]) {
      const pool = open(options);
      const errors = Promise.all([1, 2].map((n) => pool.submit(square, n).exception()));
      await pool.runUntilIdle();
      assert.deepEqual(
        (await errors).map((error) => error instanceof TerminatedWorkerError && error.exitCode),
        [false, 1],
      );
    }
    assert.equal(faults.struck.length, 1);
  },
);

simulatedTest('two tasks at a time each find themselves after an await', async (open) => {
  const pool = open({ maxWorkers: 2 });
  const whoAmI = async (): Promise<unknown> => {
    const { currentTask } = await import('tardigrade/worker');
    const before = currentTask()?.id;
    await new Promise((resolve) => setImmediate(resolve));
    return [before, currentTask()?.id, currentTask()?.workerId];
  };
  const futures = [pool.submit(whoAmI), pool.submit(whoAmI)];
  await pool.advance(0);
  assert.equal(currentTask(), undefined);
  assert.deepEqual(await pool.runUntil(Promise.all(futures)), [
    [1, 1, 1],
    [2, 2, 2],
  ]);
});

simulatedTest('runUntilIdle waits for what is real while time stands still, and advance does not', async (open) => {
  const pool = open({ maxWorkers: 1 });
  const real = async (): Promise<string> => {
    const { setTimeout } = await import('node:timers/promises');
    await setTimeout(30);
    return 'real';
  };
  const view = pool.withOptions({ timeoutMs: 10 });
  const waited = view.submit(real);
  await pool.runUntilIdle();
  assert.deepEqual([await waited, pool.nowMs], ['real', 0]);
  const late = view.submit(unending);
  const error = failure(late);
  await pool.advance(10);
  assert.ok((await error) instanceof TimeoutError);
});

simulatedTest('what would never end is named', async (open) => {
  const pool = open({ maxWorkers: 1, faults: [{ at: 'run', how: 'hang', task: 'stuck' }] });
  const stuck = pool.withOptions({ name: 'stuck' }).submit(square, 1);
  await assert.rejects(pool.runUntilIdle(), /nothing will ever end task 1 \(stuck\) on worker 1/);
  const ended = failure(stuck);
  pool.loseTask('stuck');
  await pool.runUntilIdle();
  await ended;
  const real = failure(pool.submit(unending));
  await assert.rejects(pool.runUntilIdle({ patienceMs: 20 }), /waited 20 ms of real time for task 2 \(unending\)/);
  pool.loseWorker();
  await pool.runUntilIdle();
  await real;
});

simulatedTest('runUntil goes on through code that submits, awaits and submits again', async (open) => {
  const pool = open({ taskMs: 10, latencyMs: 1 });
  const work = async (): Promise<number> => {
    let sum = 0;
    for (let n = 1; n <= 3; n += 1) {
      sum += await pool.submit(square, n);
      await delay(1);
    }
    for await (const value of pool.map(square, [4, 5])) sum += value;
    return sum;
  };
  assert.equal(await pool.runUntil(work()), 55);
  await assert.rejects(pool.runUntil(Promise.reject(new RangeError('mine'))), RangeError);
});

simulatedTest('with autoAdvance time passes by itself, and hours pass at once', async (open) => {
  const pool = open({ autoAdvance: true, taskMs: HOUR_MS, startupMs: 1000 });
  assert.equal(await pool.submit(square, 7), 49);
  assert.equal(pool.nowMs, HOUR_MS + 1000);
  const faulty = open({ autoAdvance: true, faults: [{ at: 'run', how: 'hang' }] });
  await assert.rejects(faulty.withOptions({ timeoutMs: HOUR_MS }).submit(square, 1), TimeoutError);
});

simulatedTest('a shutdown ends what was submitted, of a view too, though nobody lets time pass', async (open) => {
  const pool = open({ taskMs: HOUR_MS });
  const future = pool.submit(square, 2);
  await pool.withOptions({ name: 'view' }).shutdown();
  assert.deepEqual([await future, pool.state, pool.workers.length], [4, 'closed', 0]);
});

simulatedTest('resize, maxTasksPerWorker and minWorkers work as in a pool', async (open) => {
  const pool = open({ maxWorkers: 1, maxTasksPerWorker: 2, taskMs: 10 });
  const futures = Array.from({ length: 4 }, (_, n) => pool.submit(square, n));
  await pool.advance(5);
  assert.equal(pool.workers.length, 1);
  pool.resize(3);
  await pool.advance(0);
  assert.equal(pool.stats().workersStarted, 3);
  assert.deepEqual(await pool.runUntil(Promise.all(futures)), [0, 1, 4, 9]);
  const kept = open({ minWorkers: 2 });
  await kept.runUntilIdle();
  assert.deepEqual(
    kept.workers.map(({ state }) => state),
    ['idle', 'idle'],
  );
});

simulatedTest('what cannot travel fails here as it does in a pool', async (open) => {
  const pool = open();
  const errors = [pool.submit((value: unknown) => value, new WeakMap()), pool.submit(() => new WeakMap())].map(failure);
  await pool.runUntilIdle();
  for (const error of await Promise.all(errors)) assert.ok(error instanceof SerializationError);
});

simulatedTest('bad options and arguments are named', async (open) => {
  const wrong = (options: object, message: RegExp): void => {
    assert.throws(() => new SimulatedExecutor(options as SimulatedOptions), message);
  };
  wrong({ seed: 1.5 }, /options\.seed must be an integer/);
  wrong({ env: {} }, /options\.env is not an option of SimulatedOptions/);
  wrong({ lossRate: 2 }, /options\.lossRate must be a number from 0 to 1/);
  wrong({ latencyMs: { min: 2, max: 1 } }, /options\.latencyMs must be milliseconds/);
  wrong({ taskMs: 'long' }, /options\.taskMs must be/);
  wrong({ faults: 'some' }, /options\.faults must be an array/);
  wrong({ maxWorkers: 0 }, /options\.maxWorkers must be an integer/);
  wrong({ faults: [{ at: 'lunch', how: 'exit' }] }, /at must be/);
  const pool = open({ taskMs: () => Number.NaN });
  await assert.rejects(pool.advance(-1), RangeError);
  await assert.rejects(pool.advance(Number.POSITIVE_INFINITY), RangeError);
  assert.throws(() => pool.loseWorker(), /no worker is alive/);
  assert.throws(() => pool.loseTask('nobody'), /no task nobody is running; running: no task/);
  const future = pool.submit(square, 1);
  await assert.rejects(pool.advance(0), /options\.taskMs must return milliseconds/);
  const lost = failure(future);
  pool.loseWorker(1);
  await pool.advance(0);
  await lost;
});
