import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Future } from '#src/futures/future.js';
import { wait } from '#src/futures/wait.js';
import { measureGrowth } from './collect-garbage.js';
import { collectEvents, type FutureController, makeFuture, makeOneOfEach } from './make-future.js';

function makeFutures(count: number): { controllers: FutureController<number>[]; futures: Future<number>[] } {
  const controllers = Array.from({ length: count }, (_, index) => makeFuture<number>(`task ${index}`));
  return { controllers, futures: controllers.map(({ future }) => future) };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  assert.ok(item !== undefined);
  return item;
}

describe('wait', () => {
  it('returns when the first is done (faults 92)', async () => {
    const { controllers, futures } = makeFutures(3);
    const waiting = wait(futures, { returnWhen: 'first-completed' });
    at(controllers, 1).fulfil(1);
    assert.deepEqual(await waiting, { done: new Set([futures[1]]), notDone: new Set([futures[0], futures[2]]) });
  });

  it('returns at once when some are done already (faults 93)', async () => {
    const futures = makeOneOfEach();
    const { done, notDone } = await wait(Object.values(futures), { returnWhen: 'first-completed' });
    assert.deepEqual(done, new Set([futures.fulfilled, futures.rejected, futures.cancelled]));
    assert.deepEqual(notDone, new Set([futures.pending, futures.running]));
  });

  it('returns at the first failure (faults 94)', async () => {
    const { controllers, futures } = makeFutures(3);
    const waiting = wait(futures, { returnWhen: 'first-exception' });
    at(controllers, 0).fulfil(1);
    await undefined;
    at(controllers, 1).reject(null);
    const { done, notDone } = await waiting;
    assert.deepEqual([...done], [futures[0], futures[1]]);
    assert.deepEqual([...notDone], [futures[2]]);
  });

  it('takes no cancellation for a failure, and counts what was done before (faults 95)', async () => {
    const { fulfilled, cancelled } = makeOneOfEach();
    const { controllers, futures } = makeFutures(2);
    const waiting = wait([fulfilled, cancelled, ...futures], { returnWhen: 'first-exception' });
    at(futures, 1).cancel();
    setImmediate(() => at(controllers, 0).fulfil(1));
    const { done, notDone } = await waiting;
    assert.deepEqual(done, new Set([fulfilled, cancelled, ...futures]));
    assert.equal(notDone.size, 0);
  });

  it('returns at once when one has failed already (faults 96)', async () => {
    const { rejected, pending } = makeOneOfEach();
    const result = await wait([pending, rejected], { returnWhen: 'first-exception' });
    assert.deepEqual(result, { done: new Set([rejected]), notDone: new Set([pending]) });
  });

  it('returns when all are done, whatever their outcome (faults 97)', async () => {
    const { controllers, futures } = makeFutures(3);
    const waiting = wait(futures);
    at(controllers, 2).reject(new Error('no'));
    at(controllers, 1).fulfil(1);
    at(futures, 0).cancel();
    const { done, notDone } = await waiting;
    assert.deepEqual([...done], [futures[2], futures[1], futures[0]]);
    assert.deepEqual(notDone, new Set());
  });

  it('returns what is done when the time is over (faults 98)', async () => {
    const futures = makeOneOfEach();
    for (const timeoutMs of [0, 1]) {
      const { done, notDone } = await wait(Object.values(futures), { timeoutMs });
      assert.deepEqual(done, new Set([futures.fulfilled, futures.rejected, futures.cancelled]));
      assert.deepEqual(notDone, new Set([futures.pending, futures.running]));
    }
  });

  it('counts the same future once (faults 148)', async () => {
    const controller = makeFuture<number>();
    const promise = Promise.resolve('x');
    const waiting = wait([controller.future, promise, controller.future, promise]);
    controller.fulfil(1);
    const { done } = await waiting;
    assert.deepEqual([...done], [controller.future, promise]);
  });

  it('loses no one when many wait for many that settle at once (faults 149)', async () => {
    const { controllers, futures } = makeFutures(200);
    const waits = Array.from({ length: 50 }, () => wait(futures, { timeoutMs: 60_000 }));
    for (const controller of controllers) controller.fulfil(1);
    for (const { done, notDone } of await Promise.all(waits)) {
      assert.equal(done.size, 200);
      assert.equal(notDone.size, 0);
    }
  });

  it('mixes futures of different executors, promises and other thenables (faults 150)', async () => {
    const { controllers, futures } = makeFutures(1);
    const native = Promise.reject(new Error('handled by being watched'));
    const foreign: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise.
      then: (onFulfilled) => Promise.resolve('foreign').then(onFulfilled),
    };
    const unhandled = await collectEvents('unhandledRejection', async () => {
      const waiting = wait<PromiseLike<unknown>>([at(futures, 0), native, foreign]);
      at(controllers, 0).fulfil(1);
      const { done, notDone } = await waiting;
      assert.deepEqual(done, new Set<unknown>([futures[0], native, foreign]));
      assert.equal(notDone.size, 0);
    });
    assert.deepEqual(unhandled, []);
  });

  it('sees promises that have settled also with timeoutMs 0', async () => {
    const settled = Promise.resolve(1);
    const open = new Promise(() => {});
    const result = await wait<PromiseLike<unknown>>([settled, open], { timeoutMs: 0 });
    assert.deepEqual(result, { done: new Set([settled]), notDone: new Set([open]) });
  });

  it('takes any iterable, and an empty one', async () => {
    const { fulfilled } = makeOneOfEach();
    assert.deepEqual(await wait([]), { done: new Set(), notDone: new Set() });
    assert.deepEqual(await wait(new Set<Future<number>>(), { returnWhen: 'first-completed' }), {
      done: new Set(),
      notDone: new Set(),
    });
    function* generate(): Generator<Future<number>> {
      yield fulfilled;
    }
    assert.deepEqual([...(await wait(generate())).done], [fulfilled]);
  });

  it('puts what settles before it returns into done', async () => {
    const { controllers, futures } = makeFutures(2);
    const waiting = wait(futures, { returnWhen: 'first-completed' });
    for (const controller of controllers) controller.fulfil(1);
    const { done, notDone } = await waiting;
    assert.deepEqual([done.size, notDone.size], [2, 0]);
  });

  it('counts as observing a failure', async () => {
    const controller = makeFuture();
    const unhandled = await collectEvents('unhandledRejection', async () => {
      await wait([controller.future], { timeoutMs: 0 });
      controller.reject(new Error('watched'));
    });
    assert.deepEqual(unhandled, []);
  });

  it('leaves nothing on futures that stay pending, however often it looks', async () => {
    const { futures } = makeFutures(2);
    const grownBytes = await measureGrowth(async () => {
      for (let count = 0; count < 10_000; count += 1) await wait(futures, { timeoutMs: 0 });
    }, 1_000_000);
    assert.ok(grownBytes < 1_000_000, `It grew by ${grownBytes} bytes.`);
  });

  it('starts no timer to look', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    const { pending } = makeOneOfEach();
    const waiting = [wait([pending], { timeoutMs: 0 }), pending.result({ timeoutMs: 0 }).catch(() => {})];
    assert.equal(countTimers(), before);
    await Promise.all(waiting);
  });

  it('names what cannot be waited for', async () => {
    const { pending } = makeOneOfEach();
    await assert.rejects(wait([pending, pending, 42] as never), {
      name: 'TypeError',
      code: 'ERR_TARDIGRADE_INVALID_OPTION',
      message: 'futures[2] must be a future or a promise, got 42',
    });
    await assert.rejects(wait('ab' as never), /futures\[0\] must be a future or a promise, got 'a'/);
    await assert.rejects(wait([undefined] as never), /futures\[0\] .* got undefined/);
    for (const bad of [undefined, null, 42, pending, () => {}]) {
      await assert.rejects(wait(bad as never), {
        name: 'TypeError',
        message: /^futures must be an iterable of futures/,
      });
    }
  });

  it('names a bad option', async () => {
    await assert.rejects(wait([], { timeoutMs: -1 }), { name: 'RangeError', message: /options\.timeoutMs .* got -1/ });
    await assert.rejects(wait([], { returnWhen: 'first' as never }), {
      name: 'RangeError',
      message: "options.returnWhen must be 'all-completed' | 'first-completed' | 'first-exception', got 'first'",
    });
    await assert.rejects(wait([], { returnwhen: 'first-completed' } as never), /did you mean 'returnWhen'/);
  });
});
