import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Executor, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';
import { canMap, type FileCount, fixture, runProgram } from './run-program.js';

const MB = 1024 * 1024;
const echo = <T>(value: T): T => value;

/** Sends so much that both sides begin to map. */
async function warmUp(pool: Executor): Promise<void> {
  for (let round = 0; round < 3; round += 1) await pool.submit(echo, new Uint8Array(17 * MB));
}

function numbers(length: number): Float64Array {
  return Float64Array.from({ length }, (_, index) => index / 3);
}

const kinds = ['processes', 'threads'] as const;

for (const kind of kinds) {
  const openPool = (pools: Parameters<Parameters<typeof poolTest>[1]>[0]): Executor =>
    kind === 'threads' ? pools.use(new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' })) : pools.open();

  poolTest(`${kind}: large memory of every kind arrives as it was, both ways`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const { buffer } = numbers(MB);
    const values = [
      new Int8Array(buffer),
      new Uint16Array(buffer, 64, MB),
      new Float64Array(buffer),
      new BigInt64Array(buffer, 8 * 1024, 100_000),
      new DataView(buffer, 3, MB),
      Buffer.from(buffer, 5, MB),
      buffer.slice(0, MB + 3),
      { first: Buffer.alloc(MB, 1), second: [Buffer.alloc(200_000, 2)], small: Buffer.from('small') },
    ];
    for (const value of values) {
      const back = await pool.submit(echo, value);
      assert.deepEqual(back, value);
      assert.equal(Object.getPrototypeOf(back), Object.getPrototypeOf(value));
    }
  });

  poolTest(`${kind}: views of one large buffer stay views of one buffer`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const whole = numbers(MB);
    const look = (a: Float64Array, b: Uint8Array, memory: ArrayBufferLike) => {
      a[1] = 1;
      return {
        same: a.buffer === b.buffer && b.buffer === memory,
        offset: b.byteOffset,
        length: memory.byteLength,
        a,
        b,
      };
    };
    const seen = await pool.submit(look, whole, new Uint8Array(whole.buffer, 16, 100), whole.buffer);
    assert.deepEqual([seen.same, seen.offset, seen.length], [true, 16, 8 * MB]);
    assert.equal(seen.a.buffer, seen.b.buffer);
    assert.deepEqual([seen.a[1], whole[1]], [1, 1 / 3]);
  });

  poolTest(`${kind}: what either side writes afterwards stays its own`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const array = numbers(MB);
    const change = (a: Float64Array): number => {
      const before = a[7] as number;
      a.fill(-1);
      return before;
    };
    const early = pool.submit(change, array);
    array[7] = 70;
    const late = [pool.submit(change, array), pool.submit(change, array)];
    array[7] = 71;
    assert.deepEqual(await Promise.all([early, ...late]), [7 / 3, 70, 70]);
    assert.deepEqual([array[7], array[8]], [71, 8 / 3]);
    const first = await pool.submit(count, MB);
    const second = await pool.submit(count, MB);
    first.fill(0);
    assert.equal(second[3], 3);
  });

  poolTest(`${kind}: an array that came can be moved on, resized, and sent back`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const move = (a: Float64Array): unknown[] => {
      const moved = structuredClone(a, { transfer: [a.buffer as ArrayBuffer] });
      return [a.length, moved.length, moved[3]];
    };
    assert.deepEqual(await pool.submit(move, numbers(MB)), [0, MB, 1]);
    const back = await pool.submit(echo, await pool.submit(echo, numbers(MB)));
    assert.deepEqual(back, numbers(MB));
  });

  poolTest(`${kind}: a task that is tried again gets the memory again`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const failOnce = async (a: Float64Array) => {
      const { currentTask } = await import('tardigrade/worker');
      if (currentTask()?.attempt === 1) throw new RangeError('once');
      return a[3];
    };
    const view = pool.withOptions({ retries: 1, retryOn: [RangeError] });
    assert.equal(await view.submit(failOnce, numbers(MB)), 1);
  });

  poolTest(`${kind}: a large captured array is there in every call and every chunk`, async (pools) => {
    const pool = openPool(pools);
    await warmUp(pool);
    const table = numbers(MB);
    const pick = (index: number): number | undefined => table[index];
    assert.deepEqual([await pool.submit(pick, 3), await pool.submit(pick, 6)], [1, 2]);
    assert.deepEqual(await pool.map(pick, [3, 6, 9, 12, 15], { chunkSize: 2 }).toArray(), [1, 2, 3, 4, 5]);
  });
}

function count(length: number): Float64Array {
  const array = new Float64Array(length);
  for (let index = 0; index < length; index += 1) array[index] = index;
  return array;
}

poolTest('a large result is kept although its worker dies right after', async ({ open }) => {
  const pool = open();
  await warmUp(pool);
  const answerAndDie = (length: number): Uint8Array => {
    setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    return new Uint8Array(length).fill(7);
  };
  for (let round = 0; round < 3; round += 1) {
    const result = await pool.submit(answerAndDie, 4 * MB);
    assert.ok(result.length === 4 * MB && result.every((value) => value === 7));
    await warmUp(pool);
  }
});

poolTest('what cannot travel beside large memory fails alone, and the memory can be sent again', async ({ open }) => {
  const pool = open();
  await warmUp(pool);
  const array = numbers(MB);
  await assert.rejects(pool.submit(echo, [array, new WeakMap()]), { name: 'SerializationError' });
  const refuse = (a: Float64Array): unknown => [new Float64Array(a), new WeakMap()];
  for (let round = 0; round < 4; round += 1) {
    await assert.rejects(pool.submit(refuse, array), { name: 'SerializationError' });
  }
  assert.deepEqual(await pool.submit(echo, array), array);
});

interface Exchanged {
  readonly sums: readonly number[];
  readonly host: FileCount;
  readonly worker: FileCount;
}
const SUMS = [2 * MB];

if (canMap) {
  test('files and mappings are gone on both sides when the values are', async () => {
    const { sums, during, host, worker } = await runProgram<Exchanged & { during: Exchanged }>('freed');
    assert.deepEqual(sums, SUMS);
    assert.ok(during.host.open > 0 && during.worker.mapped > 0, JSON.stringify(during));
    assert.deepEqual(worker, { open: 0, mapped: 0 });
    assert.deepEqual(host, { open: 0, mapped: 0 });
  });

  test('where no memory is left for a file, values travel through the link', async () => {
    const execArgv = ['--import', pathToFileURL(fixture('break-files.mjs')).href];
    const { sums, host, worker } = await runProgram<Exchanged>('exchange', { execArgv });
    assert.deepEqual(sums, SUMS);
    assert.deepEqual([host.mapped, worker.mapped], [0, 0]);
  });
} else console.log('skipped: files of memory are mapped on Linux only');

test('threads exchange large values without a word on stderr, and so do pools inside of them', async () => {
  const seen = await runProgram<Record<string, unknown>>('exchange-with-threads');
  assert.deepEqual(seen, { sums: SUMS, before: 5, after: 6 });
});

test('without koffi large values travel through the link', async () => {
  const { sums, host, worker } = await runProgram<Exchanged>('exchange', { env: { TARDIGRADE_MAPPED_MEMORY: 'off' } });
  assert.deepEqual(sums, SUMS);
  const nothing = { open: 0, mapped: 0 };
  assert.deepEqual([host, worker], [nothing, nothing]);
});
