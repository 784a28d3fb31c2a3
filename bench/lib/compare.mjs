/**
 * Measures several pools against each other in one run and prints a table.
 *
 * All pools are open at once, each is warmed up, and then every round measures each of them once: one round forwards, the
 * next one backwards, so that none always follows the same other. A ratio compares two pools within one round; so what
 * slows the machine down for a while costs both, and ratios mean something where absolute figures do not.
 */

import os from 'node:os';
import { ratios, summarize } from './statistics.mjs';
import { formatNumber, formatTable } from './table.mjs';

/**
 * @param question.title    what is measured, one line
 * @param question.pools    `{ name, open({ workers }) → { run(task, value), close() } }`; ours is what `isOurs` says
 * @param question.measure  measures an open pool once and answers a number
 * @param question.unit     of that number
 * @param question.better   `'higher'` or `'lower'`
 */
export async function compare({ title, pools, measure, unit, better, workers = 2, rounds = 7, warmUps = 2 }) {
  console.log(`\n${title}`);
  console.log(`${workers} workers, ${rounds} rounds, ${better} is better\n`);
  const load = os.loadavg()[0];
  const results = await measureAll({ pools, measure, workers, rounds, warmUps });
  console.log(formatTable([['', unit, 'min', 'max'], ...results.map(describe)]).join('\n'));
  for (const ours of results.filter(({ pool }) => pool.isOurs)) {
    console.log(`\n${ours.pool.name}, how many times as fast (within a round)\n`);
    const rows = results.filter(({ pool }) => !pool.isOurs).map((theirs) => describeRatio(ours, theirs, better));
    console.log(formatTable([['', 'median', 'min', 'max', ''], ...rows]).join('\n'));
  }
  console.log(
    `\nNode ${process.versions.node}, ${os.availableParallelism()} CPUs, load ${load.toFixed(1)} before and ` +
      `${os.loadavg()[0].toFixed(1)} after. ${noteOnNoise(results)}`,
  );
}

async function measureAll({ pools, measure, workers, rounds, warmUps }) {
  const open = [];
  try {
    for (const pool of pools) open.push({ pool, running: await pool.open({ workers }), values: [] });
    for (const { running } of open) for (let count = 0; count < warmUps; count += 1) await measure(running);
    for (let round = 0; round < rounds; round += 1) {
      for (const entry of round % 2 === 0 ? open : [...open].reverse()) {
        // One pool's garbage is not another one's work.
        globalThis.gc?.();
        entry.values.push(await measure(entry.running));
      }
    }
  } finally {
    for (const { running } of open) await running.close();
  }
  return open;
}

function describe({ pool, values }) {
  const { median, min, max } = summarize(values);
  return [pool.name, formatNumber(median), formatNumber(min), formatNumber(max)];
}

function describeRatio(ours, theirs, better) {
  const { median, min, max } = summarize(ratios(ours.values, theirs.values, better));
  const verdict =
    min >= 1 ? 'faster in every round' : median >= 1 ? 'not slower' : max < 1 ? 'slower' : 'slower in most';
  return [`than ${theirs.pool.name}`, formatNumber(median), formatNumber(min), formatNumber(max), verdict];
}

function noteOnNoise(results) {
  const spread = Math.max(
    ...results.map(({ values }) => {
      const { min, max } = summarize(values);
      return max / min;
    }),
  );
  if (spread < 1.5) return 'The rounds of each pool lie close together.';
  return `One pool's rounds differ by a factor of ${spread.toFixed(1)}: read the ratios, not the absolute figures.`;
}
