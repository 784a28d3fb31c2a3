import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectFutures, watchFutures } from '#src/futures/watch.js';
import { collectGarbage } from './collect-garbage.js';
import { makeFuture, makeOneOfEach } from './make-future.js';

describe('collectFutures', () => {
  it('keeps the order and drops what comes twice', () => {
    const { pending, running } = makeOneOfEach();
    assert.deepEqual([...collectFutures([running, pending, running])], [running, pending]);
  });

  it('closes the input when an item cannot be waited for', () => {
    let isClosed = false;
    function* generate(): Generator<never> {
      try {
        yield 1 as never;
      } finally {
        isClosed = true;
      }
    }
    assert.throws(() => collectFutures(generate()), TypeError);
    assert.equal(isClosed, true);
  });
});

describe('watchFutures', () => {
  it('tells of each item once, of settled futures at once, and which ones have failed', async () => {
    const futures = makeOneOfEach();
    const failing = Promise.reject(new Error('no'));
    const told: [unknown, boolean][] = [];
    const items = [futures.fulfilled, futures.rejected, futures.cancelled, futures.pending, failing];
    watchFutures<PromiseLike<unknown>>(items, (item, { hasFailed }) => void told.push([item, hasFailed]));
    assert.deepEqual(told, [
      [futures.fulfilled, false],
      [futures.rejected, true],
      [futures.cancelled, false],
    ]);
    futures.pending.cancel();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told.slice(3), [
      [futures.pending, false],
      [failing, true],
    ]);
  });

  it('survives a thenable that throws', async () => {
    const thenable: PromiseLike<never> = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable that is no promise.
      then() {
        throw new Error('bad thenable');
      },
    };
    const told = await new Promise((resolve) => {
      watchFutures([thenable], (_, { hasFailed }) => resolve(hasFailed));
    });
    assert.equal(told, true);
  });

  it('tells nothing after stop(), not even in the round of calls that stopped it', async () => {
    const [first, second] = [makeFuture<number>(), makeFuture<number>()];
    const told: unknown[] = [];
    const watch = watchFutures<PromiseLike<unknown>>([first.future, second.future, Promise.resolve(1)], (item) => {
      told.push(item);
      watch.stop();
    });
    first.fulfil(1);
    second.fulfil(2);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told, [first.future]);
  });

  it('leaves nothing behind after stop()', async () => {
    const open = makeFuture<number>();
    const openPromise = new Promise(() => {});
    const watchOnce = (): WeakRef<object> => {
      const listener = (): void => {};
      watchFutures<PromiseLike<unknown>>([open.future, openPromise], listener).stop();
      return new WeakRef(listener);
    };
    const ref = watchOnce();
    await collectGarbage(() => ref.deref() === undefined);
    assert.equal(ref.deref(), undefined);
    assert.equal(open.future.done(), false);
    assert.ok(openPromise instanceof Promise);
  });
});
