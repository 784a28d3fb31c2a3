import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CancelledError, TardigradeError, TimeoutError } from '#src/base/errors.js';
import { Future, onFutureDone } from '#src/futures/future.js';
import { FUTURE_TRANSITIONS, type FutureState } from '#src/futures/future-states.js';
import { collectEvents, makeFuture, makeOneOfEach } from './make-future.js';

const STATES = Object.keys(FUTURE_TRANSITIONS) as FutureState[];

function statesWhere(judge: (future: Future<number>) => boolean): FutureState[] {
  const futures = makeOneOfEach();
  return STATES.filter((state) => judge(futures[state]));
}

describe('the state of a future', () => {
  it('says for each state whether it is cancelled, done or running (faults 137–139)', () => {
    assert.deepEqual(
      statesWhere((future) => future.cancelled()),
      ['cancelled'],
    );
    assert.deepEqual(
      statesWhere((future) => future.done()),
      ['fulfilled', 'rejected', 'cancelled'],
    );
    assert.deepEqual(
      statesWhere((future) => future.running()),
      ['running'],
    );
    const futures = makeOneOfEach();
    for (const state of STATES) assert.equal(futures[state].state, state);
  });

  it('is cancelled by cancel() only while it is pending (faults 134–136)', () => {
    assert.deepEqual(
      statesWhere((future) => future.cancel()),
      ['pending'],
    );
  });

  it('stays when the executor does not grant the wish to cancel', async () => {
    const { createFuture } = await import('#src/futures/future.js');
    const future = createFuture({ name: 'held', onCancel: () => false });
    assert.equal(future.cancel(), false);
    assert.equal(future.state, 'pending');
  });

  it('goes back to pending when its task is started again', () => {
    const controller = makeFuture<number>();
    controller.start();
    controller.requeue();
    assert.equal(controller.future.state, 'pending');
    controller.start();
    assert.equal(controller.future.running(), true);
  });

  it('refuses to settle twice, naming the step and the state (faults 144)', () => {
    const controller = makeFuture<number>('resize');
    controller.fulfil(1);
    assert.throws(() => controller.fulfil(2), /Illegal step: fulfil of future resize in state fulfilled/);
    assert.throws(() => controller.reject(new Error('late')), /reject of future resize in state fulfilled/);
    assert.throws(() => controller.cancelled(new CancelledError('late')), /cancel of future resize/);
    assert.throws(() => controller.start(), /start of future resize in state fulfilled/);
  });

  it('allows exactly the steps of the table', () => {
    for (const state of STATES) {
      for (const step of ['start', 'requeue', 'fulfil', 'reject', 'cancel'] as const) {
        const controller = makeFuture<number>();
        controller.future.addDoneCallback(() => {});
        if (state === 'running') controller.start();
        if (state === 'fulfilled') controller.fulfil(1);
        if (state === 'rejected') controller.reject(1);
        if (state === 'cancelled') controller.future.cancel();
        const allowed: Partial<Record<string, FutureState>> = FUTURE_TRANSITIONS[state];
        const take = {
          start: () => controller.start(),
          requeue: () => controller.requeue(),
          fulfil: () => controller.fulfil(2),
          reject: () => controller.reject(2),
          cancel: () => controller.cancelled(new CancelledError('x')),
        }[step];
        if (allowed[step] === undefined) assert.throws(take, /Illegal step/, `${step} in ${state}`);
        else {
          take();
          assert.equal(controller.future.state, allowed[step]);
        }
      }
    }
  });

  it('is shown by inspect and as a tag (faults 133)', () => {
    const controller = makeFuture<number>('resize');
    assert.equal(inspect(controller.future), "Future { state: 'pending', name: 'resize' }");
    controller.fulfil(42);
    assert.equal(inspect(controller.future), "Future { state: 'fulfilled', value: 42, name: 'resize' }");
    assert.equal(inspect({ a: { b: { c: controller.future } } }), '{ a: { b: { c: [Future] } } }');
    const { rejected, cancelled } = makeOneOfEach();
    assert.match(inspect(rejected), /^Future \{\s+state: 'rejected',\s+error: RangeError: no\n/);
    assert.match(
      inspect(cancelled),
      /^Future \{\s+state: 'cancelled',\s+error: .*AbortError\]?: task task was cancelled\n/,
    );
    assert.equal(String(controller.future), '[object Future]');
  });

  it('cannot be made by hand', () => {
    assert.throws(() => Reflect.construct(Future, []), { name: 'TypeError', message: /executor\.submit\(\)/ });
    assert.equal(makeFuture().future instanceof Future, true);
  });
});

describe('a future as a promise', () => {
  it('can be awaited, before and after it is done', async () => {
    const controller = makeFuture<number>();
    queueMicrotask(() => controller.fulfil(7));
    assert.equal(await controller.future, 7);
    assert.equal(await controller.future, 7);
  });

  it('rejects with exactly what was thrown', async () => {
    const { future, reject } = ((c) => ({ future: c.future, reject: (e: unknown) => c.reject(e) }))(makeFuture());
    const error = new Error('boom');
    const waiting = assert.rejects(Promise.resolve(future), (thrown) => thrown === error);
    reject(error);
    await waiting;
    await assert.rejects(future.result(), (thrown) => thrown === error);
  });

  it('has then, catch and finally, which give native promises', async () => {
    const { fulfilled, rejected } = makeOneOfEach();
    assert.ok(fulfilled.then() instanceof Promise);
    assert.equal(await fulfilled.then((value) => value + 1), 43);
    assert.equal(await fulfilled.catch(() => 0), 42);
    assert.equal(await rejected.catch((error: unknown) => error instanceof RangeError), true);
    assert.equal(
      await rejected.then(
        () => 'value',
        () => 'error',
      ),
      'error',
    );
    let called = 0;
    const count = (): void => {
      called += 1;
    };
    await fulfilled.finally(count);
    await assert.rejects(rejected.finally(count), RangeError);
    assert.equal(called, 2);
  });

  it('works in Promise.all, race and allSettled', async () => {
    const { fulfilled, rejected } = makeOneOfEach();
    const late = makeFuture<string>();
    const all = Promise.all([fulfilled, late.future]);
    late.fulfil('late');
    assert.deepEqual(await all, [42, 'late']);
    assert.equal(await Promise.race([fulfilled, makeFuture().future]), 42);
    const [first] = await Promise.allSettled([rejected]);
    assert.equal(first.status, 'rejected');
  });

  it('gives CancelledError with the reason as cause when it was cancelled', async () => {
    const { future } = makeFuture();
    const waiting = assert.rejects(
      async () => await future,
      (error: unknown) => error instanceof CancelledError && error.name === 'AbortError' && error.cause === 'enough',
    );
    assert.equal(future.cancel('enough'), true);
    await waiting;
    assert.equal(future.cancel('again'), false);
  });
});

describe('result() and exception()', () => {
  it('answer at once with timeoutMs 0, for each state (faults 140, 143)', async () => {
    const futures = makeOneOfEach();
    const now = { timeoutMs: 0 };
    for (const state of ['pending', 'running'] as const) {
      await assert.rejects(futures[state].result(now), TimeoutError);
      await assert.rejects(futures[state].exception(now), TimeoutError);
    }
    assert.equal(await futures.fulfilled.result(now), 42);
    assert.equal(await futures.fulfilled.exception(now), null);
    await assert.rejects(futures.rejected.result(now), RangeError);
    assert.ok((await futures.rejected.exception(now)) instanceof RangeError);
    await assert.rejects(futures.cancelled.result(now), CancelledError);
    await assert.rejects(futures.cancelled.exception(now), CancelledError);
  });

  it('return what comes while they wait (faults 141)', async () => {
    const controller = makeFuture<number>();
    const answers = Promise.all([controller.future.result({ timeoutMs: 60_000 }), controller.future.result()]);
    const exception = controller.future.exception({ timeoutMs: 60_000 });
    setImmediate(() => controller.fulfil(5));
    assert.deepEqual(await answers, [5, 5]);
    assert.equal(await exception, null);
  });

  it('reject when the future is cancelled while they wait (faults 142)', async () => {
    const { future } = makeFuture();
    const waiting = Promise.all([
      assert.rejects(future.result({ timeoutMs: 60_000 }), CancelledError),
      assert.rejects(future.result(), CancelledError),
      assert.rejects(future.exception(), CancelledError),
    ]);
    setImmediate(() => future.cancel());
    await waiting;
  });

  it('time out without touching the future, and the stack shows who waited', async () => {
    const controller = makeFuture<number>('slow');
    async function whoWaited(): Promise<void> {
      await controller.future.result({ timeoutMs: 1 });
    }
    await assert.rejects(whoWaited(), (error: unknown) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.message, 'task slow was not done within 1 ms');
      assert.match(String(error.stack), /whoWaited/);
      return true;
    });
    assert.equal(controller.future.state, 'pending');
    controller.fulfil(1);
    assert.equal(await controller.future, 1);
  });

  it('keep a falsy error a failure (faults 145, trap c)', async () => {
    for (const thrown of [undefined, 0, '', false, Number.NaN]) {
      const controller = makeFuture();
      controller.future.addDoneCallback(() => {});
      controller.reject(thrown);
      assert.equal(controller.future.state, 'rejected');
      assert.ok(Object.is(await controller.future.exception(), thrown));
      await controller.future.then(
        () => assert.fail('It was fulfilled.'),
        (reason: unknown) => assert.ok(Object.is(reason, thrown)),
      );
    }
  });

  it('tell a thrown null from no failure by an error whose cause is null (faults 145)', async () => {
    const controller = makeFuture();
    controller.future.addDoneCallback(() => {});
    controller.reject(null);
    const exception = await controller.future.exception();
    assert.ok(exception instanceof TardigradeError);
    assert.equal(exception.cause, null);
    await controller.future.result().then(
      () => assert.fail('It was fulfilled.'),
      (reason: unknown) => assert.equal(reason, null),
    );
  });

  it('refuse a bad timeout by name', async () => {
    const { future } = makeFuture();
    await assert.rejects(future.result({ timeoutMs: -1 }), {
      name: 'RangeError',
      code: 'ERR_TARDIGRADE_INVALID_OPTION',
      message: 'options.timeoutMs must be a number of milliseconds of at least 0, got -1',
    });
    await assert.rejects(future.exception({ timeoutMs: Number.NaN }), RangeError);
    await assert.rejects(future.result({ timeoutMs: '5' as never }), TypeError);
    await assert.rejects(future.result({ timeout: 5 } as never), /did you mean 'timeoutMs'/);
    assert.equal(
      await Promise.race([future.result({ timeoutMs: Number.POSITIVE_INFINITY }), 'still waiting']),
      'still waiting',
    );
  });
});

