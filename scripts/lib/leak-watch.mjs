/**
 * Finds what a test run leaves behind: processes and temporary files.
 *
 * Every process of the run inherits TARDIGRADE_TEST_RUN, which marks it in /proc, and a TMPDIR of the run's own, so that
 * other programs (another run in another clone, too) cannot be mistaken for a leak. Files in shared memory have no such
 * folder: there, what is new under the package's name counts, unless the process in its name lives and is none of the run's.
 *
 * Rules: reads Linux' /proc; on other systems only the files are looked at.
 */

import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Promise 4 of docs/guarantees.md gives a worker one second after the program's end; the rest is for a busy machine. */
const GRACE_MS = 15_000;
const SHARED_MEMORY = '/dev/shm';
/** Caches of the tools under the tests, which outlive them on purpose. */
const CACHES = /^(tsx-|node-compile-cache$|v8-compile-cache)/;

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has ended, or is not ours.
  }
}

function list(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function findProcesses(mark) {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .filter((pid) => !/^\d+ \(.*\) Z /s.test(read(`/proc/${pid}/stat`)))
    .map(Number);
}

/** Whether a file in shared memory is that of a living process of another run. */
function isOfOthers(name, mark) {
  const [, pid] = /^tardigrade-(\d+)-/.exec(name) ?? [];
  const environment = pid === undefined ? '' : read(`/proc/${pid}/environ`);
  return environment !== '' && !environment.split('\0').includes(mark);
}

function describeProcess(pid) {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  const file = /(?:^|\0)TARDIGRADE_TEST_FILE=([^\0]*)/.exec(read(`/proc/${pid}/environ`))?.[1] ?? 'an unknown test';
  return `process ${pid} of ${file}: ${command.slice(0, 200)}`;
}

/** Marks this process' environment for what it will start, and answers with the means to look for what stayed. */
export function startLeakWatch() {
  const run = randomUUID();
  const mark = `TARDIGRADE_TEST_RUN=${run}`;
  const folder = mkdtempSync(join(tmpdir(), 'tardigrade-run-'));
  const sharedBefore = new Set(list(SHARED_MEMORY));
  process.env.TARDIGRADE_TEST_RUN = run;
  process.env.TMPDIR = folder;

  const look = () => [
    ...findProcesses(mark).map(describeProcess),
    ...list(folder)
      .filter((name) => !CACHES.test(name))
      .map((name) => `temporary file ${name}`),
    ...list(SHARED_MEMORY)
      .filter((name) => /tardigrade/.test(name) && !sharedBefore.has(name) && !isOfOthers(name, mark))
      .map((name) => `shared memory ${name}`),
  ];

  return {
    /** What is still there once the grace is over; nothing, as soon as nothing is. */
    async findLeaks() {
      const endMs = performance.now() + GRACE_MS;
      let found = look();
      while (found.length > 0 && performance.now() < endMs) {
        await delay(50);
        found = look();
      }
      return found;
    },
    /** Kills every process of the run, so that a failed run leaves nothing behind either. */
    killAll() {
      for (const pid of findProcesses(mark)) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
      }
    },
    removeFolder() {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
