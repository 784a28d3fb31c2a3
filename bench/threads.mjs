// Threads beside processes: the first task, many at once, one by one, and 50 MB that are copied, moved and shared. Then
// what a port takes to pass on 100 bytes.
// node bench/threads.mjs  (after `npm run build`)

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';

const TASKS = 20_000;
const IN_TURN = 2000;
const BYTES = 50_000_000;

async function time(action) {
  const startMs = performance.now();
  await action();
  return performance.now() - startMs;
}

const same = (value) => value;
const lengthOf = (bytes) => bytes.length;
const range = (length) => Array.from({ length }, (_, index) => index);

for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor, ThreadPoolExecutor, ProcessPoolExecutor]) {
  const pool = new Pool({ maxWorkers: 2 });
  const firstMs = await time(() => pool.submit(same, 1));
  await Promise.all(range(5000).map((n) => pool.submit(same, n)));
  const manyMs = await time(() => Promise.all(range(TASKS).map((n) => pool.submit(same, n))));
  const inTurnMs = await time(async () => {
    for (const n of range(IN_TURN)) await pool.submit(same, n);
  });
  const bytes = new Uint8Array(BYTES);
  const row = {
    pool: Pool.name,
    'first task, ms': firstMs.toFixed(0),
    [`${TASKS} at once, ms`]: manyMs.toFixed(0),
    'one by one, µs': ((1000 * inTurnMs) / IN_TURN).toFixed(0),
    '50 MB copied, ms': (await time(() => pool.submit(lengthOf, bytes))).toFixed(0),
  };
  if (pool instanceof ThreadPoolExecutor) {
    const moving = pool.withOptions({ transfer: [bytes.buffer] });
    row['moved, ms'] = (await time(() => moving.submit(lengthOf, bytes))).toFixed(1);
    const shared = new Uint8Array(new SharedArrayBuffer(BYTES));
    row['shared, ms'] = (await time(() => pool.submit(lengthOf, shared))).toFixed(1);
  }
  console.table([row]);
  await pool.shutdown();
}

const makers = { text: () => 'x'.repeat(100), bytes: () => new Uint8Array(100), moved: () => new Uint8Array(100) };
for (const [name, make] of Object.entries(makers)) {
  const { port1, port2 } = new MessageChannel();
  const ms = await time(() => {
    for (const n of range(TASKS)) {
      const message = make();
      port1.postMessage(message, name === 'moved' ? [message.buffer] : []);
      if (n % 100 === 99) while (receiveMessageOnPort(port2) !== undefined);
    }
  });
  console.log(`100 bytes through a port as ${name}: ${((1000 * ms) / TASKS).toFixed(1)} µs`);
  port1.close();
}