describe('a done callback', () => {
  it('is called once with the future, for a value, an error and a cancellation (faults 126–128)', () => {
    const settle = {
      fulfilled: (c: ReturnType<typeof makeFuture>) => c.fulfil(1),
      rejected: (c: ReturnType<typeof makeFuture>) => c.reject(new Error('no')),
      cancelled: (c: ReturnType<typeof makeFuture>) => void c.future.cancel(),
    };
    for (const [state, act] of Object.entries(settle)) {
      const controller = makeFuture();
      const calls: unknown[] = [];
      controller.future.addDoneCallback((...args) => void calls.push(...args, args[0].state));
      assert.deepEqual(calls, []);
      act(controller);
      assert.deepEqual(calls, [controller.future, state]);
    }
  });

  it('is called at once when the future is done (faults 130–132)', () => {
    const futures = makeOneOfEach();
    for (const state of ['fulfilled', 'rejected', 'cancelled'] as const) {
      const calls: unknown[] = [];
      futures[state].addDoneCallback((future) => void calls.push(future));
      assert.deepEqual(calls, [futures[state]]);
    }
  });

  it('that throws or rejects is reported, and the next one still runs (faults 129)', async () => {
    const controller = makeFuture<number>('resize');
    const order: string[] = [];
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('do not look');
        },
      },
    );
    const warnings = await collectEvents('warning', () => {
      controller.future.addDoneCallback(() => {
        throw new Error('bad callback');
      });
      controller.future.addDoneCallback(async () => {
        throw new Error('bad async callback');
      });
      controller.future.addDoneCallback(() => {
        throw hostile;
      });
      controller.future.addDoneCallback(() => void order.push('next'));
      controller.fulfil(1);
      order.push('settled');
    });
    assert.deepEqual(order, ['next', 'settled']);
    const messages = warnings.map((warning) => {
      assert.ok(warning instanceof Error && 'code' in warning && 'detail' in warning);
      assert.equal(warning.name, 'TardigradeWarning');
      assert.equal(warning.code, 'TARDIGRADE_CALLBACK_FAILED');
      assert.equal(warning.message, 'a done callback of task resize failed');
      return String(warning.detail);
    });
    assert.equal(messages.length, 3);
    assert.match(messages.join('\n'), /Error: bad callback\n +at .*future\.test/);
    assert.match(messages.join('\n'), /Error: bad async callback\n +at .*future\.test/);
  });

  it('that throws at once does not reach the caller of addDoneCallback', async () => {
    const warnings = await collectEvents('warning', () => {
      makeOneOfEach().fulfilled.addDoneCallback(() => {
        throw new Error('at once');
      });
    });
    assert.equal(warnings.length, 1);
  });

  it('that hands back a future leaves the failure of that future to its owner', async () => {
    const inner = makeFuture<number>();
    const warnings = await collectEvents('warning', async () => {
      makeOneOfEach().fulfilled.addDoneCallback(() => inner.future);
      inner.future.catch(() => {});
      inner.reject(new Error('handled by its owner'));
    });
    assert.deepEqual(warnings, []);
  });

  it('is called in the order of adding, each time it was added', () => {
    const controller = makeFuture<number>();
    const calls: number[] = [];
    const first = (): void => void calls.push(1);
    controller.future.addDoneCallback(first);
    controller.future.addDoneCallback(() => {
      calls.push(2);
      controller.future.addDoneCallback(() => void calls.push(4));
    });
    controller.future.addDoneCallback(first);
    controller.fulfil(0);
    assert.deepEqual(calls, [1, 2, 4, 1]);
  });

  it('runs in the async context of whoever added it', () => {
    const storage = new AsyncLocalStorage<string>();
    const controller = makeFuture<number>();
    const seen: unknown[] = [];
    storage.run('adder', () => controller.future.addDoneCallback(() => void seen.push(storage.getStore())));
    storage.run('settler', () => controller.fulfil(1));
    assert.deepEqual(seen, ['adder']);
  });

  it('must be a function', () => {
    assert.throws(() => makeFuture().future.addDoneCallback(42 as never), {
      name: 'TypeError',
      message: 'fn must be a function, got 42',
    });
  });
});

