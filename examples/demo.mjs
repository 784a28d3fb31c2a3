/**
 * `npm run demo`: compresses and hashes every file under node_modules, first in this process, then in a pool over all
 * CPUs, of which one worker is killed half-way. Ends with a table, and with exit code 1 if any result differs.
 *
 *   node examples/demo.mjs [folder]
 */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as letTimersRun } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as terminal from '@clack/prompts';
import { availableCpus, ProcessPoolExecutor } from 'tardigrade';
import { compressPart } from './demo-tasks.mjs';

/** A large file is many tasks, so that no worker is left alone with it at the end. */
const PART_BYTES = 2 ** 22;

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const sum = (results, key) => results.reduce((total, result) => total + result[key], 0);

const countSecondAttempts = (results) => results.filter(({ attempt }) => attempt > 1).length;

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** The parts of all files. */
function listParts(files) {
  return files.flatMap((file) => {
    const { size } = statSync(file);
    const count = Math.max(1, Math.ceil(size / PART_BYTES));
    return Array.from({ length: count }, (_, index) => {
      const start = index * PART_BYTES;
      return { file, start, length: Math.min(PART_BYTES, size - start) };
    });
  });
}

/** A bar on a terminal, a line every tenth of the way elsewhere. */
function showProgress(title, total) {
  if (!process.stdout.isTTY) {
    let done = 0;
    return {
      step() {
        done += 1;
        const tenths = Math.floor((10 * done) / total);
        if (tenths > Math.floor((10 * (done - 1)) / total))
          console.log(`${title}: ${tenths * 10} %, ${done} of ${total} parts`);
      },
      note: (text) => console.log(text),
      end() {},
    };
  }
  const bar = terminal.progress({ max: total, size: 30 });
  let done = 0;
  bar.start(title);
  return {
    step() {
      done += 1;
      bar.advance(1, `${title}: ${done} of ${total} parts`);
    },
    note: (text) => bar.message(text),
    end: (text) => bar.stop(text),
  };
}

async function runSerially(parts) {
  const progress = showProgress('one process', parts.length);
  const startedMs = performance.now();
  const results = [];
  for (const part of parts) {
    results.push(await compressPart(part));
    progress.step();
    await letTimersRun();
  }
  const durationMs = performance.now() - startedMs;
  progress.end(`one process: ${seconds(durationMs)}`);
  return { results, durationMs };
}

/** Kills a worker that has a task, as the system's out-of-memory killer would. */
function killOneWorker(pool) {
  const victim = pool.workers.find((worker) => worker.state === 'busy') ?? pool.workers[0];
  process.kill(victim.pid, 'SIGKILL');
  return victim.pid;
}

async function runInPool(parts) {
  const pool = new ProcessPoolExecutor();
  const progress = showProgress(`${availableCpus()} workers`, parts.length);
  const startedMs = performance.now();
  const results = [];
  let killed;
  try {
    for await (const result of pool.withOptions({ retries: 1 }).map(compressPart, parts)) {
      results.push(result);
      progress.step();
      if (killed === undefined && results.length >= parts.length / 2) {
        killed = killOneWorker(pool);
        progress.note(`worker ${killed} was sent SIGKILL`);
      }
    }
  } finally {
    await pool.shutdown();
  }
  const durationMs = performance.now() - startedMs;
  progress.end(`${availableCpus()} workers: ${seconds(durationMs)}, worker ${killed} killed half-way`);
  return { results, durationMs, stats: pool.stats() };
}

const folder = process.argv[2] ?? fileURLToPath(new URL('../node_modules', import.meta.url));
const files = listFiles(folder);
const parts = listParts(files);
const serial = await runSerially(parts);
const parallel = await runInPool(parts);

const differing = parts.filter((_, index) => serial.results[index].digest !== parallel.results[index]?.digest);
const isEqual = parallel.results.length === parts.length && differing.length === 0;
const rows = {
  files: `${files.length} (${parts.length} parts)`,
  'bytes in': megabytes(sum(parallel.results, 'bytesIn')),
  'bytes out': megabytes(sum(parallel.results, 'bytesOut')),
  'serial time': seconds(serial.durationMs),
  'parallel time': `${seconds(parallel.durationMs)} on ${availableCpus()} CPUs, with the lost worker`,
  'speed-up': `${(serial.durationMs / parallel.durationMs).toFixed(2)} ×`,
  'workers lost': parallel.stats.workersLost,
  'tasks lost': parallel.stats.lost + parallel.stats.retried,
  'tasks retried': `${parallel.stats.retried}, of which ${countSecondAttempts(parallel.results)} then succeeded`,
  digests: isEqual ? 'each equals the serial one' : `${differing.length} DIFFER from the serial ones`,
};
console.log('');
for (const [name, value] of Object.entries(rows)) console.log(`${name.padEnd(14)} ${value}`);
process.exitCode = isEqual ? 0 : 1;
