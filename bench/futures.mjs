// How many futures can be made, settled and awaited in a second, what does one cost in memory, and do `wait` and
// `asCompleted` take linear time?
// node --expose-gc bench/futures.mjs  (after `npm run build`)

import { asCompleted } from '#src/futures/as-completed.js';
import { createFuture } from '#src/futures/future.js';
import { wait } from '#src/futures/wait.js';

const COUNT = 1_000_000;
const options = { name: 'task', onCancel: () => false };

function print(what, startMs) {
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`${what.padEnd(28)} ${Math.round(COUNT / seconds).toLocaleString('en')} a second`);
}

for (let round = 1; round <= 2; round += 1) {
  console.log(`round ${round}, ${COUNT.toLocaleString('en')} futures`);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let startMs = performance.now();
  const controllers = Array.from({ length: COUNT }, () => createFuture(options));
  print('made', startMs);
  globalThis.gc?.();
  console.log(`one pending future            ${Math.round((process.memoryUsage().heapUsed - before) / COUNT)} bytes`);

  startMs = performance.now();
  for (const controller of controllers) {
    controller.start();
    controller.fulfil(1);
  }
  print('started and fulfilled', startMs);

  startMs = performance.now();
  for (const controller of controllers) await controller.future;
  print('awaited one by one, done', startMs);

  const waiting = Array.from({ length: COUNT }, () => createFuture(options));
  startMs = performance.now();
  const all = Promise.all(waiting.map(({ future }) => future));
  await undefined;
  for (const controller of waiting) controller.fulfil(1);
  await all;
  print('settled under Promise.all', startMs);
}

const resolvers = [];
const promises = Array.from({ length: COUNT }, () => new Promise((resolve) => resolvers.push(resolve)));
const startMs = performance.now();
const all = Promise.all(promises);
for (const resolve of resolvers) resolve(1);
await all;
print('native, under Promise.all', startMs);

for (const count of [10_000, 100_000]) {
  for (const [name, consume] of Object.entries({
    wait: (futures) => wait(futures),
    asCompleted: async (futures) => {
      for await (const _ of asCompleted(futures, { timeoutMs: 60_000 }));
    },
  })) {
    const controllers = Array.from({ length: count }, () => createFuture(options));
    const beginMs = performance.now();
    const consumed = consume(controllers.map(({ future }) => future));
    for (const [index, controller] of controllers.entries()) {
      controller.fulfil(1);
      if (index % 100 === 0) await undefined;
    }
    await consumed;
    console.log(`${name} of ${count.toLocaleString('en')}: ${Math.round(performance.now() - beginMs)} ms`);
  }
}
