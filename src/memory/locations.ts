/**
 * How another process finds a file that has no name: by its owner and the owner's descriptor, and by the number of the file
 * itself, because a descriptor's number may mean another file later.
 *
 * Rules: Linux only (/proc). Uses nothing that user code could have replaced.
 */

import fs from 'node:fs';

const { openSync, closeSync, fstatSync } = fs;
const { pid } = process;
const ErrorType = Error;

/** Where a file can be found. */
export interface Location {
  readonly pid: number;
  readonly fd: number;
  readonly ino: number;
}

/** Where others find a file that is open here. */
export function locate(fd: number): Location {
  return { pid, fd, ino: fstatSync(fd).ino };
}

/** Opens the file at a location. Throws when it is not there any more, or may not be opened. */
export function openLocation(location: Location, access: 'r' | 'r+'): number {
  const fd = openSync(`/proc/${location.pid}/fd/${location.fd}`, access);
  if (fstatSync(fd).ino === location.ino) return fd;
  closeSync(fd);
  throw new ErrorType('the file is not there any more');
}
