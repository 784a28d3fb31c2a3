/** Workers whose memory grows, and arguments that are larger than a pipe, a string or a 32-bit number can hold. */

import assert from 'node:assert/strict';
import { type PoolReducers, ProcessPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';

poolTest(
  'a worker process whose memory leaks is replaced, and every answer is right (faults 116)',
  async ({ open }) => {
    const pool = open({ maxMemoryGrowthBytes: 30 * 2 ** 20 });
    const leak = async (n: number): Promise<{ n: number; pid: number }> => {
      const here = globalThis as { leaked?: Uint8Array[] };
      here.leaked ??= [];
      here.leaked.push(new Uint8Array(3 * 2 ** 20).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { n, pid: process.pid };
    };
    const pids = new Set<number>();
    for (let n = 0; pids.size < 2; n += 1) {
      const answer = await pool.submit(leak, n);
      assert.equal(answer.n, n);
      pids.add(answer.pid);
    }
    const { lost, workersLost } = pool.stats();
    assert.deepEqual([lost, workersLost], [0, 0]);
  },
);

poolTest('two pools, each with reducers of its own, do not see those of the other (faults 113)', async ({ use }) => {
  class Answer {
    readonly value: number;
    constructor(value: number) {
      this.value = value;
    }
  }
  const reducing = (to: number): PoolReducers => [{ type: Answer, reduce: () => to, revive: (value: number) => value }];
  const [first, second] = [42, 1].map((to) =>
    use(new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'ignore', reducers: reducing(to) })),
  ) as [ProcessPoolExecutor, ProcessPoolExecutor];
  const seen = (value: unknown): unknown => value;
  for (let turn = 0; turn < 2; turn += 1) {
    assert.equal(await first.submit(seen, new Answer(7)), 42);
    assert.equal(await second.submit(seen, new Answer(7)), 1);
  }
});

poolTest('an argument of 2.2 GB arrives (faults 115)', async ({ open, context }) => {
  if (process.env.TARDIGRADE_TEST_LARGE !== '1') {
    return context.skip('it takes 5 GB of memory and up to 20 s: set TARDIGRADE_TEST_LARGE=1 to run it');
  }
  const bytes = new Uint8Array(2_200_000_000);
  bytes[bytes.length - 1] = 7;
  const look = (given: Uint8Array): unknown => [given.length, given[0], given[given.length - 1]];
  assert.deepEqual(await open().submit(look, bytes), [2_200_000_000, 0, 7]);
});
