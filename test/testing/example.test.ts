/**
 * The examples of docs/testing.md run.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Runs an example as docs/testing.md says; answers with what it printed. */
function runExample(name: string): string {
  const example = fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--test', '--test-reporter=tap', example];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 300_000 });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test('the example of how to test that code survives a lost worker passes', () => {
  assert.match(runExample('survives-a-lost-worker.test.mjs'), /# pass 3/);
});

test('the example of how to test retries and time limits without waiting passes', () => {
  assert.match(runExample('without-waiting.test.mjs'), /# pass 5/);
});
