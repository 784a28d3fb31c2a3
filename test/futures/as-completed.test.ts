import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TimeoutError } from '#src/base/errors.js';
import { asCompleted, type CompletedFutures } from '#src/futures/as-completed.js';
import type { Future } from '#src/futures/future.js';
import { collectGarbage } from './collect-garbage.js';
import { collectEvents, makeFuture, makeOneOfEach } from './make-future.js';

async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

describe('asCompleted', () => {
  it('yields futures in the order of completion, also failed and cancelled ones (faults 99)', async () => {
    const [a, b, c] = [makeFuture<string>('a'), makeFuture<string>('b'), makeFuture<string>('c')];
    const { fulfilled } = makeOneOfEach();
    const reading = readAll(asCompleted<Future<unknown>>([a.future, b.future, c.future, fulfilled]));
    c.reject(new Error('no'));
    setImmediate(() => {
      a.future.cancel();
      b.fulfil('b');
    });
    assert.deepEqual(await reading, [fulfilled, c.future, a.future, b.future]);
  });

  it('yields what is done, then throws, with timeoutMs 0 (faults 100)', async () => {
    const { pending, fulfilled, cancelled } = makeOneOfEach();
    const seen: unknown[] = [];
    await assert.rejects(async () => {
      for await (const future of asCompleted([fulfilled, pending, cancelled], { timeoutMs: 0 })) seen.push(future);
    }, TimeoutError);
    assert.deepEqual(seen, [fulfilled, cancelled]);
  });

  it('yields the same future once (faults 101)', async () => {
    const { fulfilled } = makeOneOfEach();
    const controller = makeFuture<number>();
    const reading = readAll(asCompleted([controller.future, fulfilled, controller.future, fulfilled]));
    controller.fulfil(1);
    assert.deepEqual(await reading, [fulfilled, controller.future]);
  });

  it('says how many are unfinished when the time is over (faults 147)', async () => {
    const { pending, running, fulfilled, cancelled } = makeOneOfEach();
    for (const timeoutMs of [0, 1]) {
      async function whoWaited(): Promise<void> {
        await readAll(asCompleted([pending, fulfilled, running, cancelled, pending], { timeoutMs }));
      }
      await assert.rejects(whoWaited(), (error: unknown) => {
        assert.ok(error instanceof TimeoutError);
        assert.equal(error.message, '2 (of 4) futures unfinished');
        assert.match(String(error.stack), /readAll/);
        return true;
      });
    }
  });

  it('keeps no future that it has yielded (faults 146)', async () => {
    const pending = makeFuture<object>();
    const open = new Promise<void>(() => {});
    const refs: WeakRef<object>[] = [];
    const makeIterator = (): CompletedFutures<PromiseLike<unknown>> => {
      const [early, late] = [makeFuture<object>(), makeFuture<object>()];
      const promise = Promise.resolve(1);
      refs.push(new WeakRef(early.future), new WeakRef(late.future), new WeakRef(promise));
      early.fulfil({ big: 1 });
      setImmediate(() => late.fulfil({ big: 2 }));
      return asCompleted<PromiseLike<unknown>>([early.future, late.future, promise, pending.future, open]);
    };
    const iterator = makeIterator();
    const takeOne = async (): Promise<boolean | undefined> => (await iterator.next()).done;
    for (let count = 0; count < 3; count += 1) assert.equal(await takeOne(), false);
    const waiting = iterator.next();
    await collectGarbage(() => refs.every((ref) => ref.deref() === undefined));
    assert.deepEqual(
      refs.map((ref) => ref.deref()),
      [undefined, undefined, undefined],
    );
    pending.fulfil({});
    assert.equal((await waiting).value, pending.future);
    await iterator.return();
  });

  it('keeps no future that it has yielded, also while others are ready', async () => {
    const makeIterator = (): { iterator: CompletedFutures<Future<object>>; refs: WeakRef<object>[] } => {
      const futures = [1, 2, 3].map((value) => {
        const controller = makeFuture<object>();
        controller.fulfil({ value });
        return controller.future;
      });
      return { iterator: asCompleted(futures), refs: futures.map((future) => new WeakRef(future)) };
    };
    const { iterator, refs } = makeIterator();
    const takeOne = async (): Promise<boolean | undefined> => (await iterator.next()).done;
    await takeOne();
    await takeOne();
    await collectGarbage(() => refs.filter((ref) => ref.deref() === undefined).length === 2);
    assert.deepEqual(
      refs.map((ref) => ref.deref() === undefined),
      [true, true, false],
    );
    assert.equal(await takeOne(), false);
    assert.equal(await takeOne(), true);
  });

  it('leaves nothing on futures and promises, and no timer, when the loop is left early', async () => {
    const pending = makeFuture<object>();
    const open = new Promise<void>(() => {});
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    const leave = async (): Promise<WeakRef<object>> => {
      const { fulfilled } = makeOneOfEach();
      const iterator = asCompleted<PromiseLike<unknown>>([pending.future, open, fulfilled], { timeoutMs: 60_000 });
      for await (const _ of iterator) break;
      assert.equal((await iterator.next()).done, true);
      return new WeakRef(iterator);
    };
    const ref = await leave();
    assert.equal(countTimers(), before);
    await collectGarbage(() => ref.deref() === undefined);
    assert.equal(ref.deref(), undefined);
    assert.equal(pending.future.state, 'pending');
  });

  it('runs a timer only while a read waits', async () => {
    const countTimers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = countTimers();
    const controller = makeFuture<number>();
    const iterator = asCompleted([controller.future, makeFuture<number>().future], { timeoutMs: 60_000 });
    assert.equal(countTimers(), before);
    const waiting = iterator.next();
    assert.equal(countTimers(), before + 1);
    controller.fulfil(1);
    await waiting;
    assert.equal(countTimers(), before);
  });

  it('answers reads that were asked for at once: each an item, the rest the end', async () => {
    const [a, b] = [makeFuture<string>('a'), makeFuture<string>('b')];
    const iterator = asCompleted([a.future, b.future]);
    const reads = [iterator.next(), iterator.next(), iterator.next()];
    b.fulfil('b');
    a.fulfil('a');
    assert.deepEqual(
      (await Promise.all(reads)).map(({ value }) => value),
      [b.future, a.future, undefined],
    );
  });

  it('ends the read that waits when another one leaves', async () => {
    const iterator = asCompleted([makeFuture<string>('a').future], { timeoutMs: 60_000 });
    const waiting = iterator.next();
    await iterator.return();
    assert.equal((await waiting).done, true);
  });

  it('tells one reader of the timeout, and then is over', async () => {
    const [a, b] = [makeFuture<string>('a'), makeFuture<string>('b')];
    const iterator = asCompleted([a.future, b.future], { timeoutMs: 1 });
    const second = [iterator.next(), iterator.next()];
    await assert.rejects(second[0] ?? assert.fail(), TimeoutError);
    assert.equal((await second[1])?.done, true);
    a.fulfil('a');
    assert.equal((await iterator.next()).done, true);
  });

  it('mixes futures of different executors and promises, which it yields as they are (faults 150)', async () => {
    const controller = makeFuture<number>();
    const failed = Promise.reject(new Error('handled by being watched'));
    const unhandled = await collectEvents('unhandledRejection', async () => {
      const reading = readAll(asCompleted<PromiseLike<unknown>>([controller.future, failed], { timeoutMs: 60_000 }));
      setImmediate(() => controller.reject(new Error('watched too')));
      assert.deepEqual(await reading, [failed, controller.future]);
    });
    assert.deepEqual(unhandled, []);
  });

  it('sees promises that have settled also with timeoutMs 0', async () => {
    const settled = Promise.resolve(1);
    const iterator = asCompleted<PromiseLike<unknown>>([new Promise(() => {}), settled], { timeoutMs: 0 });
    assert.equal((await iterator.next()).value, settled);
    await assert.rejects(iterator.next(), /^TimeoutError: 1 \(of 2\) futures unfinished$/);
  });

  it('yields ten thousand futures that settle at once or one by one', async () => {
    const controllers = Array.from({ length: 10_000 }, (_, index) => makeFuture<number>(String(index)));
    const futures = controllers.map(({ future }) => future);
    for (const controller of controllers.slice(0, 5_000)) controller.fulfil(1);
    const seen: Future<number>[] = [];
    let next = 5_000;
    for await (const future of asCompleted(futures, { timeoutMs: 60_000 })) {
      seen.push(future);
      if (seen.length === next) controllers[next++]?.fulfil(1);
    }
    assert.deepEqual(
      seen.every((future, index) => future === futures[index]),
      true,
    );
    assert.equal(seen.length, 10_000);
  });

  it('ends at once with nothing to wait for', async () => {
    assert.deepEqual(await readAll(asCompleted([])), []);
    assert.deepEqual(await readAll(asCompleted(new Set<Future<number>>(), { timeoutMs: 0 })), []);
  });

  it('refuses bad input at the call, by name', () => {
    const { pending } = makeOneOfEach();
    assert.throws(() => asCompleted([pending, {}] as never), {
      name: 'TypeError',
      message: 'futures[1] must be a future or a promise, got {}',
    });
    assert.throws(() => asCompleted(pending as never), /futures must be an iterable/);
    assert.throws(() => asCompleted([], { timeoutMs: Number.NaN }), { name: 'RangeError', message: /got NaN/ });
    assert.throws(() => asCompleted([], { returnWhen: 'x' } as never), /not an option of AsCompletedOptions/);
  });
});
