/** Closures of `node -e`, which has Node's modules as globals. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const CODE = `
Object.defineProperty(globalThis, 'given', { get: () => 1, configurable: true });
import('tardigrade').then(async ({ ProcessPoolExecutor }) => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  const helper = (name) => path.basename(name);
  console.log(await pool.submit((name) => [typeof fs.readFileSync, helper(name), os.EOL.length > 0], '/a/b'));
  console.log((await pool.submit(() => given).exception()).message);
  await pool.shutdown();
});
`;

test('modules of Node that `node -e` has as globals are the same there, and a global by a getter is refused', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=commonjs', '-e', CODE], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 300_000,
  });
  const [values, refusal] = stdout.split('\n');
  assert.equal(values, "[ 'function', 'b', true ]", stderr);
  assert.match(refusal ?? '', /the global "given", which a getter gives: read it into a variable first/);
});