describe('onFutureDone', () => {
  it('can be taken back, also by another listener in the same round', () => {
    const [alone, together] = [makeFuture<number>(), makeFuture<number>()];
    const calls: string[] = [];
    onFutureDone(alone.future, () => calls.push('alone'))();
    alone.fulfil(1);
    onFutureDone(together.future, () => takeBack());
    const takeBack = onFutureDone(together.future, () => calls.push('taken back'));
    onFutureDone(together.future, () => calls.push('last'));
    together.fulfil(1);
    assert.deepEqual(calls, ['last']);
  });
});

describe('a failure that nobody observes', () => {
  it('is an unhandled rejection, once, and late handling is told as for a promise', async () => {
    const error = new Error('nobody looks');
    const controller = makeFuture();
    const handled = await collectEvents('rejectionHandled', async () => {
      const unhandled = await collectEvents('unhandledRejection', () => controller.reject(error));
      assert.deepEqual(unhandled, [error]);
      const again = await collectEvents('unhandledRejection', () => controller.future.catch(() => {}));
      assert.deepEqual(again, []);
    });
    assert.equal(handled.length, 1);
  });

  const observers = {
    'then() with a handler': (future: Future<unknown>) => future.then(undefined, () => {}),
    'catch()': (future: Future<unknown>) => future.catch(() => {}),
    'await in a try': async (future: Future<unknown>) => {
      try {
        await future;
      } catch {}
    },
    'result()': (future: Future<unknown>) => future.result().catch(() => {}),
    'exception()': (future: Future<unknown>) => future.exception(),
    'addDoneCallback()': (future: Future<unknown>) => future.addDoneCallback(() => {}),
    'a result() that timed out': (future: Future<unknown>) => future.result({ timeoutMs: 0 }).catch(() => {}),
  };
  for (const [how, observe] of Object.entries(observers)) {
    it(`is not one that was observed by ${how}, before or right after`, async () => {
      const unhandled = await collectEvents('unhandledRejection', () => {
        const before = makeFuture();
        void observe(before.future);
        before.reject(new Error('seen'));
        const after = makeFuture();
        after.reject(new Error('seen'));
        void observe(after.future);
      });
      assert.deepEqual(unhandled, []);
    });
  }

  it('is reported through what finally() and result() gave, when nobody looks at that', async () => {
    for (const derive of [(f: Future<unknown>) => f.finally(() => {}), (f: Future<unknown>) => f.result()]) {
      const error = new Error('derived');
      const unhandled = await collectEvents('unhandledRejection', () => {
        const controller = makeFuture();
        void derive(controller.future);
        controller.reject(error);
      });
      assert.deepEqual(unhandled, [error]);
    }
  });

  it('is not a cancellation', async () => {
    const unhandled = await collectEvents('unhandledRejection', () => makeFuture().future.cancel());
    assert.deepEqual(unhandled, []);
  });

  it('is not made one by looking at the state, the progress or the picture', async () => {
    const error = new Error('only looked at');
    const unhandled = await collectEvents('unhandledRejection', () => {
      const controller = makeFuture();
      void controller.future.progress;
      controller.reject(error);
      inspect(controller.future);
      controller.future.done();
    });
    assert.deepEqual(unhandled, [error]);
  });
});
