// How many futures can be made, settled and awaited in a second, and what one costs in memory?
// node --expose-gc bench/futures.mjs  (after `npm run build`)

import { createFuture } from '#src/futures/future.js';

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
