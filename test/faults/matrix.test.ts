/**
 * The fault matrix as a whole: see `test/support/matrix/cells`. Each cell is tested in one of the four files beside this
 * one, or stands here with the reason why it cannot exist.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOWS } from '../support/faults.js';
import { cellsWhere, describeCell, KINDS, SIZES, WHERES } from '../support/matrix/cells.js';

test('every cell of the fault matrix is tested, or cannot exist for a reason', () => {
  const cells = cellsWhere(() => true);
  assert.equal(cells.length, WHERES.length * HOWS.length * KINDS.length * SIZES.length);
  const counts = new Map<string, number>();
  for (const { cell, outcome } of cells) {
    counts.set(outcome.costs, (counts.get(outcome.costs) ?? 0) + 1);
    if (outcome.costs === 'cannot exist') console.log(`${describeCell(cell)}: cannot exist: ${outcome.why}`);
  }
  console.log([...counts].map(([costs, count]) => `${count} cost ${costs}`).join('; '));
  assert.ok((counts.get('cannot exist') ?? 0) <= 8);
});
