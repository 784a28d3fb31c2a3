/**
 * Measures several pools against each other in one run, prints a table, and stores it when results are stored.
 *
 * All pools are open at once, each is warmed up, and then every round measures each of them once: one round forwards, the
 * next one backwards, so that none always follows the same other. A ratio compares two pools within one round; so what
 * slows the machine down for a while costs both, and ratios mean something where absolute figures do not.
 *
 * A pool that fails, gives a wrong answer or does not settle in time says so in its row; the others go on. A slow one is
 * measured in fewer rounds, at least in two.
 */

import os from 'node:os';
import { judge } from './goals.mjs';
import { reportGoals, reportRows } from './report.mjs';
import { storePart } from './results.mjs';
import { isQuick, questionMs } from './settings.mjs';

const CLOSING_MS = 5000;
const ROUNDS_MIN = 2;
/** What could not be closed must not keep the program. */
const LINGER_MS = 10_000;
const never = () => {};

let lingering;

/**
 * @param question.id         of this part, within its question
 * @param question.title      what is measured, one line
 * @param question.pools      `{ name, kind, isOurs, open({ workers, ... }) → { run(task, value), close() } }`
 * @param question.measure    measures an open pool once and answers a number, or an object with one for each figure
 * @param question.warmUp     what comes before; two measurements otherwise
 * @param question.unit       of that number
 * @param question.better     `'higher'` or `'lower'`
 * @param question.goals      what is aimed at, see goals.mjs
 * @param question.figures    instead of unit, better and goals: `{ key, title, unit, better, goals }` for each number
 * @param question.budgetMs   how long one pool may be measured in all
 * @param question.share      which part of its question's time this takes, of 1: then no further round is begun
 * @param question.limitMs    how long one measurement may take before the pool counts as hanging
 * @param question.openOptions  what else `open` is told
 * @returns the rows of the first figure: `{ name, kind, isOurs, values, failure }`
 */
export async function compare(question) {
  const { id, title, workers = 2 } = question;
  const rounds = isQuick ? Math.min(3, question.rounds ?? 7) : (question.rounds ?? 7);
  console.log(`\n${title}\n${workers} workers, up to ${rounds} rounds`);
  clearTimeout(lingering);
  const load = os.loadavg()[0];
  const entries = await measureAll({ ...question, workers, rounds });
  const figures = question.figures ?? [{ unit: question.unit, better: question.better, goals: question.goals }];
  const [rows] = figures.map((figure) => tell({ id, title, workers, entries, figure }));
  console.log(
    `\nNode ${process.versions.node}, ${os.availableParallelism()} CPUs, load ${load.toFixed(1)} before and ` +
      `${os.loadavg()[0].toFixed(1)} after.`,
  );
  lingering = setTimeout(() => process.exit(), LINGER_MS).unref();
  return rows;
}

function tell({ id, title, workers, entries, figure }) {
  const { key, title: aspect, unit, better, goals = [] } = figure;
  const rows = entries.map(({ pool, values, failure }) => ({
    name: pool.name,
    kind: pool.kind,
    isOurs: pool.isOurs === true,
    values: values.map((value) => (key === undefined || value === null ? value : value[key])),
    failure,
  }));
  const judged = goals.map((goal) => judge(goal, rows, better));
  console.log(`\n${aspect === undefined ? '' : `${aspect}, `}${better} is better\n`);
  console.log(reportRows({ rows, unit, better }).join('\n'));
  if (judged.length > 0) console.log(`\n${reportGoals(judged).join('\n')}`);
  storePart({
    id: key === undefined ? id : `${id}-${key}`,
    title: aspect === undefined ? title : `${title}: ${aspect}`,
    workers,
    unit,
    better,
    rows,
    goals: judged,
  });
  return rows;
}

async function measureAll({
  pools,
  measure,
  warmUp,
  workers,
  rounds,
  budgetMs = 20_000,
  limitMs = 60_000,
  share = 1,
  openOptions,
}) {
  const warm = warmUp ?? (async (running) => [await measure(running), await measure(running)]);
  const entries = pools.map((pool) => ({ pool, running: undefined, values: [], failure: undefined, spentMs: 0 }));
  const attempt = (entry, act) => attemptWithin(entry, act, limitMs);
  const endMs = performance.now() + questionMs * share;
  const budget = isQuick ? budgetMs / 4 : budgetMs;
  for (const entry of entries) {
    await attempt(entry, async () => {
      entry.running = await entry.pool.open({ workers, ...openOptions });
    });
    await attempt(entry, () => warm(entry.running));
  }
  for (let round = 0; round < rounds && (round < ROUNDS_MIN || performance.now() < endMs); round += 1) {
    for (const entry of round % 2 === 0 ? entries : [...entries].reverse()) {
      entry.values[round] = null;
      if (round >= ROUNDS_MIN && entry.spentMs > budget) continue;
      // One pool's garbage is not another one's work.
      globalThis.gc?.();
      const startMs = performance.now();
      await attempt(entry, async () => {
        entry.values[round] = await measure(entry.running);
      });
      entry.spentMs += performance.now() - startMs;
    }
  }
  for (const { running } of entries) await within(async () => running?.close(), CLOSING_MS).catch(never);
  return entries;
}

/** What is thrown outside of any promise while a pool is measured is that pool's failure. */
async function attemptWithin(entry, act, limitMs) {
  if (entry.failure !== undefined) return;
  const { promise, reject } = makeRejectable();
  process.on('uncaughtException', reject);
  try {
    await Promise.race([promise, within(act, limitMs)]);
  } catch (reason) {
    entry.failure = String(reason?.message ?? reason)
      .split('\n')[0]
      .slice(0, 100);
  } finally {
    // What it throws later, after it has failed, is no news; nor must it end the run.
    if (entry.failure === undefined) process.off('uncaughtException', reject);
  }
}

function makeRejectable() {
  let reject;
  const promise = new Promise((_resolve, onFailure) => {
    reject = onFailure;
  });
  promise.catch(never);
  return { promise, reject };
}

async function within(act, limitMs) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([act(), late]);
  } finally {
    clearTimeout(timer);
  }
}
