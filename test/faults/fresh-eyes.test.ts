/**
 * What somebody who knew only the contract found wrong, one test each.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { importTasks, ProcessPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';

const fixture = new URL('../../../test/fixtures/raw/faults/says-where-it-runs.mjs', import.meta.url);
const tasks = importTasks<{ fail(): never; give(): Error }>(fixture);

poolTest('an error of a module that the host has only named does not make the host load it', async ({ open }) => {
  const pool = open();
  const error = (await pool.submit(tasks.fail).exception()) as Error;
  assert.deepEqual([error.name, error.message, error instanceof TypeError], ['TypeError', 'on purpose', true]);
  const value = (await pool.submit(tasks.give)) as Error;
  assert.equal(value.message, 'as a value');
});

poolTest('killing a worker ends what it has started, groups of their own included', async ({ open }) => {
  const pool = open();
  const controller = new AbortController();
  const task = pool.withOptions({ signal: controller.signal }).submit(async () => {
    const { currentTask } = await import('tardigrade/worker');
    const { spawn } = process.getBuiltinModule('node:child_process');
    const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    currentTask()?.reportProgress(child.pid);
    await new Promise(() => {});
  });
  let pid = 0;
  for await (const reported of task.progress) {
    pid = reported as number;
    break;
  }
  controller.abort();
  await assert.rejects(task.result(), { name: 'AbortError' });
  while (isAlive(pid)) await new Promise((next) => setImmediate(next));
});

/** Whether a process runs; one that is dead and not yet waited for by its parent does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

poolTest('what currentTask() gives cannot be used to change the task', async ({ open }) => {
  const keys = await open().submit(async () => {
    const { currentTask } = await import('tardigrade/worker');
    const task = currentTask() as unknown as Record<string, unknown>;
    return [Object.isFrozen(task), Object.keys(task).sort(), task === (currentTask() as unknown)];
  });
  assert.deepEqual(keys, [true, ['attempt', 'depth', 'id', 'name', 'reportProgress', 'signal', 'workerId'], true]);
});

poolTest('an input of map whose next() gives no object fails as for…of would', async ({ open }) => {
  const broken = { [Symbol.iterator]: () => ({ next: () => 5 }) } as unknown as Iterable<number>;
  await assert.rejects(
    open()
      .map((n: number) => n, broken)
      .toArray(),
    { name: 'TypeError', message: /not an object/ },
  );
});

for (const chunkSize of [1, 2, 4, 7]) {
  poolTest(
    `a map in chunks of ${chunkSize} hands out what comes before an item or a result that cannot travel`,
    async ({ open }) => {
      const pool = open();
      const walk = async (run: AsyncIterable<unknown>): Promise<unknown[]> => {
        const seen: unknown[] = [];
        try {
          for await (const value of run) seen.push(value);
        } catch (error) {
          seen.push((error as { path?: string }).path ?? error);
        }
        return seen;
      };
      const results = pool.map((n: number) => (n === 3 ? Symbol('local') : n), [1, 2, 3, 4], { chunkSize });
      assert.deepEqual(await walk(results), [1, 2, 'result']);
      const items: object[] = [{ a: 1 }, { a: 2 }, { a: new WeakMap() }, { a: 4 }];
      assert.deepEqual(await walk(pool.map((item: object) => item, items, { chunkSize })), [
        { a: 1 },
        { a: 2 },
        'args[0].a',
      ]);
      const thrown = pool.map(
        (n: number) => {
          if (n === 3) throw Object.assign(new RangeError('third'), { secret: new WeakMap() });
          return n;
        },
        [1, 2, 3],
        { chunkSize },
      );
      const [one, two, error] = await walk(thrown);
      assert.deepEqual(
        [one, two, (error as Error).name, (error as Error).message.split('\n')[0]],
        [1, 2, 'RangeError', 'third'],
      );
    },
  );
}

poolTest('a debugger of the program is not offered to its workers', async ({ open }) => {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = '--inspect=0 --no-warnings';
  try {
    const options = await open().submit(() => process.env.NODE_OPTIONS);
    assert.equal(options, '--no-warnings');
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
  }
});

poolTest('environments and names that cannot be are refused at the call', () => {
  for (const env of [{ A: 'x\0y' }, { 'A=B': '1' }, { '': '1' }, []] as never[]) {
    assert.throws(() => new ProcessPoolExecutor({ env }), { name: 'TypeError', message: /^options\.env/ });
  }
  assert.throws(() => new ProcessPoolExecutor({ name: '' }), { name: 'RangeError', message: /^options\.name/ });
});

poolTest('an initializer that cannot travel is named', () => {
  const outer = new WeakMap();
  assert.throws(() => new ProcessPoolExecutor({ initializer: () => outer }), { message: /^initializer/ });
});
