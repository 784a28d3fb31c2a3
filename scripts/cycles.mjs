/**
 * `npm run soak:cycles`: makes, uses and closes a thousand pools of each kind (`--cycles`; processes a tenth of that), and
 * drops as many without closing them. Prints what the host holds before and after; exits with 1 if something grew.
 */

import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InlineExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '1000' } } });
const cycles = Number(values.cycles);
const kinds = {
  inline: { make: () => new InlineExecutor(), times: cycles },
  threads: { make: () => new ThreadPoolExecutor({ maxWorkers: 1 }), times: cycles },
  processes: { make: () => new ProcessPoolExecutor({ maxWorkers: 1 }), times: Math.ceil(cycles / 10) },
};
/** A cycle may leave this much of the heap: what V8 itself remembers of code and shapes. */
const HEAP_BYTES = 500;
/** And all of them this much, which comes and goes. */
const HEAP_SLACK_BYTES = 1_000_000;

async function measure() {
  for (let turn = 0; turn < 5; turn += 1) {
    await delay(20);
    globalThis.gc();
  }
  return {
    heapBytes: process.memoryUsage().heapUsed,
    // Those that do not keep the program alive, too.
    handles: process.report.getReport().libuv.length,
    resources: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

async function useOne(make, n) {
  const pool = make();
  if ((await pool.submit((k) => k, n)) !== n) throw new Error('a wrong answer');
  return pool;
}

const ways = {
  closed: async (make, times) => {
    for (let n = 0; n < times; n += 1) await (await useOne(make, n)).shutdown();
  },
  dropped: async (make, times) => {
    for (let n = 0; n < times; n += 1) {
      await useOne(make, n);
      // Few of them live at a time.
      if (n % 10 === 9) await measure();
    }
  },
};

/** Waits for what is on its way out. */
async function measureAfter(before) {
  let after = await measure();
  for (
    let turn = 0;
    turn < 50 && (after.handles > before.handles || after.descriptors > before.descriptors);
    turn += 1
  ) {
    after = await measure();
  }
  return after;
}

for (const [kind, { make, times }] of Object.entries(kinds)) {
  for (const [way, run] of Object.entries(ways)) {
    await run(make, 20);
    const before = await measureAfter({ handles: 0, descriptors: 0 });
    await run(make, times);
    const after = await measureAfter(before);
    const grown = Object.keys(before).filter((name) => name !== 'heapBytes' && after[name] > before[name]);
    const heapBytes = after.heapBytes - before.heapBytes;
    if (heapBytes > times * HEAP_BYTES + HEAP_SLACK_BYTES) grown.push('heapBytes');
    const columns = Object.keys(before).map((name) => `${name} ${before[name]} → ${after[name]}`);
    console.log(`${grown.length === 0 ? '✔' : '✖'} ${times} × ${kind}, ${way}: ${columns.join(', ')}`);
    if (grown.length > 0) process.exitCode = 1;
  }
}
