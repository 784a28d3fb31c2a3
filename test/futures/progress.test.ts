import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressLog } from '#src/futures/progress.js';
import { makeFuture } from './make-future.js';

async function readAll(progress: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const value of progress) seen.push(value);
  return seen;
}

describe('the progress of a future', () => {
  it('gives every consumer all reports in order, and ends with the future', async () => {
    const controller = makeFuture<number>();
    const consumers = [readAll(controller.future.progress), readAll(controller.future.progress)];
    controller.reportProgress(1);
    controller.reportProgress(undefined);
    setImmediate(() => {
      controller.reportProgress(3);
      controller.fulfil(0);
      controller.reportProgress('late');
    });
    assert.deepEqual(await Promise.all(consumers), [
      [1, undefined, 3],
      [1, undefined, 3],
    ]);
  });

  it('gives a late consumer the latest report first', async () => {
    const controller = makeFuture<number>();
    controller.reportProgress(1);
    controller.reportProgress(2);
    const reading = readAll(controller.future.progress);
    controller.reportProgress(3);
    controller.fulfil(0);
    assert.deepEqual(await reading, [2, 3]);
    assert.deepEqual(await readAll(controller.future.progress), [3]);
  });

  it('ends without an error when the task fails or is cancelled, and at once when nothing was reported', async () => {
    const failed = makeFuture();
    failed.future.catch(() => {});
    const reading = readAll(failed.future.progress);
    failed.reportProgress('half');
    failed.reject(new Error('no'));
    assert.deepEqual(await reading, ['half']);
    const cancelled = makeFuture();
    cancelled.future.cancel();
    assert.deepEqual(await readAll(cancelled.future.progress), []);
  });

  it('can be left early, also while a read waits', async () => {
    const controller = makeFuture<number>();
    const iterator = controller.future.progress[Symbol.asyncIterator]();
    const waiting = iterator.next();
    // The read has begun to wait when all microtasks are over.
    await new Promise((resolve) => setImmediate(resolve));
    await iterator.return?.();
    assert.equal((await waiting).done, true);
    assert.equal((await iterator.next()).done, true);
    controller.reportProgress(1);
    for await (const value of controller.future.progress) {
      assert.equal(value, 1);
      break;
    }
  });

  it('ends every read that waits when it is left', async () => {
    const iterator = new ProgressLog()[Symbol.asyncIterator]();
    const reads = [iterator.next(), iterator.next()];
    await new Promise((resolve) => setImmediate(resolve));
    await iterator.return?.();
    assert.deepEqual(
      (await Promise.all(reads)).map(({ done }) => done),
      [true, true],
    );
  });

  it('takes no report after the end', async () => {
    const log = new ProgressLog();
    log.report(1);
    log.end();
    log.report(2);
    assert.deepEqual(await readAll(log), [1]);
  });

  it('keeps nothing of a consumer that keeps up', async () => {
    const { measureGrowth } = await import('./collect-garbage.js');
    const log = new ProgressLog();
    const iterator = log[Symbol.asyncIterator]();
    const grownBytes = await measureGrowth(async () => {
      for (let count = 0; count < 30_000; count += 1) {
        const read = iterator.next();
        await undefined;
        await undefined;
        log.report(count);
        await read;
      }
    }, 1_000_000);
    assert.ok(grownBytes < 1_000_000, `It grew by ${grownBytes} bytes.`);
  });

  it('answers reads that were asked for at once in order', async () => {
    const log = new ProgressLog();
    const iterator = log[Symbol.asyncIterator]();
    const reads = [iterator.next(), iterator.next()];
    log.report('a');
    reads.push(iterator.next());
    await reads[0];
    log.report('b');
    log.report('c');
    log.end();
    const values = (await Promise.all(reads)).map(({ value }) => value);
    assert.deepEqual(values, ['a', 'b', 'c']);
  });

  it('keeps nothing but the latest report when nobody reads', async () => {
    const { collectGarbage } = await import('./collect-garbage.js');
    const controller = makeFuture<number>();
    void controller.future.progress;
    const kept = new WeakRef({ old: true });
    (() => controller.reportProgress(kept.deref()))();
    controller.reportProgress('newer');
    await collectGarbage(() => kept.deref() === undefined);
    assert.equal(kept.deref(), undefined);
    assert.equal(controller.future.state, 'pending');
  });
});
