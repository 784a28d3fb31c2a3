// What do workers cost that wait for work: CPU time, wake-ups and memory of the whole family of processes?

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { compare } from './lib/compare.mjs';
import { answer, inPrograms, whichOne } from './lib/in-program.mjs';
import { pick } from './lib/settings.mjs';
import { ours, peers } from './peers/all.mjs';

const COUNTS = pick([1, 8, 64], [1, 8]);
const SETTLE_MS = 500;
const WATCH_MS = pick(1500, 1000);
const TASK_MS = 20;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It has ended.
  }
};

/** This process and all that descend from it. */
function findFamily() {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [
      Number(pid),
      Number(
        read(`/proc/${pid}/stat`)
          .replace(/^.*\) /s, '')
          .split(' ')[1],
      ),
    ]);
  const family = new Set([process.pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

/** Nanoseconds on a CPU, and how often a thread woke up by itself. */
function weighTime(family) {
  let [cpuNs, wakeUps] = [0, 0];
  for (const pid of family) {
    for (const thread of existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : []) {
      const path = `/proc/${pid}/task/${thread}`;
      cpuNs += Number(read(`${path}/schedstat`).split(' ')[0]);
      wakeUps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(read(`${path}/status`))?.[1] ?? 0);
    }
  }
  return { cpuNs, wakeUps };
}

const weighMemory = (family) =>
  family.reduce((sum, pid) => sum + Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0), 0);

async function measureHere({ pool, args: [count] }) {
  const workers = Number(count);
  const aloneKb = weighMemory([process.pid]);
  const opened = await pool.open({ workers });
  // So many at once that each worker gets one.
  await Promise.all(Array.from({ length: 2 * workers }, () => opened.run('block', TASK_MS)));
  await delay(SETTLE_MS);
  const family = findFamily();
  const before = weighTime(family);
  const startMs = performance.now();
  await delay(WATCH_MS);
  const seconds = (performance.now() - startMs) / 1000;
  const after = weighTime(family);
  answer({
    cpu: (after.cpuNs - before.cpuNs) / 1e6 / seconds,
    wakes: (after.wakeUps - before.wakeUps) / seconds,
    memory: (weighMemory(family) - aloneKb) / 1024 / workers,
  });
}

async function ask() {
  if (!existsSync('/proc/self/schedstat')) return console.log('Only Linux tells what waiting costs: left out.');
  for (const workers of COUNTS) {
    await compare({
      id: `waiting-${workers}`,
      title: workers === 1 ? 'One worker that waits' : `${workers} workers that wait`,
      workers,
      pools: inPrograms(fileURLToPath(import.meta.url), [...ours, ...peers], { limitMs: 40_000 }),
      rounds: 1,
      figures: [
        { key: 'cpu', title: 'CPU time of all', unit: 'ms a second', better: 'lower' },
        { key: 'wakes', title: 'wake-ups of all', unit: 'a second', better: 'lower' },
        { key: 'memory', title: 'memory, shared pages shared out', unit: 'MB a worker', better: 'lower' },
      ],
      warmUp() {},
      measure: (pool) => pool.ask(workers),
    });
  }
}

const one = whichOne();
await (one === undefined ? ask() : measureHere(one));
