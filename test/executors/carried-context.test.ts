/**
 * Chosen stores of the submitter's async context in tasks, on every kind of executor.
 */

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import {
  type Executor,
  getReusableExecutor,
  InlineExecutor,
  type InlineOptions,
  ProcessPoolExecutor,
  SerializationError,
  share,
  ThreadPoolExecutor,
} from 'tardigrade';
import { carriedContext, contextStorage } from 'tardigrade/worker';
import { poolTest } from '../support/pools.js';

interface User {
  readonly name: string;
  readonly roles: ReadonlySet<string>;
}

/** Travels by value, so the class must be found by the worker: it is captured. */
class Tenant {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  greet(): string {
    return `tenant ${this.id}`;
  }
}

const requestId = new AsyncLocalStorage<string>();
const user = new AsyncLocalStorage<User>();
const context = { requestId, user };
const ada: User = { name: 'ada', roles: new Set(['admin']) };

const KINDS: Record<string, (options: InlineOptions) => Executor> = {
  processes: (options) => new ProcessPoolExecutor({ maxWorkers: 1, ...options }),
  threads: (options) => new ThreadPoolExecutor({ maxWorkers: 1, ...options }),
  'the calling thread': (options) => new InlineExecutor(options),
};

const lookUp = (): unknown[] => [carriedContext('requestId'), carriedContext('user')];
const readId = (): string | undefined => carriedContext<string>('requestId');

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(`${kind}: a task finds by name what the stores held where it was submitted`, async ({ use }) => {
    const pool = use(make({ context }));
    const both = requestId.run('r1', () => user.run(ada, () => pool.submit(lookUp)));
    const one = requestId.run('r2', () => pool.submit(lookUp));
    const none = pool.submit(lookUp);
    assert.deepEqual(await Promise.all([both, one, none]), [
      ['r1', ada],
      ['r2', undefined],
      [undefined, undefined],
    ]);
  });

  poolTest(
    `${kind}: it is there after awaits, in timers and in calls within, and gone in the next task`,
    async ({ use }) => {
      const pool = use(make({ context }));
      const seen = await requestId.run('r1', () =>
        pool.submit(async () => {
          const found = [readId()];
          await null;
          found.push(readId());
          await new Promise<void>((resolve) => {
            setTimeout(() => {
              found.push(readId());
              resolve();
            }, 1);
          });
          // Runs when this task is long over, and the next one has ended.
          const late = new Promise((resolve) => setTimeout(() => resolve(readId()), 30));
          Object.assign(globalThis, { lateReading: late });
          return found;
        }),
      );
      assert.deepEqual(seen, ['r1', 'r1', 'r1']);
      assert.equal(await pool.submit(readId), undefined);
      assert.equal(await pool.submit(() => (globalThis as { lateReading?: unknown }).lateReading), 'r1');
    },
  );

  poolTest(
    `${kind}: each item of a map has it, in chunks, one by one, and whoever asks for results`,
    async ({ use }) => {
      const pool = use(make({ context }));
      async function* slowly(): AsyncGenerator<number> {
        for (let item = 0; item < 4; item += 1) {
          await turn();
          yield item;
        }
      }
      const walks = requestId.run('map', () => [
        pool.map(readId, [1, 2, 3, 4, 5, 6], { chunkSize: 3, bufferSize: 3 }),
        pool.map(readId, [1, 2], { chunkSize: 1 }),
        pool.map(readId, slowly()),
      ]);
      const found = await requestId.run('consumer', () => Promise.all(walks.map((walk) => walk.toArray())));
      assert.deepEqual(found.flat(), new Array(12).fill('map'));
    },
  );

  poolTest(`${kind}: every attempt of a task has it`, async ({ use }) => {
    const pool = use(make({ context }));
    const failTwice = (): unknown => {
      const counts = globalThis as { attempts?: unknown[] };
      counts.attempts ??= [];
      counts.attempts.push(readId());
      if (counts.attempts.length < 3) throw new Error('once more');
      return counts.attempts.splice(0);
    };
    const view = pool.withOptions({ retries: 2, retryOn: () => true });
    const seen = await requestId.run('r1', () => view.submit(failTwice));
    assert.deepEqual(seen, ['r1', 'r1', 'r1']);
  });

  poolTest(`${kind}: it is a snapshot, of whatever can be an argument`, async ({ use }) => {
    const value = new AsyncLocalStorage<unknown>();
    const pool = use(make({ context: { value } }));
    const read = (): unknown => carriedContext('value');
    const tenant = (): string => (carriedContext('value') as Tenant).greet();
    const greet = (): unknown => (carriedContext('value') as () => unknown)();
    const list = [1];
    const before = value.run(list, () => pool.submit(read));
    list.push(2);
    assert.deepEqual(await before, [1]);
    assert.equal(await value.run(null, () => pool.submit(read)), null);
    assert.equal(await value.run(new Tenant(7), () => pool.submit(tenant)), 'tenant 7');
    assert.equal(
      await value.run(
        () => list.length,
        () => pool.submit(greet),
      ),
      2,
    );
    const large = new Uint8Array(300_000).fill(5);
    const length = (): number => (carriedContext('value') as Uint8Array).reduce((sum, byte) => sum + byte, 0);
    assert.equal(await value.run(large, () => pool.withOptions({ retries: 1 }).submit(length)), 1_500_000);
  });

  poolTest(`${kind}: what cannot travel fails its own task, with the name of the store`, async ({ use }) => {
    const odd = new AsyncLocalStorage<unknown>();
    const pool = use(make({ context: { requestId, 'odd one': odd } }));
    const refused = (value: unknown) => odd.run(value, () => pool.submit(lookUp).exception());
    const promise = await refused({ deep: [Promise.resolve()] });
    assert.ok(promise instanceof SerializationError);
    assert.equal(promise.path, 'context["odd one"].deep[0]');
    assert.match(promise.message, /^context\["odd one"\]\.deep\[0\] cannot travel/);
    const mapped = odd.run(Promise.resolve(), () => pool.map(lookUp, [1, 2, 3], { chunkSize: 3 }));
    await assert.rejects(mapped.toArray(), { path: 'context["odd one"]' });
    for (const shared of [new SharedArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8))]) {
      const error = await refused(shared);
      assert.ok(error instanceof SerializationError);
      assert.equal(error.path, 'context["odd one"]');
    }
    assert.equal(await requestId.run('fine', () => pool.submit(readId)), 'fine');
  });

  poolTest(
    `${kind}: a pool in a task carries on what it names, filled by the task or by its submitter`,
    async ({ use }) => {
      const pool = use(make({ context: { requestId } }));
      const seen = await requestId.run('r1', () =>
        pool.submit(async () => {
          const { AsyncLocalStorage: Storage } = await import('node:async_hooks');
          const { ThreadPoolExecutor: Pool } = await import('tardigrade');
          const { carriedContext: carried, contextStorage: storage } = await import('tardigrade/worker');
          const nobodyFillsIt = new Storage<string>();
          const own = new Storage<string>();
          const inner = new Pool({
            maxWorkers: 1,
            context: { requestId: nobodyFillsIt, own, again: storage('requestId') },
          });
          const all = (): unknown[] => [carried('requestId'), carried('own'), carried('again')];
          const found = await Promise.all([
            inner.submit(all),
            own.run('mine', () => inner.submit(all)),
            nobodyFillsIt.run('other', () => inner.submit(all)),
          ]);
          await inner.shutdown();
          return found;
        }),
      );
      assert.deepEqual(seen, [
        ['r1', undefined, 'r1'],
        ['r1', 'mine', 'r1'],
        ['other', undefined, 'r1'],
      ]);
    },
  );

  poolTest(`${kind}: libraries of the task find it in a storage of the same name`, async ({ use }) => {
    const pool = use(make({ context }));
    const seen = await requestId.run('r1', () =>
      pool.submit(() => {
        const storage = contextStorage<string>('requestId');
        return [storage.getStore(), storage.run('within', readId), storage === contextStorage('requestId'), readId()];
      }),
    );
    assert.deepEqual(seen, ['r1', 'within', true, 'r1']);
  });
}

