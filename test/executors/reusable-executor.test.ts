import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  BrokenExecutorError,
  getReusableExecutor,
  ProcessPoolExecutor,
  type ReusableOptions,
  ShutdownExecutorError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { createGate, passGate } from '../support/gate.js';

function pidOfWorker(): number {
  return process.pid;
}

/** Each test has an executor of its own name, so that none meets another's. */
function named(name: string): ReusableOptions {
  return { name, maxWorkers: 1 };
}

test('the same options give the same executor, whatever their order', async () => {
  const first = getReusableExecutor({ name: 'same', maxWorkers: 1, env: { A: '1' } });
  assert.equal(getReusableExecutor({ env: { A: '1' }, maxWorkers: 1, name: 'same' }), first);
  assert.equal(first instanceof ProcessPoolExecutor, true);
  await first.shutdown();
});

test('without options there is one executor for the whole program', async () => {
  const first = getReusableExecutor();
  assert.equal(getReusableExecutor(), first);
  assert.equal(await first.submit((n: number) => n + 1, 1), 2);
  await first.shutdown();
  const second = getReusableExecutor();
  assert.notEqual(second, first, 'one that was shut down is replaced');
  await second.shutdown();
});

test('a different size resizes it, and its workers keep their process', async () => {
  const options = named('size');
  const executor = getReusableExecutor(options);
  const pid = await executor.submit(pidOfWorker);
  assert.equal(getReusableExecutor({ ...options, maxWorkers: 2 }), executor);
  assert.equal(await executor.submit(pidOfWorker), pid);
  assert.equal(getReusableExecutor({ name: 'size', reuse: true }), executor, 'without a size it keeps the one it has');
  await executor.shutdown();
});

test('a size that is asked for is had, though somebody has resized the executor since', async () => {
  const options = { name: 'resized', kind: 'thread', maxWorkers: 2 } as const;
  const executor = getReusableExecutor(options);
  executor.resize(1);
  assert.equal(getReusableExecutor(options), executor);
  using gate = createGate();
  const both = [1, 2].map((n) => executor.submit(passGate, gate.path, n));
  while (!both.every((future) => future.running())) await turn();
  gate.open();
  assert.deepEqual(await Promise.all(both), [1, 2]);
  await executor.shutdown();
});

test('other differences replace it, and the old one finishes what it has', async () => {
  const options = named('replaced');
  const old = getReusableExecutor(options);
  const running = old.submit((ms: number) => {
    const end = Date.now() + ms;
    while (Date.now() < end);
    return 'finished';
  }, 100);
  const fresh = getReusableExecutor({ ...options, env: { B: '2' } });
  assert.notEqual(fresh, old);
  assert.equal(await running, 'finished');
  assert.equal(await fresh.submit(() => process.env.B), '2');
  assert.equal(getReusableExecutor({ ...options, reuse: true }), fresh, 'reuse: true takes whatever there is');
  const other = getReusableExecutor({ ...options, env: { B: '2' }, reuse: false });
  assert.notEqual(other, fresh, 'reuse: false makes a new one');
  await Promise.all([old.shutdown(), fresh.shutdown(), other.shutdown()]);
});

test('killWorkers ends the old one and what it runs', async () => {
  const options = named('killed');
  const old = getReusableExecutor(options);
  const endless = old.submit(() => {
    for (;;);
  });
  const fresh = getReusableExecutor({ ...options, env: { C: '3' }, killWorkers: true });
  await assert.rejects(endless.result(), ShutdownExecutorError);
  assert.equal(await fresh.submit(() => process.env.C), '3');
  await fresh.shutdown();
});

test('a task that is submitted to a replaced executor runs on its successor (faults 68)', async () => {
  const options = named('successor');
  const old = getReusableExecutor({ ...options, env: { TURN: 'old' } });
  const newest = getReusableExecutor({ ...options, env: { TURN: 'new' } });
  assert.equal(await old.submit(() => process.env.TURN), 'new');
  assert.equal(await old.withOptions({ priority: 1 }).submit(() => process.env.TURN), 'new');
  await newest.shutdown();
  await assert.rejects(old.submit(() => 1).result(), ShutdownExecutorError, 'its user has shut it down');
});

test('twenty callers with twenty environments each get their answer (faults 69)', async () => {
  const options = named('callers');
  const answers = Array.from({ length: 20 }, (_, index) =>
    getReusableExecutor({ ...options, env: { N: String(index % 3) } }).submit((n: number) => n, index),
  );
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 20 }, (_, index) => index),
  );
  await getReusableExecutor({ ...options, reuse: true }).shutdown();
});

