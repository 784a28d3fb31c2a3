// How many futures can be made, settled and awaited in a second, what does one cost in memory, and do `wait` and
// `asCompleted` take linear time?
// node --expose-gc bench/futures.mjs  (after `npm run build`)

import { asCompleted } from '#src/futures/as-completed.js';
import { createFuture } from '#src/futures/future.js';
import { futureSteps } from '#src/futures/future-steps.js';
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
  const futures = Array.from({ length: COUNT }, () => createFuture(options));
  print('made', startMs);
  globalThis.gc?.();
  console.log(`one pending future            ${Math.round((process.memoryUsage().heapUsed - before) / COUNT)} bytes`);

  startMs = performance.now();
  for (const future of futures) {
    futureSteps.start(future);
    futureSteps.fulfil(future, 1);
  }
  print('started and fulfilled', startMs);

  startMs = performance.now();
  for (const future of futures) await future;
  print('awaited one by one, done', startMs);

  const waiting = Array.from({ length: COUNT }, () => createFuture(options));
  startMs = performance.now();
  const all = Promise.all(waiting);
  await undefined;
  for (const future of waiting) futureSteps.fulfil(future, 1);
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
    wait: (awaited) => wait(awaited),
    asCompleted: async (awaited) => {
      for await (const _ of asCompleted(awaited, { timeoutMs: 60_000 }));
    },
  })) {
    const futures = Array.from({ length: count }, () => createFuture(options));
    const beginMs = performance.now();
    const consumed = consume(futures);
    for (const [index, future] of futures.entries()) {
      futureSteps.fulfil(future, 1);
      if (index % 100 === 0) await undefined;
    }
    await consumed;
    console.log(`${name} of ${count.toLocaleString('en')}: ${Math.round(performance.now() - beginMs)} ms`);
  }
}
