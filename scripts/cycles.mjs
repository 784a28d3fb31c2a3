/**
 * `npm run soak:cycles`: makes, uses and closes a thousand pools of each kind, and drops as many without closing them.
 * Prints what the host holds before, at each quarter, and after; exits with 1 if something grew.
 *
 *   --cycles 100             so many
 *   --kind threads           only these (inline, threads, processes)
 *   --write                  writes the table of docs/soak.md
 */

import { readdirSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InlineExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import { writeBlock } from './lib/soak/page.mjs';

const QUARTERS = 4;
/** As many are made first, and not counted. */
const WARM_UPS = 20;
/** Of those that are dropped, so many are left before garbage is collected. */
const DROPPED_AT_ONCE = 10;
const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '1000' },
    kind: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const kinds = {
  inline: () => new InlineExecutor(),
  threads: () => new ThreadPoolExecutor({ maxWorkers: 1 }),
  processes: () => new ProcessPoolExecutor({ maxWorkers: 1 }),
};
if (!(cycles >= QUARTERS) || (values.kind !== undefined && kinds[values.kind] === undefined)) {
  console.error(`--cycles is a number from ${QUARTERS} on, --kind one of ${Object.keys(kinds).join(', ')}.`);
  process.exit(2);
}
/** The network is asked for names otherwise. */
process.report.excludeNetwork = true;
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
      if (n % DROPPED_AT_ONCE === DROPPED_AT_ONCE - 1) await measure();
    }
  },
};

/** Waits for what is on its way out. */
async function measureAfter(before) {
  let after = await measure();
  const isMore = () => after.handles > before.handles || after.descriptors > before.descriptors;
  for (let turn = 0; turn < 50 && isMore(); turn += 1) after = await measure();
  return after;
}

async function cycle(kind, way) {
  const make = kinds[kind];
  await ways[way](make, WARM_UPS);
  const samples = [await measure()];
  for (let quarter = 0; quarter < QUARTERS; quarter += 1) {
    await ways[way](make, Math.ceil(cycles / QUARTERS));
    samples.push(await measureAfter(samples[0]));
  }
  const [before, after] = [samples[0], samples.at(-1)];
  const grown = Object.keys(before).filter((name) => name !== 'heapBytes' && after[name] > before[name]);
  if (after.heapBytes - before.heapBytes > cycles * HEAP_BYTES + HEAP_SLACK_BYTES) grown.push('heapBytes');
  return { samples, grown };
}

const COLUMNS = {
  heapBytes: ['heap, MB', (bytes) => (bytes / 1e6).toFixed(2)],
  handles: ['libuv handles', String],
  resources: ['active resources', String],
  descriptors: ['descriptors', String],
  listeners: ['listeners', String],
};
const tell = (samples) =>
  Object.entries(COLUMNS).map(([key, [, write]]) => samples.map((sample) => write(sample[key])).join(' → '));
const row = (cells) => `| ${cells.join(' | ')} |`;

const rows = [];
for (const kind of Object.keys(kinds).filter((name) => values.kind === undefined || name === values.kind)) {
  for (const way of Object.keys(ways)) {
    const startMs = performance.now();
    const { samples, grown } = await cycle(kind, way);
    const told = tell(samples);
    const names = Object.values(COLUMNS).map(([title]) => title);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    console.log(`${grown.length === 0 ? '✔' : '✖'} ${cycles} × ${kind}, ${way}, ${seconds} s`);
    for (const [index, name] of names.entries()) console.log(`    ${name.padEnd(18)} ${told[index]}`);
    rows.push(row([`${kind}, ${way}`, ...told]));
    if (grown.length === 0) continue;
    console.error(`    grew: ${grown.join(', ')}`);
    process.exitCode = 1;
  }
}
if (values.write && process.exitCode === undefined) {
  const facts = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${os.availableParallelism()} CPUs`;
  const about = `\`npm run soak:cycles -- --write\`, ${facts}; ${cycles.toLocaleString('en')} pools a row, before → after each quarter of them:`;
  const head = ['', ...Object.values(COLUMNS).map(([title]) => title)];
  writeBlock('cycles', [about, '', row(head), row(['---', ...head.slice(1).map(() => '--:')]), ...rows].join('\n'));
}
