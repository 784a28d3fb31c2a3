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

/** A bar on a terminal, a line every tenth of the way elsewhere. Counts bytes. */
function showProgress(title, totalBytes) {
  let doneBytes = 0;
  const describe = () => `${title}: ${megabytes(doneBytes)} of ${megabytes(totalBytes)}`;
  if (process.stdout.isTTY) {
    const bar = terminal.progress({ max: totalBytes, size: 30 });
    bar.start(title);
    return {
      advance(bytes) {
        doneBytes += bytes;
        bar.advance(bytes, describe());
      },
      end: (text) => bar.stop(text),
    };
  }
  let tenths = 0;
  return {
    advance(bytes) {
      doneBytes += bytes;
      if (doneBytes < ((tenths + 1) / 10) * totalBytes) return;
      tenths = Math.floor((10 * doneBytes) / totalBytes);
      console.log(describe());
    },
    end: (text) => console.log(text),
  };
}

async function runSerially(parts) {
  const progress = showProgress('one process', sum(parts, 'length'));
  const startedMs = performance.now();
  const results = [];
  for (const part of parts) {
    results.push(await compressPart(part));
    progress.advance(part.length);
    await letTimersRun();
  }
  const durationMs = performance.now() - startedMs;
  progress.end(`one process: ${seconds(durationMs)}`);
  return { results, durationMs };
}

/**
 * Kills a worker in the middle of a task, as the system does when memory runs out, as soon as all are in one. `end` answers
 * with its process id, if there was such a moment.
 */
function killOneWorker(pool) {
  let killed;
  const watch = setInterval(() => {
    const { running } = pool.stats();
    if (running === 0 || running < pool.workers.length) return;
    clearInterval(watch);
    killed = pool.workers[0].pid;
    process.kill(killed, 'SIGKILL');
  }, 20);
  return {
    end() {
      clearInterval(watch);
      return killed;
    },
  };
}

async function runInPool(parts) {
  const pool = new ProcessPoolExecutor();
  const title = `${availableCpus()} workers`;
  const totalBytes = sum(parts, 'length');
  const progress = showProgress(title, totalBytes);
  const startedMs = performance.now();
  const results = [];
  let bytes = 0;
  let killer;
  let killed;
  try {
    for await (const result of pool.withOptions({ retries: 1 }).map(compressPart, parts)) {
      results.push(result);
      bytes += result.bytesIn;
      progress.advance(result.bytesIn);
      if (bytes >= totalBytes / 2) killer ??= killOneWorker(pool);
    }
  } finally {
    killed = killer?.end();
    await pool.shutdown();
  }
  const durationMs = performance.now() - startedMs;
  const deed = killed === undefined ? 'not all workers were busy again' : `worker ${killed} was killed with SIGKILL`;
  progress.end(`${title}: ${seconds(durationMs)}; half-way, ${deed}`);
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
