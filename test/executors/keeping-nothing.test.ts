/** What the library keeps: neither arguments nor results, in the host or in workers, while their pool is warm. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import {
  type Executor,
  type Future,
  InlineExecutor,
  type PoolOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from 'tardigrade';
import { collectGarbage, measureGrowth } from '../futures/collect-garbage.js';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

const KINDS = {
  processes: (options: PoolOptions) => new ProcessPoolExecutor({ execArgv: ['--expose-gc'], ...options }),
  threads: (options: PoolOptions) => new ThreadPoolExecutor(options),
  'the calling thread': () => new InlineExecutor(),
} satisfies Record<string, (options: PoolOptions) => Executor>;

/** A value with a part of it that can be watched. */
function makeValue(): { readonly part: { readonly list: number[] } } {
  return { part: { list: [1, 2, 3] } };
}

for (const [kind, make] of Object.entries(KINDS)) {
  poolTest(`${kind}: the host keeps no argument, not even of a task that runs (faults 105)`, async ({ use }) => {
    using gate = createGate();
    const pool = use(make({ maxWorkers: 1 }));
    const submitValue = () => {
      const value = makeValue();
      return { part: new WeakRef(value.part), future: pool.submit(passGate<{ part: object }>, gate.path, value) };
    };
    const { part, future } = submitValue();
    if (kind === 'the calling thread') gate.open();
    else await until(() => future.running());
    await collectGarbage(() => part.deref() === undefined);
    assert.equal(part.deref(), undefined);
    gate.open();
    assert.deepEqual(await future, makeValue());
  });

  poolTest(`${kind}: the host keeps no result once its future is dropped (faults 105)`, async ({ use }) => {
    const pool = use(make({ maxWorkers: 1 }));
    const awaitResult = async () => {
      let future: Future<ReturnType<typeof makeValue>> | undefined = pool.submit(makeValue);
      const value = await future;
      const refs = [new WeakRef(value.part), new WeakRef(future)];
      future = undefined;
      return refs;
    };
    const refs = await awaitResult();
    const isGone = (): boolean => refs.every((ref) => ref.deref() === undefined);
    await collectGarbage(isGone);
    assert.equal(isGone(), true);
    const awaitError = async () => {
      const error = await pool
        .submit(() => {
          throw new RangeError('no');
        })
        .exception();
      return new WeakRef(error as Error);
    };
    const error = await awaitError();
    await collectGarbage(() => error.deref() === undefined);
    assert.equal(error.deref(), undefined);
  });

  poolTest(
    `${kind}: a worker keeps neither arguments nor results, rings of objects included (faults 105, faults 117)`,
    async ({ use }) => {
      const pool = use(make({ maxWorkers: 1 }));
      interface Ring {
        self?: Ring;
        readonly filling: number[];
      }
      const takeAndGive = (given: Ring): Ring => {
        const here = globalThis as { watched?: WeakRef<object>[] };
        here.watched ??= [];
        const made: Ring = { filling: [1] };
        made.self = made;
        here.watched.push(new WeakRef(given), new WeakRef(made));
        return made;
      };
      const countAlive = async (): Promise<number> => {
        const v8 = await import('node:v8');
        const vm = await import('node:vm');
        v8.setFlagsFromString('--expose-gc');
        const gc = vm.runInNewContext('gc') as () => void;
        const { watched = [] } = globalThis as { watched?: WeakRef<object>[] };
        let alive = watched.length;
        for (let turn = 0; turn < 100 && alive > 0; turn += 1) {
          // What was looked at stays alive until the current job is over.
          await new Promise((resolve) => setImmediate(resolve));
          gc();
          alive = watched.filter((one) => one.deref() !== undefined).length;
        }
        return alive;
      };
      const giveMany = async (): Promise<void> => {
        for (let n = 0; n < 300; n += 1) {
          const ring: Ring = { filling: [n] };
          ring.self = ring;
          await pool.submit(takeAndGive, ring);
        }
      };
      await giveMany();
      assert.equal(await pool.submit(countAlive), 0);
      delete (globalThis as { watched?: unknown }).watched;
    },
  );

  const cycles = 16;
  // What a pool leaves to be compiled later comes to half of that; its own objects are more.
  const mostBytes = cycles * 8000;
  poolTest(`${kind}: pools that are made, used and closed leave nothing behind`, async () => {
    const cycle = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        const pool = make({ maxWorkers: 1 });
        assert.equal(await pool.submit((k: number) => k, n), n);
        await pool.shutdown();
      }
    };
    const look = () => ({
      descriptors: readdirSync('/proc/self/fd').length,
      // Those that do not keep the program alive, too.
      handles: (process.report.getReport() as unknown as { libuv: unknown[] }).libuv.length,
      listeners: process.eventNames().map((name) => `${String(name)}: ${process.listenerCount(name)}`),
    });
    await cycle(5);
    const before = look();
    const grownBytes = await measureGrowth(() => cycle(cycles), mostBytes);
    await until(() => look().descriptors <= before.descriptors);
    await until(() => look().handles <= before.handles);
    assert.deepEqual(look().listeners, before.listeners);
    // `npm run soak:cycles` looks closer.
    assert.ok(grownBytes < mostBytes, `${Math.round(grownBytes / cycles)} bytes of heap a pool`);
  });
}
