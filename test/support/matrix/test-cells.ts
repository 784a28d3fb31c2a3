/**
 * The cells of the fault matrix as tests within one. They share the machine: some sleep until a time limit of the pool, and
 * the others go on meanwhile. What they leave behind is looked for when all are over.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLeftovers, lookAround } from '../leftovers.js';
import { type Cell, cellsWhere, describeCell, isSlow, type Outcome } from './cells.js';

/** Below the limit of the file. */
const LIMIT_MS = 580_000;
const CELLS_AT_ONCE = 8;

/** Whether a cell can be played, and the program that plays it lives on. */
export function isForThisProgram({ costs }: Outcome): boolean {
  return costs !== 'the program' && costs !== 'cannot exist';
}

/** Tests the chosen cells with `run`. */
export function testCells(
  title: string,
  passes: (cell: Cell, outcome: Outcome) => boolean,
  run: (cell: Cell, outcome: Outcome) => Promise<void>,
): void {
  const cells = cellsWhere(passes).sort((one, other) => Number(isSlow(other.cell)) - Number(isSlow(one.cell)));
  void test(title, { timeout: LIMIT_MS, concurrency: CELLS_AT_ONCE }, async (context) => {
    const before = lookAround();
    await Promise.all(
      cells.map(({ cell, outcome }) =>
        context.test(`${describeCell(cell)}: ${outcome.costs}`, () => run(cell, outcome)),
      ),
    );
    assert.deepEqual(await findLeftovers(before), []);
  });
}
