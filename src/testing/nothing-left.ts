/**
 * Looks for what this package has left behind in this program: workers, tasks that are not settled, files.
 *
 * Rules: reads, and ends nothing. Looks again until nothing is left or the deadline has come.
 */

import { readdirSync } from 'node:fs';
import { wallClock } from '../base/clock.js';
import { TardigradeError } from '../base/errors.js';
import { describeAllLeftovers } from '../base/living.js';
import { arrayOf, checkOptions, duration, matching } from '../base/validate.js';
import type { WorkerInfo } from '../executors/executor.js';
import { FILE_FOLDERS } from '../supervision/host-files.js';
import { listWorkers, trackerGone } from '../supervision/resource-tracker.js';
import { listThreads } from '../supervision/thread-launcher.js';

/** Something with workers that are meant to stay. */
export interface ExecutorWithWorkers {
  /** Its workers. */
  readonly workers: readonly WorkerInfo[];
}

/** Options of `assertNothingLeft`. */
export interface NothingLeftOptions {
  /** How long what is about to vanish may take, in milliseconds. Default 2000. */
  readonly deadlineMs?: number | undefined;
  /** Executors that are meant to go on: their workers are not left behind. */
  readonly except?: readonly ExecutorWithWorkers[] | undefined;
}

const CHECKS = {
  deadlineMs: duration(),
  except: arrayOf(matching<ExecutorWithWorkers>('an executor with workers', isExecutor)),
};
const DEFAULT_DEADLINE_MS = 2000;
const EVERY_MS = 10;

function isExecutor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'workers' in value && Array.isArray(value.workers);
}

/**
 * Settles when nothing of this package is left in this program: no worker process, no worker thread, no task that is not
 * settled, no shutdown that has not ended, no temporary file. Rejects at the deadline, naming each.
 */
export async function assertNothingLeft(options?: NothingLeftOptions): Promise<void> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, except = [] } = checkOptions('NothingLeftOptions', options, CHECKS);
  const endMs = wallClock.nowMs() + deadlineMs;
  for (;;) {
    const found = await look(except, Math.max(0, endMs - wallClock.nowMs()));
    if (found.length === 0) return;
    if (wallClock.nowMs() >= endMs) throw new TardigradeError(tell(found));
    await pause(EVERY_MS);
  }
}

function tell(found: readonly string[]): string {
  const lines = found.map((line) => `\n  - ${line}`).join('');
  return `${found.length === 1 ? 'one thing was' : `${found.length} things were`} left behind:${lines}`;
}

async function look(except: readonly ExecutorWithWorkers[], limitMs: number): Promise<string[]> {
  const excused = except.flatMap(({ workers }) => workers.map(({ pid, threadId }) => ({ pid, threadId })));
  const lines = describeAllLeftovers().filter(
    (line) =>
      !excused.some(({ pid, threadId }) => line.includes(`(pid ${pid})`) || line.includes(`(thread ${threadId})`)),
  );
  const isTold = (what: string): boolean => lines.some((line) => line.includes(what));
  const pids = listWorkers().filter((id) => !excused.some(({ pid }) => pid === id) && !isTold(`(pid ${id})`));
  const threads = listThreads().filter(
    (id) => !excused.some(({ threadId }) => threadId === id) && !isTold(`(thread ${id})`),
  );
  return [
    ...lines,
    ...pids.map((pid) => `worker process ${pid}`),
    ...threads.map((id) => `worker thread ${id}`),
    ...findFiles().map((path) => `temporary file ${path}`),
    ...((await isTrackerGone(limitMs)) ? [] : ['the guardian of the workers']),
  ];
}

/** The guardian goes with the last worker, a moment later. */
async function isTrackerGone(limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = wallClock.startTimer(limitMs, () => resolve(false), { keepAlive: true });
    void trackerGone().then(() => {
      // It would keep the program alive until the deadline.
      timer.stop();
      resolve(true);
    });
  });
}

function findFiles(): string[] {
  return FILE_FOLDERS.flatMap((folder) => list(folder).map((name) => `${folder}/${name}`));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(`tardigrade-${process.pid}-`));
  } catch {
    return []; // There is no such folder on this system.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void wallClock.startTimer(ms, resolve, { keepAlive: true }));
}
