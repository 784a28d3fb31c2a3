/**
 * The example of docs/testing.md runs.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example of how to test that code survives a lost worker passes', () => {
  const example = fileURLToPath(new URL('../../../examples/survives-a-lost-worker.test.mjs', import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', example];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /# pass 3/);
});
