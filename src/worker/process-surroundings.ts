/**
 * What a worker has around it in a process of its own.
 *
 * Rules: what it needs of `process` is captured before any user code runs.
 */

import { writeSync } from 'node:fs';
import { createWorkerMemory } from '../memory/ports.js';
import { openPipeLink } from './pipe-host-link.js';
import type { WorkerSurroundings } from './start.js';

const { pid } = process;
const exitProcess = process.exit.bind(process);
const killProcess = process.kill.bind(process);

/** Ends this process, even where a task has broken the ways to do so. */
function exit(code: number): never {
  try {
    exitProcess(code);
  } finally {
    killProcess(pid, 'SIGKILL');
  }
  throw new Error('A process that was killed went on.');
}

function complain(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // A task has closed it.
  }
}

/** A process. */
export const processSurroundings: WorkerSurroundings = {
  openLink: openPipeLink,
  exit,
  complain,
  attachments: 'refuse',
  memory: createWorkerMemory(),
  memoryBytes: process.memoryUsage.rss.bind(process.memoryUsage),
};
