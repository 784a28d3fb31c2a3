/**
 * Runs one test file in a process of its own and answers with what happened, as data.
 *
 * Guarantees: it ends. A file that is still running at its deadline is killed (SIGKILL: a busy loop hears nothing else)
 * and has failed. A file that ends early, even with exit code 0, and one that holds no test have failed, too.
 */

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const reporter = fileURLToPath(new URL('event-reporter.mjs', import.meta.url));
let runs = 0;

function readRecords(file) {
  const lines = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n');
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line));
}

/** What is wrong with the run as a whole, if anything. */
function judge({ records, counts, code, signal, timedOut, limitMs }) {
  if (timedOut) return `did not end within ${limitMs / 1000} s and was killed`;
  if (signal !== null) return `was terminated by signal ${signal}`;
  if (!records.some((record) => record.kind === 'end'))
    return `holds no test, or ended before its tests did (exit code ${code})`;
  if (!(counts.tests > 0)) return 'holds no test';
  const failed = records.some((record) => record.kind === 'failure');
  return code !== 0 && !failed ? `ended with exit code ${code} although no test failed` : undefined;
}

/** Runs `file` and answers `{ counts, failures, skipped, durationMs, stdout, stderr }`. */
export async function runTestFile(file, { cwd, limitMs, name }) {
  runs += 1;
  const log = join(tmpdir(), `events-${process.pid}-${runs}.jsonl`);
  const startedMs = performance.now();
  const args = [`--test-reporter=${reporter}`, `--test-reporter-destination=${log}`, file];
  const host = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, TARDIGRADE_TEST_FILE: name },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = [];
  const stderr = [];
  host.stdout.on('data', (bytes) => stdout.push(bytes));
  host.stderr.on('data', (bytes) => stderr.push(bytes));
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    host.kill('SIGKILL');
  }, limitMs);
  // Not 'close': a process that the test leaked would hold the pipes open.
  const [code, signal] = await new Promise((resolve, reject) => {
    host.once('error', reject);
    host.once('exit', (...ended) => resolve(ended));
  });
  clearTimeout(deadline);
  host.stdout.destroy();
  host.stderr.destroy();

  const records = readRecords(log);
  rmSync(log, { force: true });
  const counts = Object.fromEntries(
    records.filter((record) => record.kind === 'count').map((record) => [record.name, record.value]),
  );
  const failures = records.filter((record) => record.kind === 'failure');
  const wrong = judge({ records, counts, code, signal, timedOut, limitMs });
  if (wrong !== undefined) {
    failures.push({ name: '(the file itself)', error: wrong });
    counts.tests = (counts.tests ?? 0) + 1;
    counts.fail = (counts.fail ?? 0) + 1;
  }
  return {
    counts,
    failures,
    skipped: records.filter((record) => record.kind === 'skipped'),
    durationMs: performance.now() - startedMs,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}
