// What was aimed at, and whether it is reached. A goal compares one row with the best of others, round by round, or with a
// bound alone.

import { median, ratios, summarize } from './statistics.mjs';

const GROUPS = {
  'thread peer': ({ kind, isOurs }) => kind === 'threads' && !isOurs,
  'process peer': ({ kind, isOurs }) => kind === 'processes' && !isOurs,
  peer: ({ kind, isOurs }) => (kind === 'threads' || kind === 'processes') && !isOurs,
};

/** The rounds in which a row was measured; without any it takes no part in comparisons. */
export const measured = ({ values }) => values.filter((value) => value !== null);

/** The best row of a group (`'thread peer'`, `'process peer'`, `'peer'`) or the row of that name. */
export function findBest(rows, group, better) {
  const candidates = rows.filter(GROUPS[group] ?? (({ name }) => name === group));
  const usable = candidates.filter((row) => measured(row).length > 0);
  const sign = better === 'higher' ? -1 : 1;
  return usable.sort((a, b) => sign * (median(measured(a)) - median(measured(b))))[0];
}

/** How many times as good one row is as another, in the rounds that both took part in. */
export function compareRows(ours, theirs, better) {
  const both = ours.values.flatMap((value, round) => {
    const other = theirs.values[round] ?? null;
    return value === null || other === null ? [] : [[value, other]];
  });
  if (both.length === 0) return undefined;
  return summarize(
    ratios(
      both.map(([value]) => value),
      both.map(([, other]) => other),
      better,
    ),
  );
}

function inverse({ median: middle, min, max }) {
  return { median: 1 / middle, min: 1 / max, max: 1 / min };
}

/**
 * @param goal.text     as the table of goals says it
 * @param goal.of       the name of our row
 * @param goal.than     a group or a name; absent: the figure itself is held to the bound
 * @param goal.atLeast  so many times as good
 * @param goal.atMost   so much of the other one's figure (or of the unit)
 */
export function judge(goal, rows, better) {
  const ours = rows.find(({ name }) => name === goal.of);
  const told = { text: goal.text, of: goal.of, atLeast: goal.atLeast, atMost: goal.atMost };
  if (ours === undefined || measured(ours).length === 0)
    return { ...told, isReached: false, note: 'it was not measured' };
  if (goal.than === undefined) return decide(told, summarize(measured(ours)));
  const theirs = findBest(rows, goal.than, better);
  const ratio = theirs === undefined ? undefined : compareRows(ours, theirs, better);
  if (ratio === undefined) return { ...told, isReached: undefined, note: `there is no ${goal.than} to compare with` };
  return { ...decide(told, goal.atMost === undefined ? ratio : inverse(ratio)), than: theirs.name };
}

function decide(told, figure) {
  const isReached = told.atMost === undefined ? figure.median >= told.atLeast : figure.median <= told.atMost;
  return { ...told, ...figure, isReached };
}