test('a broken one is replaced', async () => {
  const options = { ...named('broken'), onWorkerLost: 'break-pool' } as const;
  const broken = getReusableExecutor(options);
  await assert.rejects(broken.submit(() => process.exit(1)).result(), BrokenExecutorError);
  const fresh = getReusableExecutor(options);
  assert.notEqual(fresh, broken);
  assert.equal(await fresh.submit(() => 'works'), 'works');
  await Promise.all([fresh.shutdown(), broken.shutdown()]);
});

test('threads have an executor of their own', async () => {
  const threads = getReusableExecutor({ name: 'kind', maxWorkers: 1, kind: 'thread' });
  const processes = getReusableExecutor({ name: 'kind', maxWorkers: 1 });
  assert.equal(threads instanceof ThreadPoolExecutor, true);
  assert.equal(await threads.submit(pidOfWorker), process.pid);
  assert.notEqual(await processes.submit(pidOfWorker), process.pid);
  await Promise.all([threads.shutdown(), processes.shutdown()]);
});

test('idle workers leave after idleTimeoutMs, and the next task starts another', async () => {
  const executor = getReusableExecutor({ ...named('idle'), idleTimeoutMs: 5 });
  const first = await executor.submit(pidOfWorker);
  while (executor.workers.length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.notEqual(await executor.submit(pidOfWorker), first);
  await executor.shutdown();
});

test('no options, none of them, and undefined ones are the same options', async () => {
  const executor = getReusableExecutor();
  assert.equal(getReusableExecutor({}), executor);
  assert.equal(getReusableExecutor({ maxWorkers: undefined, env: undefined, idleTimeoutMs: undefined }), executor);
  assert.equal(getReusableExecutor(), executor);
  await executor.shutdown();
});

test('minWorkers start at once and stay when the others leave; a dead one is replaced, and fewer remain after a resize', async () => {
  const options = { name: 'least', kind: 'thread', minWorkers: 2, maxWorkers: 4, idleTimeoutMs: 1 } as const;
  const executor = getReusableExecutor(options);
  const states = (): string => executor.workers.map(({ state }) => state).join();
  while (states() !== 'idle,idle') await turn();
  using gate = createGate();
  const busy = [1, 2, 3, 4].map((n) => executor.submit(passGate, gate.path, n));
  while (!busy.every((future) => future.running())) await turn();
  gate.open();
  assert.deepEqual(await Promise.all(busy), [1, 2, 3, 4]);
  while (executor.workers.length > 2) await turn();
  await executor.submit(() => process.exit(1)).exception();
  while (states() !== 'idle,idle') await turn();
  assert.equal(getReusableExecutor({ name: 'least', kind: 'thread', reuse: true, maxWorkers: 1 }), executor);
  while (executor.workers.length > 1) await turn();
  assert.equal(getReusableExecutor({ name: 'least', kind: 'thread', reuse: true, maxWorkers: 3 }), executor);
  while (states() !== 'idle,idle') await turn();
  await executor.shutdown();
});

test('bad options are refused at the call, by name (faults 57)', () => {
  assert.throws(() => getReusableExecutor({ reuse: 'never' as never }), /options\.reuse must be/);
  assert.throws(() => getReusableExecutor({ kind: 'fork' as never }), /options\.kind must be/);
  assert.throws(() => getReusableExecutor({ maxWorkers: 0 }), { name: 'RangeError', message: /options\.maxWorkers/ });
  for (const odd of [2, null, [], true, () => 1, 'x']) {
    const refused = { name: 'TypeError', message: /^options must be an object \(ReusableOptions\), got/ };
    assert.throws(() => getReusableExecutor(odd as never), refused);
  }
  const inherited = Object.create({ maxWorkers: 0 }) as ReusableOptions;
  getReusableExecutor({});
  assert.throws(() => getReusableExecutor(inherited), { name: 'RangeError', message: /options\.maxWorkers/ });
  for (const name of [Symbol('x'), 5, { toString: () => 'x' }]) {
    assert.throws(() => getReusableExecutor({ name: name as never }), {
      name: 'TypeError',
      message: /options\.name must/,
    });
  }
  assert.throws(() => getReusableExecutor({ reues: false } as never), /did you mean 'reuse'/);
  assert.throws(() => getReusableExecutor({ killworkers: true } as never), /did you mean 'killWorkers'/);
});

test('a task that is submitted to an executor which another copy of the package has replaced runs on its successor', async () => {
  // The sources compiled one by one are another copy than the bundle.
  const copy = (await import('#src/index.js')) as unknown as typeof import('tardigrade');
  for (const [first, second] of [
    [getReusableExecutor, copy.getReusableExecutor],
    [copy.getReusableExecutor, getReusableExecutor],
  ] as const) {
    const options = { ...named('copies'), env: { COPY: 'old' } };
    const old = first(options);
    assert.equal(await old.submit(() => process.env.COPY), 'old');
    const fresh = second({ ...options, env: { COPY: 'new' } });
    assert.notEqual(fresh, old);
    assert.equal(await old.submit(() => process.env.COPY), 'new');
    assert.deepEqual(await old.map(() => process.env.COPY, [1, 2]).toArray(), ['new', 'new']);
    await assert.rejects(old.submit(() => process.exit(3)).result(), { name: 'TerminatedWorkerError' });
    await Promise.all([old.shutdown(), fresh.shutdown()]);
    await assert.rejects(old.submit(() => 1).result(), { name: 'ShutdownExecutorError' });
  }
});

test('the same plain options again give the same executor, also after its users have resized it', async () => {
  const options = { name: 'plain', maxWorkers: 1 };
  const executor = getReusableExecutor(options);
  executor.resize(2);
  assert.equal(getReusableExecutor({ ...options }), executor);
  await Promise.all([executor.submit(pidOfWorker), executor.submit(pidOfWorker), executor.submit(pidOfWorker)]);
  assert.equal(executor.workers.length, 1);
  assert.notEqual(getReusableExecutor({ ...options, reuse: false }), executor);
  await Promise.all([executor.shutdown(), getReusableExecutor(options).shutdown()]);
});

test('one that was replaced and is then shut down by its user takes no more, as any other', async () => {
  for (const kind of ['process', 'thread'] as const) {
    const options = { name: 'given-up', kind, maxWorkers: 1 };
    const old = getReusableExecutor({ ...options, env: { TURN: 'old' } });
    const fresh = getReusableExecutor({ ...options, env: { TURN: 'new' } });
    assert.equal(await old.submit(() => process.env.TURN), 'new');
    await old.shutdown();
    assert.equal(old.state, 'closed');
    await assert.rejects(old.submit(() => 1).result(), ShutdownExecutorError);
    assert.equal(await fresh.submit(() => process.env.TURN), 'new');
    await fresh.shutdown();
  }
});

test('options that look alike and are not make other executors', async () => {
  const options = { name: 'alike', maxWorkers: 1 };
  const executor = getReusableExecutor(options);
  const hidden = Object.defineProperty({ ...options }, 'env', { value: { HIDDEN: '1' }, enumerable: false });
  const inherited = Object.assign(Object.create({ env: { HIDDEN: '2' } }) as object, options);
  for (const [index, odd] of [hidden, inherited].entries()) {
    const other = getReusableExecutor(odd);
    assert.notEqual(other, executor);
    assert.equal(await other.submit(() => process.env.HIDDEN), String(index + 1));
  }
  await getReusableExecutor({ ...options, reuse: true }).shutdown();
});

test('options that change inside are other options, also in the same object', async () => {
  const env: Record<string, string> = { N: '1' };
  const options = { name: 'mutable', maxWorkers: 1, env };
  const executor = getReusableExecutor(options);
  assert.equal(getReusableExecutor(options), executor);
  assert.equal(getReusableExecutor({ ...options, env: { N: '1' } }), executor);
  env.N = '2';
  const other = getReusableExecutor(options);
  assert.notEqual(other, executor);
  assert.equal(await executor.submit(() => process.env.N), '2');
  await other.shutdown();
});

test('callers who ask in different ways for the same each keep their short way', async () => {
  const forms = [undefined, {}, { maxQueue: 5 }, { reuse: true, maxQueue: 5 }, { idleTimeoutMs: 10_000, maxQueue: 5 }];
  const [first, ...rest] = forms.map((form) => ({ name: 'forms', maxWorkers: 1, ...form }));
  const executor = getReusableExecutor(first);
  for (const form of rest.slice(0, 1)) assert.equal(getReusableExecutor(form), executor);
  const other = getReusableExecutor(rest[1]);
  assert.notEqual(other, executor);
  for (let turns = 0; turns < 3; turns += 1) {
    for (const form of rest.slice(1)) assert.equal(getReusableExecutor(form), other);
  }
  assert.notEqual(getReusableExecutor(first), other);
  await Promise.all([executor.shutdown(), other.shutdown(), getReusableExecutor(first).shutdown()]);
});
