/**
 * The fault matrix, of pools of one worker process: see `test/support/matrix/cells`.
 */

import { runCell } from '../support/matrix/run-cell.js';
import { isForThisProgram, testCells } from '../support/matrix/test-cells.js';

testCells(
  'a fault costs what the table says, on one process, and leaves nothing behind',
  ({ kind, size }, outcome) => kind === 'processes' && size === 1 && isForThisProgram(outcome),
  runCell,
);