for (const [kind, make] of Object.entries({ processes: KINDS.processes, threads: KINDS.threads })) {
  poolTest(
    `${kind}: what a task submits to an executor of its host is given what the task was given`,
    async ({ use }) => {
      const pool = use(make?.({ context }) ?? assert.fail());
      const submitMore = (executor: Executor): unknown => executor.submit(lookUp);
      const found = await requestId.run('r1', () => user.run(ada, () => pool.submit(submitMore, pool)));
      assert.deepEqual(found, ['r1', ada]);
      assert.deepEqual(await pool.submit(submitMore, pool), [undefined, undefined]);
    },
  );
}

poolTest('a class that its module must be loaded for is there when the task begins', async ({ open }) => {
  const point = new AsyncLocalStorage<{ norm(): number }>();
  const pool = open({ context: { point } });
  const { Point } = (await import(
    new URL('../../../test/fixtures/raw/functions/library.mjs', import.meta.url).href
  )) as { Point: new (x: number, y: number) => { norm(): number } };
  const read = (): number | undefined => carriedContext<{ norm(): number }>('point')?.norm();
  assert.equal(await point.run(new Point(3, 4), () => pool.submit(read)), 5);
});

test('in the program itself nothing is carried', () => {
  assert.equal(requestId.run('r1', readId), undefined);
  assert.throws(() => carriedContext(''), { name: 'RangeError', message: /^name must be a string that is not empty/ });
  assert.throws(() => contextStorage(3 as never), { name: 'TypeError', message: /^name must be .*, got 3$/ });
});

