/** Runs the program of the fixtures in a process of its own. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = new URL('../../../test/fixtures/raw/memory/', import.meta.url);
const run = promisify(execFile);

/** What there is of files of memory in a process. */
export interface FileCount {
  readonly open: number;
  readonly mapped: number;
}

/** The path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

/** What the program prints in a mode. */
export async function runProgram<T>(mode: string, { env = {}, execArgv = [] as readonly string[] } = {}): Promise<T> {
  const { stdout, stderr } = await run(process.execPath, ['--expose-gc', ...execArgv, fixture('program.mjs'), mode], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as T;
}

/** Whether memory can be mapped here; where not, tests of it have nothing to look at. */
export const canMap = process.platform === 'linux';
