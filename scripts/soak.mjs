/**
 * `npm run soak -- --minutes 10`: a mixed load with recycling, resizing, nesting and kills, on processes and on threads.
 * After each round, once all workers have left that should, it samples what the host and its workers hold. At the end it
 * prints what was done and a plot of each figure, and exits with 1 if the trend of a figure's second half rises.
 *
 *   --write            stores the samples, and writes docs/soak.md with its picture
 *   --leak WHAT        keeps something for ever in each round (memory, descriptor, listener, thread or process), to show
 *                      that the judge finds it
 */

import './lib/soak/surroundings.mjs';
import { openSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import { judge, SAMPLES_MIN } from './lib/soak/judge.mjs';
import { counts, openPools, runRound } from './lib/soak/load.mjs';
import { METRICS, measure, tellDescriptors } from './lib/soak/measure.mjs';
import { writeSoakPage } from './lib/soak/page.mjs';
import { plotText } from './lib/soak/plot.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    write: { type: 'boolean', default: false },
    leak: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
/** Not more often: a sample costs a collection of all garbage. */
const SAMPLE_EVERY_MS = 1000;
const TOLD_EVERY_MS = 60_000;

const kept = [];
const leaks = {
  memory: () => kept.push(new Array(50_000).fill(kept.length)),
  descriptor: () => kept.push(openSync(fileURLToPath(import.meta.url))),
  listener: () => process.on('exit', () => {}),
  thread: () => leakWorker(ThreadPoolExecutor),
  process: () => leakWorker(ProcessPoolExecutor),
};
const leak = values.leak === undefined ? () => {} : leaks[values.leak];
if (leak === undefined || !(minutes > 0)) {
  console.error(`--minutes is a number above 0, --leak one of ${Object.keys(leaks).join(', ')}.`);
  process.exit(2);
}

async function leakWorker(Pool) {
  // Twenty are enough for any judge.
  if (kept.length === 20) return;
  const pool = new Pool({ maxWorkers: 1 });
  kept.push(pool);
  await pool.submit((n) => n, 1);
}

async function soak() {
  const pools = openPools();
  const samples = [];
  const startMs = performance.now();
  const endMs = startMs + minutes * 60_000;
  let [sampledMs, toldMs] = [Number.NEGATIVE_INFINITY, startMs];
  while (performance.now() < endMs || samples.length < SAMPLES_MIN) {
    await runRound(pools);
    await leak();
    if (performance.now() - sampledMs < SAMPLE_EVERY_MS) continue;
    sampledMs = performance.now();
    samples.push({ atMs: sampledMs - startMs, ...(await measure(pools)) });
    if (sampledMs - toldMs < TOLD_EVERY_MS) continue;
    toldMs = sampledMs;
    const { heap, descriptors, handles } = samples.at(-1);
    console.log(
      `${((sampledMs - startMs) / 60_000).toFixed(0)} min: ${counts.rounds} rounds, heap ${heap.toFixed(1)} MB, ${descriptors} descriptors, ${handles} handles`,
    );
  }
  const descriptors = tellDescriptors();
  await pools.close();
  return { samples, descriptors };
}

function tellVerdict({ rise, isFlat, limit, unit }) {
  const told = `${rise < 0 ? '−' : '+'}${Math.abs(rise).toFixed(2)}${unit === '' ? '' : ` ${unit}`}`;
  return `${isFlat ? 'flat' : 'RISES'}: second half ${told}, limit ${limit}`;
}

const { samples, descriptors } = await soak();
const panels = METRICS.map((metric) => {
  const series = samples.map(({ atMs, [metric.key]: value }) => ({ atMs, value }));
  const judged = judge(series, metric.limit);
  return { ...metric, ...judged, samples: series, verdict: tellVerdict({ ...metric, ...judged }) };
});
const minutesDone = (samples.at(-1).atMs - samples[0].atMs) / 60_000;
const title = `${minutesDone.toFixed(0)} minutes of mixed load`;

console.log(`\n${title}, ${samples.length} samples:`);
for (const [what, times] of Object.entries(counts)) console.log(`${String(times).padStart(9)} ${what}`);
for (const panel of panels) console.log(plotText(panel).join('\n'));

const idle = Object.keys(counts).filter((what) => counts[what] === 0);
const rising = panels.filter(({ isFlat }) => !isFlat);
if (values.write && rising.length === 0 && idle.length === 0) {
  const facts = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${os.availableParallelism()} CPUs`;
  writeSoakPage({ title, facts, counts, panels, minutes: values.minutes });
}
if (rising.some(({ key }) => key === 'descriptors')) console.error(`\nat the end: ${descriptors}`);
for (const what of idle) console.error(`not done at all: ${what}`);
for (const { title: name, verdict } of rising) console.error(`${name}: ${verdict}`);
console.log(`\n${rising.length + idle.length === 0 ? 'All of it is flat.' : 'NOT flat.'}`);
process.exitCode = rising.length + idle.length === 0 ? 0 : 1;
