/**
 * Async context on the host's side: whatever a user hands over runs where it was handed over, on every kind of executor.
 */

import assert from 'node:assert/strict';
import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import {
  asCompleted,
  type Executor,
  InlineExecutor,
  ProcessPoolExecutor,
  registerReducer,
  ThreadPoolExecutor,
  wait,
} from 'tardigrade';
import { currentTask } from 'tardigrade/worker';
import { collectGarbage } from '../futures/collect-garbage.js';
import { poolTest } from '../support/pools.js';

const storage = new AsyncLocalStorage<string>();
const here = (): string => storage.getStore() ?? 'nothing';
const within = <T>(store: string, run: () => T): T => storage.run(store, run);

/** Found by functions that travel, without taking the storage along; in a worker there is none. */
const globals = globalThis as { whereThisRuns?: () => string };
globals.whereThisRuns = here;
const look = (): string => (globalThis as typeof globals).whereThisRuns?.() ?? 'a worker';

/** Read in the host by a function that looks where it runs. */
class Answer {
  readonly readIn: string;
  constructor(readIn: string) {
    this.readIn = readIn;
  }
}
registerReducer(Answer, { reduce: ({ readIn }) => [readIn], revive: () => new Answer(look()) });

const KINDS = {
  processes: () => new ProcessPoolExecutor({ maxWorkers: 1 }),
  threads: () => new ThreadPoolExecutor({ maxWorkers: 1 }),
  'the calling thread': () => new InlineExecutor(),
} satisfies Record<string, () => Executor>;

const double = (value: number): number => value * 2;
const fail = (): never => {
  throw new Error('on purpose');
};
const report = (): void => currentTask()?.reportProgress('half');

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(`${kind}: what waits for a future goes on in its own context`, async ({ use }) => {
    const pool = use(make());
    const seen: Record<string, string> = {};
    // The first submit starts the worker, whose news must not come in its context for ever.
    await within('first', () => pool.submit(double, 1));
    const future = within('submit', () => pool.submit(double, 2));
    const note = (name: string) => () => {
      seen[name] = here();
    };
    await Promise.all([
      within('then', () => future.then(note('then'))),
      within('finally', () => future.finally(note('finally'))),
      within('await', async () => {
        await future;
        note('await')();
      }),
      within('wait', async () => {
        await wait([future]);
        note('wait')();
      }),
      within('asCompleted', async () => {
        for await (const _ of asCompleted([future])) note('asCompleted')();
      }),
      new Promise<void>((resolve) => {
        within('addDoneCallback', () => future.addDoneCallback(note('addDoneCallback')));
        void future.then(() => resolve());
      }),
    ]);
    for (const [name, store] of Object.entries(seen)) assert.equal(store, name);
    assert.equal(Object.keys(seen).length, 6);
  });

  poolTest(`${kind}: retryOn runs in the context of the submit`, async ({ use }) => {
    const pool = use(make());
    await within('first', () => pool.submit(double, 1));
    const seen: string[] = [];
    const retryOn = (): boolean => {
      seen.push(here());
      return true;
    };
    const future = within('submit', () => pool.withOptions({ retries: 2, retryOn }).submit(fail));
    await assert.rejects(future, /on purpose/);
    assert.deepEqual(new Set(seen), new Set(['submit']));
  });

  poolTest(`${kind}: progress is heard in the context of the loop`, async ({ use }) => {
    const pool = use(make());
    const future = within('submit', () => pool.submit(report));
    const seen: string[] = [];
    await within('loop', async () => {
      for await (const _ of future.progress) seen.push(here());
    });
    assert.deepEqual(seen, ['loop']);
  });

  poolTest(
    `${kind}: the input of a map is read in the context of the map, whoever asks for results`,
    async ({ use }) => {
      const pool = use(make());
      const seen: string[] = [];
      function* items(): Generator<number> {
        try {
          for (let item = 0; ; item += 1) {
            seen.push(here());
            yield item;
          }
        } finally {
          seen.push(`closed: ${here()}`);
        }
      }
      const results = within('map', () => pool.map(double, items(), { bufferSize: 2 }));
      await within('consumer', async () => {
        for await (const value of results) {
          assert.equal(here(), 'consumer');
          if (value === 10) break;
        }
      });
      assert.equal(seen.pop(), 'closed: map');
      assert.ok(seen.length > 5);
      assert.deepEqual(new Set(seen), new Set(['map']));
    },
  );

  poolTest(`${kind}: what a worker starts with keeps no store of the first submit alive`, async ({ use }) => {
    const pool = use(make());
    const large = new AsyncLocalStorage<object>();
    let store: object | undefined = { name: 'first' };
    const reference = new WeakRef(store);
    await large.run(store, async () => {
      await pool.submit(double, 1);
    });
    store = undefined;
    await pool.submit(double, 2);
    await turn();
    await collectGarbage(() => reference.deref() === undefined);
    assert.equal(reference.deref(), undefined);
  });
}

poolTest('a reducer of the host revives an answer in the context of the submit', async ({ open }) => {
  const pool = open();
  await within('first', () => pool.submit(double, 1));
  const answer = await within('submit', () => pool.submit((value: Answer) => value, new Answer('worker')));
  assert.equal(answer.readIn, 'submit');
});

poolTest('a task of the calling thread sees no context of who submits it', async ({ use }) => {
  const pool = use(new InlineExecutor());
  await pool.submit(double, 1);
  const seen = await within('submit', () => pool.submit(look));
  assert.equal(seen, 'nothing');
});

poolTest('hooks see one resource for each task, and its answer is read inside of it', async ({ open }) => {
  const pool = open();
  await pool.submit(double, 1);
  const created = new Map<number, number>();
  const hook = createHook({
    init(id, type, trigger) {
      if (type === 'TARDIGRADE_TASK') created.set(id, trigger);
    },
  }).enable();
  try {
    const trigger = executionAsyncId();
    await Promise.all([pool.submit(double, 2), pool.submit(double, 3)]);
    assert.deepEqual([...created.values()], [trigger, trigger]);
  } finally {
    hook.disable();
  }
});
