import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const TEXT = `
  import { Worker } from 'node:worker_threads';
  const file = ${JSON.stringify(import.meta.resolve('#src/base/origin.js'))};
  const { origin } = await import(file);
  const copy = await import(file + '?copy');
  const inThread = "import('" + file + "').then(({ origin }) => require('node:worker_threads').parentPort.postMessage(origin))";
  const threads = [1, 2].map(() => new Promise((resolve) => new Worker(inThread, { eval: true, execArgv: [] }).once('message', resolve)));
  console.log(JSON.stringify([origin, copy.origin, ...(await Promise.all(threads))]));
`;

test('no two copies and no two threads have the same origin, even where chance is seeded', () => {
  const run = (): string[] => {
    const args = ['--random-seed=1', '--input-type=module', '--eval', TEXT];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(stderr, '');
    return JSON.parse(stdout) as string[];
  };
  const all = [...run(), ...run()];
  assert.equal(all.length, 8);
  assert.equal(new Set(all).size, 8, all.join('\n'));
});
