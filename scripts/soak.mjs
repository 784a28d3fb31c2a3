/**
 * `npm run soak -- --minutes 10`: a mixed load with recycling, resizing, nesting and kills. Prints what the host holds as it
 * goes, and a plot of each at the end; exits with 1 if something grew that should be flat.
 */

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { getReusableExecutor, ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const endMs = performance.now() + Number(values.minutes) * 60_000;
const samples = [];
const counts = { rounds: 0, tasks: 0, lost: 0 };

const tasks = {
  add: (a, b) => a + b,
  large: (bytes) => bytes.length,
  die: () => process.kill(process.pid, 'SIGKILL'),
  async nested(pool, n) {
    const parts = await Promise.all([pool.submit((k) => k, n), pool.submit((k) => k, n)]);
    return parts[0] + parts[1];
  },
};

function expect(actual, wanted) {
  if (actual !== wanted) throw new Error(`got ${actual}, not ${wanted}`);
  counts.tasks += 1;
}

async function load(pool, { kills }) {
  const sums = Array.from({ length: 50 }, (_, n) => pool.submit(tasks.add, n, 1).then((sum) => expect(sum, n + 1)));
  const large = pool.submit(tasks.large, new Uint8Array(200_000)).then((length) => expect(length, 200_000));
  const nested = pool.submit(tasks.nested, pool, counts.rounds).then((sum) => expect(sum, 2 * counts.rounds));
  await Promise.all([...sums, large, nested]);
  if (!kills) return;
  const error = await pool.submit(tasks.die).exception();
  if (error?.name !== 'TerminatedWorkerError') throw new Error(`a killed worker gave ${error}`);
  counts.lost += 1;
}

async function round() {
  const size = 1 + (counts.rounds % 3);
  await load(getReusableExecutor({ maxWorkers: size, idleTimeoutMs: 50 }), { kills: counts.rounds % 4 === 0 });
  await load(getReusableExecutor({ kind: 'thread', maxWorkers: size, maxTasksPerWorker: 40 }), { kills: false });
  if (counts.rounds % 5 === 0) {
    const Pool = counts.rounds % 2 === 0 ? ProcessPoolExecutor : ThreadPoolExecutor;
    const own = new Pool({ maxWorkers: 2, maxTasksPerWorker: 10 });
    await load(own, { kills: false });
    own.resize(1);
    await own.shutdown();
  }
  counts.rounds += 1;
}

function measure() {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssMb: rss / 2 ** 20,
    heapMb: heapUsed / 2 ** 20,
    descriptors: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().length,
    listeners: process.listenerCount('exit'),
  };
}

function plot(name) {
  const marks = '▁▂▃▄▅▆▇█';
  const all = samples.map((sample) => sample[name]);
  const width = Math.min(72, all.length);
  const columns = Array.from({ length: width }, (_, x) => all[Math.floor((x * all.length) / width)]);
  const most = Math.max(...all);
  const bars = columns.map((value) => marks[Math.max(0, Math.ceil((value / most) * marks.length) - 1)]).join('');
  console.log(`${name.padEnd(12)} ${bars}  ${Math.min(...all).toFixed(1)} to ${most.toFixed(1)}`);
}

/** The middle of the second tenth against the last: the first is warming up. */
function growth(name) {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const middle = (part) => part.map((sample) => sample[name]).sort((a, b) => a - b)[part.length >> 1];
  return middle(samples.slice(-tenth)) - middle(samples.slice(tenth, 2 * tenth));
}

let nextMs = 0;
while (performance.now() < endMs) {
  await round();
  if (performance.now() < nextMs) continue;
  nextMs = performance.now() + 1000;
  samples.push(measure());
}
for (const kind of ['process', 'thread']) await getReusableExecutor({ kind, reuse: true }).shutdown();

console.log(
  `${counts.rounds} rounds, ${counts.tasks} tasks checked, ${counts.lost} workers killed, ${samples.length} samples`,
);
for (const name of Object.keys(samples[0])) plot(name);
const limits = { rssMb: 100, heapMb: 10, descriptors: 12, handles: 12, listeners: 0 };
const grown = Object.keys(limits).filter((name) => growth(name) > limits[name]);
for (const name of Object.keys(limits))
  console.log(`${name} grew by ${growth(name).toFixed(1)}, limit ${limits[name]}`);
if (grown.length > 0) {
  console.error(`not flat: ${grown.join(', ')}`);
  process.exitCode = 1;
}
