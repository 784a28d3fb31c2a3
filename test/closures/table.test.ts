/** A row a construct, through a pool of processes: from the main thread and from inside a worker thread. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Report {
  readonly rows: number;
  readonly failures: readonly unknown[];
  readonly where: string;
}

function run(file: string, ...args: readonly string[]): Report {
  const path = fileURLToPath(new URL(`../../../test/fixtures/raw/closures/${file}`, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const output = execFileSync(process.execPath, [path, ...args], { encoding: 'utf8', env, timeout: 300_000 });
  return JSON.parse(output.split('\n').find((line) => line.startsWith('{"rows"')) ?? '') as Report;
}

for (const [file, atLeast] of [
  ['table.mjs', 80],
  ['table.cjs', 14],
  ['classes.mjs', 17],
  ['kinds.mjs', 27],
  ['homes.mjs', 35],
  ['states.mjs', 24],
  ['imports.mjs', 15],
  ['no-semicolons.mjs', 5],
] as const) {
  for (const where of ['main', 'thread']) {
    test(`every construct of ${file} travels as the table says, from ${where === 'main' ? 'the main thread' : 'inside a worker thread'}`, () => {
      const report = run(file, where);
      assert.deepEqual(report.failures, []);
      assert.equal(report.where, where);
      assert.ok(report.rows >= atLeast, `${report.rows} rows`);
    });
  }
}

for (const file of ['odd.mjs', 'unusual.mjs']) {
  test(`closures that no table lists travel too (${file})`, () => {
    const path = fileURLToPath(new URL(`../../../test/fixtures/raw/closures/${file}`, import.meta.url));
    const env = { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' };
    assert.equal(execFileSync(process.execPath, [path], { encoding: 'utf8', env, timeout: 300_000 }), 'done\n');
  });
}
