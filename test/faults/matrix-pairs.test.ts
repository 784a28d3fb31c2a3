/**
 * The fault matrix, of pools of two worker processes: see `test/support/matrix/cells`.
 */

import { runCell } from '../support/matrix/run-cell.js';
import { isForThisProgram, testCells } from '../support/matrix/test-cells.js';

testCells(
  'a fault costs what the table says, on one of two processes, and leaves nothing behind',
  ({ kind, size }, outcome) => kind === 'processes' && size === 2 && isForThisProgram(outcome),
  runCell,
);
