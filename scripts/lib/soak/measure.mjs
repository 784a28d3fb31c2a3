/**
 * What the host, its workers and all of their processes hold, at rest. Reads Linux' /proc.
 */

import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAtRest } from './load.mjs';
import { countFiles, countProcesses, read } from './surroundings.mjs';
import { weighWorker } from './tasks.mjs';

const MB = 2 ** 20;
/** How long what is on its way out may take; what stays longer shows in the sample. */
const SETTLING_MS = 5000;

/**
 * What is sampled, and how much the second half of a soak may add to it by its trend: half a thing of what is counted, and of
 * memory what allocators and the JIT compiler come and go with.
 */
export const METRICS = [
  { key: 'heap', title: "host's heap and buffers", unit: 'MB', limit: 0.5 },
  { key: 'rss', title: "host's resident memory", unit: 'MB', limit: 8 },
  { key: 'descriptors', title: "host's descriptors", unit: '', limit: 0.5 },
  { key: 'handles', title: "host's libuv handles", unit: '', limit: 0.5 },
  { key: 'listeners', title: "listeners on host's process", unit: '', limit: 0.5 },
  { key: 'threads', title: "host's threads", unit: '', limit: 0.5 },
  { key: 'processes', title: 'processes of the family', unit: '', limit: 0.5 },
  { key: 'files', title: 'files in /dev/shm and TMPDIR', unit: '', limit: 0.5 },
  { key: 'workerHeap', title: "a process worker's heap, buffers", unit: 'MB', limit: 0.5 },
  { key: 'workerRss', title: "a process worker's resident memory", unit: 'MB', limit: 8 },
  { key: 'workerDescriptors', title: "a process worker's descriptors", unit: '', limit: 0.5 },
  { key: 'threadHeap', title: "a thread worker's heap, buffers", unit: 'MB', limit: 0.5 },
];

process.report.excludeNetwork = true;

const countThreads = () => Number(/^Threads:\s+(\d+)/m.exec(read('/proc/self/status'))[1]);

let fewest;

/** Collects garbage, so that dropped pools are found, until all have left that should. */
async function settle(pools) {
  const endMs = performance.now() + SETTLING_MS;
  for (;;) {
    globalThis.gc();
    await delay(20);
    const now = [countProcesses(), countThreads()];
    fewest ??= now;
    const isDone = isAtRest(pools) && now.every((number, index) => number <= fewest[index]);
    if (!isDone && performance.now() < endMs) continue;
    fewest = now.map((number, index) => Math.min(number, fewest[index]));
    return;
  }
}

/** What the host's descriptors are, and how many of each kind. */
export function tellDescriptors() {
  const kinds = new Map();
  for (const fd of readdirSync('/proc/self/fd')) {
    let kind = 'the list itself';
    try {
      kind = readlinkSync(`/proc/self/fd/${fd}`).replaceAll(/\d+/g, 'N');
    } catch {
      // It was open only for this look.
    }
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ');
}

/** A sample of all metrics. */
export async function measure(pools) {
  await settle(pools);
  const [worker, thread] = await Promise.all(pools.sets.map(({ veteran }) => veteran.submit(weighWorker)));
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    heap: (heapUsed + external) / MB,
    rss: rss / MB,
    descriptors: readdirSync('/proc/self/fd').length,
    handles: process.report.getReport().libuv.filter(({ type }) => type !== 'loop').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    threads: countThreads(),
    processes: countProcesses(),
    files: countFiles(),
    workerHeap: worker.heap,
    workerRss: worker.rss,
    workerDescriptors: worker.descriptors,
    threadHeap: thread.heap,
  };
}
