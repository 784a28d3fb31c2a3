import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Executor, InlineExecutor, ProcessPoolExecutor, share, ThreadPoolExecutor } from 'tardigrade';
import { poolTest } from '../support/pools.js';
import { canMap, type FileCount, runProgram } from './run-program.js';

const bytes = Uint8Array.from({ length: 64 }, (_, index) => index);

test('what is shared is a copy of the same kind, with the same content', () => {
  const { buffer } = bytes;
  const sources = [
    new Int8Array(buffer, 8, 5),
    new Uint8ClampedArray(buffer),
    new Uint16Array(buffer, 2, 3),
    new Float64Array(buffer),
    new BigUint64Array(buffer, 8, 2),
    new DataView(buffer, 3, 9),
    Buffer.from('a text'),
    new Uint8Array(0),
  ];
  for (const source of sources) {
    const shared = share<ArrayBufferView>(source);
    assert.equal(shared.constructor, source.constructor);
    assert.equal(shared.byteLength, source.byteLength);
    assert.equal(shared.byteOffset, 0);
    assert.deepEqual(Buffer.from(shared.buffer), Buffer.from(source.buffer, source.byteOffset, source.byteLength));
    assert.deepEqual(Object.keys(shared), Object.keys(source));
  }
  const memory = share(new ArrayBuffer(100));
  assert.ok(memory instanceof SharedArrayBuffer);
  assert.equal(memory.byteLength, 100);
});

test('what is neither a view nor a buffer is refused at the call', () => {
  for (const source of [undefined, [1, 2], 'text', 12]) {
    assert.throws(() => share(source as never), { name: 'TypeError', message: /source must be a typed array/ });
  }
});

const kinds: readonly (readonly [string, () => Executor])[] = [
  ['threads', () => new ThreadPoolExecutor({ maxWorkers: 2, stdio: 'ignore' })],
  ['the calling thread', () => new InlineExecutor()],
  ...(canMap ? [['processes', () => new ProcessPoolExecutor({ maxWorkers: 2, stdio: 'ignore' })] as const] : []),
];

for (const [where, make] of kinds) {
  poolTest(`${where}: all count in the same memory at once`, async ({ use }) => {
    const pool = use(make());
    const counter = share(new Int32Array(2));
    const count = (cells: Int32Array): number => {
      for (let left = 50_000; left > 0; left -= 1) Atomics.add(cells, 1, 1);
      return Atomics.compareExchange(cells, 0, 0, 7);
    };
    const seen = await Promise.all([1, 2, 3, 4].map(() => pool.submit(count, counter)));
    assert.deepEqual([...counter], [7, 200_000]);
    assert.equal(seen.filter((value) => value === 0).length, 1);
  });

  poolTest(`${where}: the same memory is one memory there, and parts keep their place`, async ({ use }) => {
    const pool = use(make());
    const whole = share(Float64Array.of(0, 1, 2, 3));
    const look = (a: Float64Array, b: Float64Array, memory: SharedArrayBuffer) => {
      a[2] = 20;
      return [a.buffer === b.buffer, a.buffer === memory, b.byteOffset, b.length, b[1], a.constructor.name];
    };
    const seen = await pool.submit(look, whole, whole.subarray(1, 3), whole.buffer);
    assert.deepEqual(seen, [true, true, 8, 2, 20, 'Float64Array']);
    assert.equal(whole[2], 20);
  });

  poolTest(`${where}: a captured array is shared, and so is one in a result or a map`, async ({ use }) => {
    const pool = use(make());
    const cells = share(new Int32Array(3));
    await pool.submit(() => Atomics.store(cells, 0, 9));
    assert.equal(cells[0], 9);
    await pool.map((n) => Atomics.add(cells, 1, n), [1, 2, 3], { chunkSize: 2 }).toArray();
    assert.equal(cells[1], 6);
    const back = await pool.submit((array: Int32Array) => ({ array }), cells);
    Atomics.store(back.array, 2, 5);
    assert.equal(cells[2], 5);
  });
}

if (canMap) {
  poolTest('what comes back from a process is the very buffer that was sent', async ({ open }) => {
    const cells = share(new Int32Array(3));
    const back = await open().submit((array: Int32Array) => array, cells);
    assert.equal(back.buffer, cells.buffer);
  });

  poolTest('a worker’s own workers see it, and the host sees what a worker has shared', async ({ open }) => {
    const nested = async (cells: Int32Array): Promise<Int32Array> => {
      const inner = await import('tardigrade');
      await using pool = new inner.ProcessPoolExecutor({ maxWorkers: 1 });
      await pool.submit((array: Int32Array) => Atomics.add(array, 0, 5), cells);
      return inner.share(Int32Array.of(1, 2, 3));
    };
    const cells = share(Int32Array.of(1));
    assert.deepEqual([...(await open().submit(nested, cells))], [1, 2, 3]);
    assert.equal(cells[0], 6);
  });

  poolTest('an initializer gets it in every worker, replaced ones included', async ({ open }) => {
    const cells = share(new Int32Array(1));
    const pool = open({
      initializer: (array: Int32Array) => void Atomics.add(array, 0, 1),
      initializerArgs: [cells],
      maxTasksPerWorker: 1,
    });
    for (const n of [1, 2, 3]) assert.equal(await pool.submit((x: number) => x, n), n);
    assert.ok((cells[0] as number) >= 3);
  });

  poolTest('what was disposed is empty, cannot be sent, and stays what it was for others', async ({ open }) => {
    const pool = open();
    const cells = share(Int32Array.of(1));
    const keep = (array: Int32Array): void => void Object.assign(globalThis, { kept: array });
    await pool.submit(keep, cells);
    cells[Symbol.dispose]();
    cells[Symbol.dispose]();
    assert.equal(cells[0], 0);
    await assert.rejects(pool.submit(keep, cells), { name: 'SerializationError', message: /shared/ });
    assert.equal(await pool.submit(() => (globalThis as unknown as { kept: Int32Array }).kept[0]), 1);
  });

  test('disposing gives the memory and its file back at once', async () => {
    const { before, after, value } = await runProgram<{ before: FileCount; after: FileCount; value: number }>(
      'disposed',
    );
    assert.deepEqual([before.open, after.open], [1, 0]);
    assert.equal(after.mapped, before.mapped - 1);
    assert.equal(value, 0);
  });
} else console.log('skipped: memory is shared between processes on Linux only');

test('without koffi threads share, and a process says what is missing', async () => {
  const env = { TARDIGRADE_MAPPED_MEMORY: 'off' };
  const { before, after, error } = await runProgram<Record<string, unknown>>('share-without', { env });
  assert.deepEqual([before, after], [5, 6]);
  assert.match(String(error), /args\[0\].*share\(\) and install koffi/);
});
