/** What the soak asks workers to do. Exported functions travel by reference, so that each worker loads this file. */

import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { getReusableExecutor } from 'tardigrade';
import { currentTask } from 'tardigrade/worker';

const MB = 2 ** 20;
const kept = [];

/** Adds, and says where. */
export function add(a, b) {
  return { sum: a + b, workerId: currentTask().workerId };
}

/** Waits, so that others must be done elsewhere, and says where. */
export async function rest(ms) {
  await delay(ms);
  return currentTask().workerId;
}

/** Keeps memory for ever, outside the task, and says where. */
export function swell(megabytes) {
  kept.push(Array.from({ length: megabytes * 8 }, () => new Array(MB / 64).fill(1.5)));
  return currentTask().workerId;
}

/** Gives back an array that is large enough to be mapped or moved, changed. */
export function raise(array) {
  array[0] += 1;
  return array;
}

/** Counts up in memory that is shared. */
export function countUp(array) {
  Atomics.add(array, 0, 1);
}

/** Splits itself into tasks of the pool that it runs in. */
export async function fold(pool, from, to) {
  if (to - from === 1) return from;
  const middle = (from + to) >> 1;
  const parts = await Promise.all([pool.submit(fold, pool, from, middle), pool.submit(fold, pool, middle, to)]);
  return parts[0] + parts[1];
}

/** Uses a pool of the worker's own, of the other kind, and leaves it to end by itself. */
export async function nest(kind, n) {
  const pool = getReusableExecutor({ kind, maxWorkers: 2, idleTimeoutMs: 100 });
  const parts = await Promise.all([pool.submit(add, n, 1), pool.submit(add, n, 2)]);
  return parts[0].sum + parts[1].sum;
}

/** Never ends. */
export function loop() {
  for (;;);
}

/** Ends its worker. */
export function die(how) {
  if (how === 'exit') process.exit(3);
  process.kill(process.pid, how);
}

/** Throws. */
export function fail() {
  throw new RangeError('as it should');
}

/** What this worker holds. */
export function weighWorker() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: (heapUsed + external) / MB, rss: rss / MB, descriptors: readdirSync('/proc/self/fd').length };
}
