/** A map that is under way when its executor is replaced goes on to its end. */

import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { type Executor, getReusableExecutor, ShutdownExecutorError } from 'tardigrade';
import { createGate, passGate } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

// The sources compiled one by one are another copy than the bundle.
const copy = (await import('#src/index.js')) as unknown as typeof import('tardigrade');

/** Task: the item, and which executor has run it. */
function tell(item: number): [number, string | undefined] {
  if (item === 99) throw new RangeError('99 is too much');
  return [item, process.env.TURN];
}

const ITEMS = Array.from({ length: 20 }, (_, index) => index);
const getters = {
  'the same copy': [getReusableExecutor, getReusableExecutor],
  'another copy of the package': [copy.getReusableExecutor, getReusableExecutor],
  'a copy that is not its own': [getReusableExecutor, copy.getReusableExecutor],
} as const;

for (const [who, [first, second]] of Object.entries(getters)) {
  for (const killWorkers of [false, true]) {
    for (const kind of ['process', 'thread'] as const) {
      const how = killWorkers ? 'killed' : 'replaced';
      poolTest(`a map of ${kind} tasks goes on when ${who} has ${how} its executor (faults 68)`, async ({ use }) => {
        const options = { name: `map-${who}-${how}`, kind, maxWorkers: 1, stdio: 'ignore' } as const;
        const old: Executor = use(first({ ...options, env: { TURN: 'old' } }));
        const results = old.map(tell, ITEMS, { chunkSize: 3, bufferSize: 6 });
        const seen = [(await results.next()).value];
        // What is ahead of the consumer is done, so nothing is killed.
        while (old.state === 'open' && busy(old)) await turn();
        use(second({ ...options, env: { TURN: 'new' }, killWorkers }));
        while (old.state !== 'closed') await turn();
        for await (const result of results) seen.push(result);
        assert.deepEqual(
          seen,
          ITEMS.map((item) => [item, item < 6 ? 'old' : 'new']),
        );
      });
    }
  }

  poolTest(`a map goes on while ${who} replaces its executor, and meets its failure`, async ({ use }) => {
    const options = { name: `map-${who}-busy`, maxWorkers: 1, stdio: 'ignore' } as const;
    using gate = createGate();
    const old: Executor = use(first({ ...options, env: { TURN: 'old' } }));
    const busyTask = old.submit(passGate, gate.path, 'done');
    const results = old.map(tell, [...ITEMS, 99, 100], { chunkSize: 4 });
    use(second({ ...options, env: { TURN: 'new' } }));
    gate.open();
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const [item] of results) seen.push(item);
    }, /^RangeError: 99 is too much/);
    assert.deepEqual(seen, ITEMS);
    assert.equal(await busyTask, 'done');
  });
}

poolTest('a map whose chunks are killed with their executor fails, and says so', async ({ use }) => {
  const options = { name: 'map-killed', maxWorkers: 1, stdio: 'ignore' } as const;
  using gate = createGate();
  const old = use(getReusableExecutor({ ...options, env: { TURN: 'old' } }));
  const results = old.map((item: number) => passGate(gate.path, item), ITEMS);
  const failed = assert.rejects(results.toArray(), ShutdownExecutorError);
  while (old.stats().running === 0) await turn();
  use(getReusableExecutor({ ...options, env: { TURN: 'new' }, killWorkers: true }));
  await failed;
});

function busy(executor: Executor): boolean {
  const { pending, running } = (executor as Executor & { stats(): { pending: number; running: number } }).stats();
  return pending + running > 0;
}
