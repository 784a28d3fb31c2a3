/** Tells what a chaos run has counted, as a table. */

import type { Kind } from './plan.js';
import type { Tally } from './run.js';

/** How many violations are told. */
const TOLD = 20;

const perSecond = (count: number, ms: number): string => (ms === 0 ? '0' : ((count * 1000) / ms).toFixed(1));

function rowsOf(tally: Tally): [string, string][] {
  const { kills, settled, ways, ms } = tally;
  const total = kills.outside + kills.inside;
  return [
    ['rounds', `${tally.rounds}`],
    ['seconds', (ms / 1000).toFixed(1)],
    ['tasks', `${tally.tasks}`],
    ['kills', `${total}`],
    ['  a second', perSecond(total, ms)],
    ['  by the tasks', `${kills.inside}`],
    ['  from outside', `${kills.outside}`],
    ...Object.entries(ways)
      .sort()
      .map(([way, count]): [string, string] => [`    ${way}`, `${count}`]),
    ['workers started', `${tally.workersStarted}`],
    ['workers lost', `${tally.workersLost}`],
    ['attempts tried again', `${tally.retried}`],
    ...Object.entries(settled)
      .sort()
      .map(([outcome, count]): [string, string] => [`ended: ${outcome}`, `${count}`]),
    ['lost before their first line', `${tally.lostBeforeFirstLine}`],
    ['violations', `${tally.violations.length}`],
  ];
}

/** The table, and the first violations. */
export function tellTallies(tallies: ReadonlyMap<Kind, Tally>, seed: number): string {
  const columns = [...tallies].map(([kind, tally]) => ({ kind, rows: new Map(rowsOf(tally)) }));
  const names = [...new Set(columns.flatMap(({ rows }) => [...rows.keys()]))];
  const line = (name: string, cells: readonly string[]): string =>
    `${name.padEnd(30)}${cells.map((cell) => cell.padStart(12)).join('')}`;
  const violations = [...tallies.values()].flatMap((tally) => tally.violations);
  return [
    line(
      `seed ${seed}`,
      columns.map(({ kind }) => kind),
    ),
    ...names.map((name) =>
      line(
        name,
        columns.map(({ rows }) => rows.get(name) ?? '0'),
      ),
    ),
    ...violations.slice(0, TOLD).map((violation) => `✖ ${violation}`),
    ...(violations.length > TOLD ? [`✖ and ${violations.length - TOLD} more`] : []),
  ].join('\n');
}
