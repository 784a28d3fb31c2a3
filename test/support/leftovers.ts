/**
 * What this process has left behind: children (also those that have lost their parent), handles of the event loop, and
 * temporary files.
 *
 * Rules: reads Linux' /proc; elsewhere only handles and files are looked at.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Whatever this process starts inherits it. */
const MARK = `TARDIGRADE_TEST_HOST=${process.pid}`;
process.env.TARDIGRADE_TEST_HOST = String(process.pid);

/** Made on first use, which would look like something left over. */
void [process.stdin, process.stdout, process.stderr];

/** Tells which processes are meant to stay: those of pools that several tests share. */
type Excuse = () => Iterable<number>;
const excuses = new Set<Excuse>();

/** Processes that `excuse` names are no leftovers, until the answer is called. */
export function excuseProcesses(excuse: Excuse): () => void {
  excuses.add(excuse);
  return () => excuses.delete(excuse);
}

/** How long what is going to vanish may take: long, for a busy machine; what is left behind stays for good. */
const GRACE_MS = 15_000;

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has ended, or is not ours.
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** The living processes that this one has started, directly or not, by process id. */
export function findDescendants(): number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
      if (state === undefined || state === 'Z') return false;
      return parent === String(process.pid) || read(`/proc/${pid}/environ`).split('\0').includes(MARK);
    })
    .map(Number);
}

function findTemporaryFiles(): string[] {
  return [tmpdir(), '/dev/shm'].flatMap(list).filter((name) => name.startsWith(`tardigrade-${process.pid}-`));
}

function countHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What is there now, for `findLeftovers`. */
export interface Surroundings {
  readonly processes: ReadonlySet<number>;
  readonly handles: ReadonlyMap<string, number>;
}

/** Looks around before a test. */
export function lookAround(): Surroundings {
  return { processes: new Set(findDescendants()), handles: countHandles() };
}

function look(before: Surroundings): string[] {
  const excused = new Set([...excuses].flatMap((excuse) => [...excuse()]));
  const processes = findDescendants()
    .filter((pid) => !before.processes.has(pid) && !excused.has(pid))
    // One guardian serves all pools, and stays as long as a worker does.
    .filter((pid) => excused.size === 0 || !isGuardian(pid));
  const handles = [...countHandles()].filter(([kind, count]) => count > (before.handles.get(kind) ?? 0));
  return [
    ...processes.map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 200)}`),
    ...handles.map(([kind, count]) => `${count} handles of the kind ${kind}`),
    ...findTemporaryFiles().map((name) => `temporary file ${name}`),
  ];
}

function isGuardian(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).startsWith('/bin/sh\0-c\0\ntrap');
}

/** What is there now and was not there before, and does not vanish within a short time. */
export async function findLeftovers(before: Surroundings): Promise<string[]> {
  const endMs = performance.now() + GRACE_MS;
  let found = look(before);
  while (found.length > 0 && performance.now() < endMs) {
    await delay(20);
    found = look(before);
  }
  return found;
}
