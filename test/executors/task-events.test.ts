/**
 * What `diagnostics_channel` tells of tasks and workers.
 */

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import {
  InlineExecutor,
  type TaskEvent,
  TerminatedWorkerError,
  ThreadPoolExecutor,
  type WorkerEvent,
} from 'tardigrade';
import { poolTest } from '../support/pools.js';

const TASK = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((name) => `tracing:tardigrade:task:${name}`);
const MORE = ['tardigrade:task:started', 'tardigrade:task:requeued'];
const WORKER = ['starting', 'ready', 'left', 'killed', 'lost'].map((name) => `tardigrade:worker:${name}`);

const last = (name: unknown): string => String(name).split(':').at(-1) as string;
const double = (value: number): number => value * 2;
const fail = (): never => {
  throw new RangeError('on purpose');
};
const die = (): void => process.exit(3);

/** Listens until its scope is left. */
function listen<E>(names: readonly string[]) {
  const heard: { readonly name: string; readonly event: E }[] = [];
  const hear = (event: unknown, name: unknown): void => void heard.push({ name: last(name), event: event as E });
  for (const name of names) channel(name).subscribe(hear);
  const stop = (): void => {
    for (const name of names) channel(name).unsubscribe(hear);
  };
  return { heard, names: () => heard.map(({ name }) => name), [Symbol.dispose]: stop };
}

poolTest('a task is told of from its submit to its result, by one object', async ({ open }) => {
  const pool = open({ name: 'images' });
  using ears = listen<TaskEvent>([...TASK, ...MORE]);
  assert.equal(await pool.withOptions({ name: 'twice' }).submit(double, 21), 42);
  assert.deepEqual(ears.names(), ['start', 'end', 'started', 'asyncStart', 'asyncEnd']);
  const [first] = ears.heard;
  assert.ok(first);
  const { event } = first;
  assert.ok(ears.heard.every((one) => one.event === event));
  const { executor, ...rest } = event;
  assert.deepEqual([executor.kind, executor.name], ['ProcessPoolExecutor', 'images']);
  const expected = { name: 'twice', items: undefined, id: 1, attempt: 1, workerId: 1, outcome: 'finished', result: 42 };
  assert.deepEqual(rest, expected);
});

poolTest('a failure, a cancellation and a lost task each have their outcome and error', async ({ open }) => {
  const pool = open();
  using ears = listen<TaskEvent>(TASK);
  await assert.rejects(pool.submit(fail), RangeError);
  assert.deepEqual(ears.names(), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  await assert.rejects(pool.withOptions({ signal: AbortSignal.abort() }).submit(double, 1));
  await assert.rejects(pool.submit(die), TerminatedWorkerError);
  const ends = ears.heard.filter(({ name }) => name === 'asyncEnd').map(({ event }) => event);
  assert.deepEqual(
    ends.map(({ outcome }) => outcome),
    ['failed', 'cancelled', 'lost'],
  );
  assert.ok(ends.every(({ error }) => error instanceof Error));
});

poolTest('a task that is tried again says so, and how often it was begun', async ({ open }) => {
  const pool = open();
  using ears = listen<TaskEvent>(MORE);
  await assert.rejects(pool.withOptions({ retries: 1 }).submit(die), TerminatedWorkerError);
  assert.deepEqual(ears.names(), ['started', 'requeued', 'started']);
  assert.equal(ears.heard[0]?.event.attempt, 2);
  assert.equal(ears.heard[0]?.event.workerId, 2);
});

poolTest('what stands in the way of a submit is told of, too', async ({ open }) => {
  const pool = open();
  await pool.shutdown();
  using ears = listen<TaskEvent>(TASK);
  await assert.rejects(pool.submit(double, 1), { code: 'ERR_TARDIGRADE_SHUTDOWN_EXECUTOR' });
  assert.deepEqual(ears.names(), ['start', 'error', 'asyncStart', 'asyncEnd', 'end']);
});

poolTest('a chunk of a map is one task, which says how many items it has', async ({ use }) => {
  const pool = use(new InlineExecutor());
  using ears = listen<TaskEvent>(TASK.slice(0, 1));
  await pool.map(double, [1, 2, 3, 4, 5], { chunkSize: 2 }).toArray();
  assert.deepEqual(
    ears.heard.map(({ event }) => event.items),
    [2, 2, undefined],
  );
});

poolTest('what a subscriber binds to the start is there in all later events of the task', async ({ open }) => {
  const pool = open();
  await pool.submit(double, 1);
  const spans = new AsyncLocalStorage<string>();
  const { start, asyncEnd } = tracingChannel<string, TaskEvent>('tardigrade:task');
  start.bindStore(spans, (event) => `span of ${event.name}`);
  const seen: (string | undefined)[] = [];
  const look = (): void => void seen.push(spans.getStore());
  const others = [asyncEnd, channel('tardigrade:task:started')];
  for (const other of others) other.subscribe(look);
  try {
    await pool.submit(double, 2);
    assert.deepEqual(seen, ['span of double', 'span of double']);
    assert.equal(spans.getStore(), undefined);
  } finally {
    start.unbindStore(spans);
    for (const other of others) other.unsubscribe(look);
  }
});

poolTest('a subscriber that throws costs the task nothing', async ({ open }) => {
  const pool = open();
  const broken = (): never => {
    throw new Error('a bad subscriber');
  };
  // It is an uncaught exception, as with every channel of Node.
  const caught: unknown[] = [];
  const uncaught = (error: unknown): void => void caught.push(error);
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
  channel('tracing:tardigrade:task:start').subscribe(broken);
  try {
    assert.equal(await pool.submit(double, 4), 8);
    assert.equal(caught.length, 1);
  } finally {
    channel('tracing:tardigrade:task:start').unsubscribe(broken);
    process.off('uncaughtException', uncaught);
    for (const other of others) process.on('uncaughtException', other);
  }
});

poolTest('who begins to listen later hears nothing of tasks that were submitted before', async ({ open }) => {
  const pool = open();
  const future = pool.submit(double, 1);
  using ears = listen<TaskEvent>([...TASK, ...MORE]);
  await future;
  assert.deepEqual(ears.heard, []);
});

poolTest('a worker is told of from its start to its end', async ({ open, use }) => {
  using ears = listen<WorkerEvent>(WORKER);
  const pool = open();
  const pid = await pool.submit(() => process.pid);
  assert.deepEqual(ears.names(), ['starting', 'ready']);
  assert.equal(ears.heard[0]?.event.pid, pid);
  await assert.rejects(pool.submit(die), TerminatedWorkerError);
  assert.deepEqual(ears.names().slice(2), ['lost']);
  const [, , lost] = ears.heard;
  assert.ok(lost);
  const { exit, exitCode, workerId } = lost.event;
  assert.match(exit ?? '', /exit(ed with)? code 3/);
  assert.deepEqual([exitCode, workerId], [3, 1]);
  await pool.submit(double, 1);
  await pool.shutdown();
  assert.deepEqual(ears.names().slice(3), ['starting', 'ready', 'left']);

  const threads = use(new ThreadPoolExecutor({ maxWorkers: 1 }));
  const controller = new AbortController();
  const endless = threads.withOptions({ signal: controller.signal }).submit(() => {
    for (;;);
  });
  while (!endless.running()) await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(endless, { name: 'AbortError' });
  await threads.shutdown();
  assert.deepEqual(ears.names().slice(6), ['starting', 'ready', 'killed']);
  assert.equal(typeof ears.heard.at(-1)?.event.threadId, 'number');
});
