// The table that a question prints.

import { compareRows, findBest, measured } from './goals.mjs';
import { summarize } from './statistics.mjs';
import { formatNumber, formatTable } from './table.mjs';

const GROUPS = ['thread peer', 'process peer'];

function describe(row, bests, better) {
  if (measured(row).length === 0) return [row.name, '–', '–', '–', ...bests.map(() => '–'), row.failure ?? ''];
  const { median, min, max } = summarize(measured(row));
  const factors = bests.map((best) => {
    const ratio = best === undefined ? undefined : compareRows(row, best, better);
    return ratio === undefined ? '–' : `${formatNumber(ratio.median)} ×`;
  });
  const note = row.failure === undefined ? '' : `then: ${row.failure}`;
  return [row.name, formatNumber(median), formatNumber(min), formatNumber(max), ...factors, note];
}

/** Lines: medians with their spread, and how many times as good as the best peers each is, round by round. */
export function reportRows({ rows, unit, better }) {
  const bests = GROUPS.map((group) => findBest(rows, group, better));
  const head = ['', unit, 'min', 'max', ...GROUPS.map((group) => `to best ${group}`), ''];
  return formatTable([head, ...rows.map((row) => describe(row, bests, better))]);
}

/** A line for each goal. */
export function reportGoals(goals) {
  return goals.map((goal) => {
    if (goal.note !== undefined) return `goal not judged: ${goal.text}: ${goal.note}`;
    const verdict = goal.isReached ? 'reached' : 'NOT reached';
    const spread = `${formatNumber(goal.median)} (${formatNumber(goal.min)} to ${formatNumber(goal.max)})`;
    return `goal ${verdict}: ${goal.text}: ${spread}${goal.than === undefined ? '' : `, against ${goal.than}`}`;
  });
}
