// What becomes of a task that meets a fault, of the four behind it and of two submitted later, in each pool? Each case runs
// in a program of its own, with a deadline, so that a hang is seen as one. Prints a table, and writes docs/peers-faults.md.
//
//   node bench/faults.mjs [pool or fault ...]     only those whose names contain one of the words; nothing is written

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeWhole } from './lib/write-whole.mjs';
import { faults } from './peers/faults/faults.mjs';
import { pools, versionOf } from './peers/faults/pools.mjs';
import { tellCase, writePage } from './peers/faults/report.mjs';

const CASE = fileURLToPath(new URL('./peers/faults/case.mjs', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/peers-faults.md', import.meta.url));
/** How long tasks may take to settle: a hundred times what they need. */
const LIMIT_MS = 10_000;
const DEADLINE_MS = 6 * LIMIT_MS;
/** How long a worker may outlive its host. */
const ORPHAN_MS = 2000;
/** Most of them wait for a hanging pool. */
const AT_ONCE = Math.max(2, Math.min(8, 2 * cpus().length));

/** Processes that have inherited the mark. */
function findMarked(mark) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isZombie = /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return !isZombie && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      } catch {
        return false; // It has ended.
      }
    })
    .map(Number);
}

function killMarked(mark) {
  for (const pid of findMarked(mark)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

async function runCase(pool, fault) {
  if (fault.kinds !== undefined && !fault.kinds.includes(pool.kind)) return { none: '–' };
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const mark = `FAULTS_RUNS=${join(folder, 'runs')}`;
  const env = { ...process.env, FAULTS_RUNS: join(folder, 'runs'), FAULTS_LIMIT_MS: String(LIMIT_MS) };
  const child = spawn(process.execPath, [CASE, pool.id, fault.id], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const deadline = setTimeout(() => killMarked(mark), DEADLINE_MS);
  const exited = once(child, 'exit');
  const told = text(child.stdout);
  try {
    await exited;
    if (fault.orphans !== undefined) return await lookForOrphans(mark);
    killMarked(mark);
    const line = (await told).trim().split('\n').at(-1);
    return line === '' ? { crashed: true } : JSON.parse(line);
  } finally {
    clearTimeout(deadline);
    killMarked(mark);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lookForOrphans(mark) {
  const endMs = performance.now() + ORPHAN_MS;
  while (performance.now() < endMs && findMarked(mark).length > 0) await delay(50);
  return { orphans: findMarked(mark).length };
}

async function runAll(cases) {
  const results = new Map();
  const waiting = [...cases];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { pool, fault } = next;
      const told = tellCase(await runCase(pool, fault));
      results.set(`${pool.id}/${fault.id}`, told);
      console.log(`${fault.title} | ${pool.name}, ${pool.kind} | ${told}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

const words = process.argv.slice(2);
const isChosen = (id) => words.some((word) => id.includes(word));
const cases = faults
  .flatMap((fault) => pools.map((pool) => ({ pool, fault })))
  .filter(({ pool, fault }) => words.length === 0 || isChosen(`${pool.id}/${fault.id}`));
const startMs = performance.now();
const results = await runAll(cases);
console.log(`\n${cases.length} cases in ${((performance.now() - startMs) / 60_000).toFixed(1)} minutes.\n`);
if (words.length === 0) {
  writeWhole(PAGE, writePage({ faults, pools, results, versionOf }));
  console.log(readFileSync(PAGE, 'utf8'));
}
