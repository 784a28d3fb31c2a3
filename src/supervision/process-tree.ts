/**
 * Ends a worker process with everything that it started.
 *
 * A worker leads a process group of its own (`detached`), so one signal reaches its descendants too, even after it is
 * gone. On Windows, where there are no groups, `taskkill` walks the tree (written with care, untested).
 *
 * Guarantees: never throws; a process that is gone already is no error.
 */

import { spawn } from 'node:child_process';

const { kill, platform } = process;

/** Kills the process and its group, at once. */
export function killTree(pid: number): void {
  if (platform === 'win32') {
    const taskkill = spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    taskkill.on('error', () => signal(pid));
    taskkill.unref();
    return;
  }
  signal(-pid);
}

function signal(pid: number): void {
  try {
    kill.call(process, pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left. EPERM: what is left has become somebody else's, and is not ours to end.
  }
}
