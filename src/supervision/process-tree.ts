/**
 * Ends a worker process with everything that it started.
 *
 * A worker leads a process group of its own (`detached`), so one signal reaches its descendants too, even after it is
 * gone. Those that left the group (`detached` themselves) are found through /proc while the worker is alive (Linux). On
 * Windows, where there are no groups, `taskkill` walks the tree (written with care, untested).
 *
 * Guarantees: never throws; a process that is gone already is no error.
 */

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const { kill, platform } = process;

/** Kills the process and its group, at once. */
export function killTree(pid: number): void {
  if (platform === 'win32') {
    const taskkill = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    taskkill.on('error', () => signal(pid));
    taskkill.unref();
    return;
  }
  const descendants = findDescendants(pid);
  signal(-pid);
  for (const descendant of descendants) {
    signal(-descendant);
    signal(descendant);
  }
}

/** The children of a living process, and theirs. */
function findDescendants(pid: number): number[] {
  const found: number[] = [];
  const unseen = [pid];
  for (let next = unseen.pop(); next !== undefined; next = unseen.pop()) {
    for (const child of listChildren(next)) {
      found.push(child);
      unseen.push(child);
    }
  }
  return found;
}

/** Any thread of a process may have started a child. */
function listChildren(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'));
    return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  } catch {
    // It is gone, or there is no such /proc.
    return [];
  }
}

function signal(pid: number): void {
  try {
    kill.call(process, pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left. EPERM: what is left has become somebody else's, and is not ours to end.
  }
}
