/**
 * Sees to it that workers do not outlive the host, however the host ends and however busy they are.
 *
 * A tiny shell, in a session of its own, reads from a pipe which process groups are alive. When the pipe ends, because the
 * host did, it kills those that are left. One shell serves all pools of a program; it exists only while workers do. From
 * loky's `resource_tracker`.
 *
 * Rules: POSIX only; elsewhere, and where no shell can be started, workers that are idle still end by themselves, and
 * only a busy one of a killed host goes on to the end of its task.
 * Guarantees: never throws, never keeps the program alive; a tracker that dies is replaced and told everything again.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { killTree } from './process-tree.js';

const SCRIPT = `
trap '' INT TERM HUP QUIT
alive=' '
while read -r verb id; do
  case $verb in
    add) alive="$alive$id " ;;
    del) case $alive in *" $id "*) alive="\${alive%%" $id "*} \${alive#*" $id "}" ;; esac ;;
  esac
done
for id in $alive; do kill -s KILL -- "-$id" 2>/dev/null; done
`;

/** Workers of this program that are alive, by process id. */
const alive = new Set<number>();
let shell: ChildProcess | undefined;
let shellEnd: Promise<void> | undefined;
let hooked: 'no' | 'yes' = 'no';

function startShell(): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
  } catch {
    return undefined;
  }
  shellEnd = new Promise((resolve) => {
    const over = (): void => {
      if (shell === child) shell = undefined;
      resolve();
    };
    child.once('error', over);
    child.once('exit', over);
  });
  child.stdin?.on('error', () => {});
  (child.stdin as unknown as { unref?: () => void })?.unref?.();
  child.unref();
  for (const pid of alive) child.stdin?.write(`add ${pid}\n`);
  return child;
}

/** `process.exit()` and the natural end: no signal reaches the workers' groups, so they are ended here. */
function hookExit(): void {
  if (hooked === 'yes') return;
  hooked = 'yes';
  process.on('exit', () => {
    for (const pid of alive) killTree(pid);
  });
}

/** A worker has started. */
export function trackWorker(pid: number): void {
  hookExit();
  alive.add(pid);
  if (shell === undefined) shell = startShell();
  else shell.stdin?.write(`add ${pid}\n`);
}

/** A worker is gone. */
export function untrackWorker(pid: number): void {
  alive.delete(pid);
  if (alive.size === 0) {
    shell?.stdin?.end();
    shell = undefined;
  } else shell?.stdin?.write(`del ${pid}\n`);
}

/** Ends when no tracker of this program is left that was asked to go; at once if none was. */
export async function trackerGone(): Promise<void> {
  if (alive.size === 0) await shellEnd;
}
