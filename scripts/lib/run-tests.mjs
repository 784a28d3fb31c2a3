/**
 * Runs test files, some at a time, and prints a line a file, each failure in full, each skipped test with its reason, and
 * the closing lines of node's own runner (`# tests …`, `# pass …`, `# fail …`).
 */

import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { runTestFile } from './run-file.mjs';
import { root } from './test-files.mjs';

const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];
/** What hangs never ends; what is slow is the machine, ten times as slow as usual perhaps. */
const FILE_LIMIT_MS = 600_000;

const indent = (text) => text.trimEnd().replace(/^/gm, '    ');

function printFile(name, { counts, failures, skipped, durationMs, stdout, stderr }) {
  const seconds = (durationMs / 1000).toFixed(1);
  const verdict = failures.length > 0 ? `✖ ${name}: ${failures.length} failed` : `✔ ${name}`;
  console.log(`${verdict} (${counts.tests ?? 0} tests, ${seconds} s)`);
  for (const { name: title, error } of failures) console.log(`  ✖ ${title}\n${indent(error)}`);
  for (const { name: title, reason } of skipped) console.log(`  ﹣ skipped: ${title} (${reason})`);
  // What a test prints on stdout is meant for the reader; stderr is noise unless something failed.
  const shown = failures.length > 0 ? stdout + stderr : stdout;
  if (shown.trim() !== '') console.log(indent(shown));
}

/** Runs the compiled test files and answers whether every test of each passed. */
export async function runTests(files) {
  const startedMs = performance.now();
  const totals = Object.fromEntries(COUNTS.map((name) => [name, 0]));
  let failed = 0;
  const waiting = files.values();
  // Every lane takes its next file from the one iterator.
  const lane = async () => {
    for (const file of waiting) {
      const name = relative(root, file)
        .replace(/^build./, '')
        .replace(/\.js$/, '.ts');
      const result = await runTestFile(file, { cwd: root, limitMs: FILE_LIMIT_MS, name });
      for (const count of COUNTS) totals[count] += result.counts[count] ?? 0;
      failed += result.failures.length;
      printFile(name, result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, lane));
  console.log('');
  for (const name of COUNTS) console.log(`# ${name} ${totals[name]}`);
  console.log(`# duration_ms ${Math.round(performance.now() - startedMs)}`);
  return failed + totals.fail + totals.cancelled === 0 && totals.pass > 0;
}
