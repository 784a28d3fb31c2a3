/**
 * Marks the soak's processes, and gives them a temporary folder of their own, so that nothing of other programs is counted.
 * To be imported before the package, which takes the folder's name when it is loaded.
 */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
const id = randomUUID();
const mark = `TARDIGRADE_SOAK=${id}`;
const folder = mkdtempSync(join(tmpdir(), 'soak-'));
const before = new Set(readdirSync(SHARED_MEMORY));
process.env.TARDIGRADE_SOAK = id;
process.env.TMPDIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** A file of /proc, or nothing when its process has ended. */
export function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const isOurs = (pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark);

/** Processes that have inherited the mark; this one has set it for them only. */
export const countProcesses = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name)).length;

/** Those in the soak's folder, and new ones in shared memory, unless a process of another program has them. */
export function countFiles() {
  const inMemory = readdirSync(SHARED_MEMORY).filter((name) => {
    const pid = /^tardigrade-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || before.has(name)) return false;
    return Number(pid) === process.pid || isOurs(pid) || read(`/proc/${pid}/stat`) === '';
  });
  return readdirSync(folder).length + inMemory.length;
}
