/**
 * Sees to it that neither workers nor temporary files outlive the host, however the host ends and however busy they are.
 *
 * A tiny shell, in a session of its own, reads from a pipe which process groups are alive. When the pipe ends without a
 * farewell, because the host did, it kills those that are left with all their descendants, and removes the files that they
 * and the host had made. When it starts it removes what dead processes have left: those whose tracker was killed, too. One
 * shell serves all pools of a program; it exists only while workers or files do. From loky's `resource_tracker`.
 *
 * Rules: POSIX only; elsewhere, and where no shell can be started, workers that are idle still end by themselves, and
 * only a busy one of a killed host goes on to the end of its task. Touches only files that are named by `host-files`.
 * Guarantees: never throws, never keeps the program alive; a tracker that dies is replaced at the next worker or file, and
 * told everything again.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { FILE_FOLDERS, pidNamespace } from './host-files.js';
import { killTree } from './process-tree.js';

/** Its arguments: the process id of the host, the namespace, the folders. */
const SCRIPT = `
trap '' INT TERM HUP QUIT
host=$1 space=$2 memory=$3 disk=$4
alive=' '
doomed=
remove() {
  for file in "$memory/tardigrade-$1-$space-"* "$disk/tardigrade-$1-$space-"*; do
    if [ -e "$file" ]; then rm -rf -- "$file"; fi
  done
}
condemn() {
  for list in /proc/$1/task/*/children; do
    kids=
    read -r kids < "$list"
    for kid in $kids; do condemn "$kid"; done
  done
  doomed="$doomed $1"
}
is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }
start_of() {
  start=
  if read -r line < "/proc/$1/stat"; then
    set -- \${line##*) }
    start=\${20}
  fi
}
remove_stale() {
  for file in "$memory"/tardigrade-*-*-*-* "$disk"/tardigrade-*-*-*-*; do
    name=\${file##*/tardigrade-}
    owner=\${name%%-*} name=\${name#*-}
    its_space=\${name%%-*} name=\${name#*-}
    its_start=\${name%%-*}
    if is_number "$owner" && is_number "$its_start" && [ "$its_space" = "$space" ]; then
      start_of "$owner"
      if [ "$start" != "$its_start" ]; then rm -rf -- "$file"; fi
    fi
  done
}
if [ "$space" != 0 ]; then remove_stale; fi
while read -r verb id; do
  case $verb in
    add) alive="$alive$id " ;;
    del)
      case $alive in *" $id "*) alive="\${alive%%" $id "*} \${alive#*" $id "}" ;; esac
      remove "$id"
      ;;
    bye) exit 0 ;;
  esac
done
for id in $alive; do condemn "$id"; done
for id in $alive $doomed; do kill -s KILL -- "-$id"; kill -s KILL "$id"; done
for id in $host $doomed; do remove "$id"; done
`;

/** Workers of this program that are alive, by process id. */
const alive = new Set<number>();
/** Temporary files of this program. */
const files = new Set<string>();
let shell: ChildProcess | undefined;
let shellEnd: Promise<void> | undefined;
let hooked: 'no' | 'yes' = 'no';

function startShell(): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const args = ['-c', SCRIPT, 'tardigrade-tracker', String(process.pid), pidNamespace, ...FILE_FOLDERS];
  let child: ChildProcess;
  try {
    child = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' });
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
    for (const path of files) removeFile(path);
  });
}

function removeFile(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It is in use, or somebody else's by now; the tracker tries once more.
  }
}

function needShell(): void {
  hookExit();
  shell ??= startShell();
}

function dropShell(): void {
  if (alive.size > 0 || files.size > 0) return;
  shell?.stdin?.end('bye\n');
  shell = undefined;
}

/** A worker has started. */
export function trackWorker(pid: number): void {
  const told = shell;
  alive.add(pid);
  needShell();
  told?.stdin?.write(`add ${pid}\n`);
}

/** A worker is gone. The files that it has left are removed. */
export function untrackWorker(pid: number): void {
  alive.delete(pid);
  shell?.stdin?.write(`del ${pid}\n`);
  dropShell();
}

/** A temporary file or folder, named by `nameHostFile`, is about to be made. It is removed when the program ends. */
export function trackFile(path: string): void {
  files.add(path);
  needShell();
}

/** A file was removed. */
export function untrackFile(path: string): void {
  files.delete(path);
  dropShell();
}

/** The worker processes of this program that are alive. */
export function listWorkers(): readonly number[] {
  return [...alive];
}

/** Ends when no tracker of this program is left that was asked to go; at once if none was. */
export async function trackerGone(): Promise<void> {
  if (alive.size === 0 && files.size === 0) await shellEnd;
}
