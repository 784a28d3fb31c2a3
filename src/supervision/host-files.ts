/**
 * Names for the temporary files of this process, by which everybody can tell whose they are and whether it still lives:
 *
 *   tardigrade-<pid>-<pid namespace>-<start time>-<serial><suffix>
 *
 * The start time (in the kernel's ticks since boot) tells a process from a later one with the same number, the namespace
 * those of containers that share a folder. Who makes a file in one of `FILE_FOLDERS` takes its name from here, calls
 * `trackFile` of the resource tracker before it makes the file, and `untrackFile` after it has removed it.
 *
 * Rules: names only; makes no file. Without /proc the last two numbers are 0, and nobody cleans up after a dead process.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** Where such files stand: in memory where there is such a file system, else among the temporary files. */
export const FILE_FOLDERS: readonly [memory: string, disk: string] = ['/dev/shm', tmpdir()];

/** The number of the namespace in which process ids mean what they mean here. */
export const pidNamespace = readNumber(() => readlinkSync('/proc/self/ns/pid'), /\[(\d+)\]/);

// After the name, which may hold anything, come the fields from the third on; the start time is the 22nd.
const startTime = readNumber(() => readFileSync('/proc/self/stat', 'latin1'), /\) (?:\S+ ){19}(\d+)/s);

let serial = 0;

/** A name that no other file of any process has, without its folder. */
export function nameHostFile(suffix: string): string {
  serial += 1;
  return `tardigrade-${process.pid}-${pidNamespace}-${startTime}-${serial}${suffix}`;
}

function readNumber(read: () => string, pattern: RegExp): string {
  try {
    return pattern.exec(read())?.[1] ?? '0';
  } catch {
    return '0';
  }
}
