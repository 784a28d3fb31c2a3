/**
 * A program that plays one cell of the fault matrix, where the fault takes the whole program. Its arguments are the cell
 * as JSON and the paths of a gate and of a marker. Prints a line before the fault, and one with all results if there is an afterwards.
 */

import { argv } from 'node:process';
import type { Future } from 'tardigrade';
import { echo, hasHappened } from '../faults.js';
import { passGate, until } from '../gate.js';
import type { Cell } from './cells.js';
import { openPool, submitTrap } from './stages.js';

/** What the program prints at the end. */
export interface Results {
  readonly trap: 'fulfilled' | 'rejected';
  readonly behind: readonly unknown[];
  /** Only where there is one. */
  readonly beside?: unknown;
  readonly lost: number;
}

const cell = JSON.parse(argv[2] as string) as Cell;
const gate = argv[3] as string;
const marker = { path: argv[4] as string };
const stage = { cell, marker, hangs: 'for ever' } as const;
const pool = openPool(stage);
let beside: Future<string> | undefined;
if (!cell.where.startsWith('start-up')) {
  await pool.submit(echo, 'before');
  if (cell.size > 1) beside = pool.submit(passGate, gate, 'beside');
  await until(() => beside === undefined || beside.running());
}
console.log('ready');
const trap = submitTrap(pool, stage);
const behind = [1, 2, 3].map((value) => pool.submit(echo, value));
const [outcome] = await Promise.allSettled([trap]);
// The fault comes after the answer: a program that ended first would prove nothing.
if (cell.where === 'idle') {
  await until(() => hasHappened(marker.path));
  // There is an afterwards of one fault only: somebody lets the program go on.
  if (cell.how !== 'SIGSTOP') await new Promise(() => void setInterval(() => {}, 60_000));
}
const results: Results = {
  trap: outcome.status,
  behind: await Promise.all(behind),
  beside: await beside,
  lost: pool.stats().lost,
};
await pool.shutdown();
console.log(JSON.stringify(results));
