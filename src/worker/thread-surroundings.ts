/**
 * What a worker has around it in a thread of its own.
 *
 * Rules: what it needs is captured before any user code runs; what the host handed over is taken away from where user code
 * would find it. So this is loaded only by a thread's entry point.
 */

import { getHeapStatistics } from 'node:v8';
import worker from 'node:worker_threads';
import { createWorkerMemory } from '../memory/ports.js';
import { openPortLink, type ThreadGift } from './port-host-link.js';
import type { WorkerSurroundings } from './start.js';

const gift = worker.workerData as ThreadGift;
(worker as { workerData: unknown }).workerData = null;

const exitThread = process.exit.bind(process);
/** Closes this end of the link. */
export const closeLink = gift.port.close.bind(gift.port);
const { wait, load } = Atomics;
const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** Ends this thread only, even where a task has broken the ways to do so: the host ends one that has closed its link. */
function exit(code: number): never {
  try {
    exitThread(code);
  } finally {
    closeLink();
    wait(sleepCell, 0, 0);
  }
  throw new Error('A thread that was ended went on.');
}

function complain(text: string): void {
  try {
    process.stderr.write(text);
  } catch {
    // A task has broken it.
  }
}

/** Resident memory is the whole program's, so what this thread's own heap takes stands for it. */
function memoryBytes(): number {
  const { total_heap_size, external_memory } = getHeapStatistics();
  return total_heap_size + external_memory;
}

/** So much output may lie in the port. */
const OUTPUT_AHEAD_BYTES = 1024 * 1024;
let outputSaid = 0;

/** A port takes what it is given, so a thread that writes without end would fill the host's memory. */
function throttle(bytes: number): void {
  outputSaid += bytes;
  for (;;) {
    const read = load(gift.outputRead, 0);
    // Both are counted in 32 bits.
    if (((outputSaid - read) | 0) <= OUTPUT_AHEAD_BYTES) return;
    wait(gift.outputRead, 0, read);
  }
}

/** A thread. */
export const threadSurroundings: WorkerSurroundings = {
  openLink: (listener) => openPortLink(gift, listener),
  exit,
  complain,
  attachments: 'carry',
  memory: createWorkerMemory(),
  initializerItems: gift.initializerItems,
  memoryBytes,
  throttle,
};