test('a bad option is told at the call, with its name and value', () => {
  const bad = {
    'options.context must be an object of names, each with an AsyncLocalStorage, got ': [
      'requestId',
      null,
      [requestId],
      new Map([['requestId', requestId]]),
      requestId,
      { '': requestId },
    ],
    'options.context.requestId must be an AsyncLocalStorage, got ': [{ requestId: 5 }, { requestId: { getStore: 1 } }],
  };
  for (const [message, values] of Object.entries(bad)) {
    for (const value of values) {
      for (const make of Object.values(KINDS)) {
        const check = (error: Error & { code?: string }): boolean => {
          assert.equal(error.message.slice(0, message.length), message);
          assert.ok(error instanceof TypeError);
          assert.equal(error.code, 'ERR_TARDIGRADE_INVALID_OPTION');
          return true;
        };
        assert.throws(() => make({ context: value as never }), check);
      }
    }
  }
});

poolTest('memory that is shared between processes is refused, and not kept', async ({ open }) => {
  const value = new AsyncLocalStorage<unknown>();
  const pool = open({ context: { value } });
  let memory: Uint8Array;
  try {
    memory = share(new Uint8Array(64));
  } catch (error) {
    console.log(`skipped: this machine shares no memory between processes (${String(error)})`);
    return;
  }
  const error = await value.run({ memory }, () => pool.submit(readId)).exception();
  assert.ok(error instanceof SerializationError);
  assert.equal(error.path, 'context.value');
  assert.match(error.message, /hand that over as an argument/);
});

poolTest('the reusable executor is the same for the same stores only', async ({ use }) => {
  const name = 'carried-context';
  const first = use(getReusableExecutor({ name, maxWorkers: 1, context: { requestId } }));
  assert.equal(getReusableExecutor({ name, maxWorkers: 1, context: { requestId } }), first);
  assert.equal(await requestId.run('r1', () => first.submit(readId)), 'r1');
  const other = new AsyncLocalStorage<string>();
  const second = use(getReusableExecutor({ name, maxWorkers: 1, context: { requestId: other } }));
  assert.notEqual(second, first);
  // What is submitted to the old one now goes to its successor, with the stores of that.
  assert.equal(await other.run('r2', () => requestId.run('r1', () => first.submit(readId))), 'r2');
  assert.notEqual(use(getReusableExecutor({ name, maxWorkers: 1, context: { requestId: other, user } })), second);
});
