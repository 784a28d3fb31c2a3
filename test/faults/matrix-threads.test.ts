/**
 * The fault matrix, of worker threads: see `test/support/matrix/cells`.
 */

import { runCell } from '../support/matrix/run-cell.js';
import { isForThisProgram, testCells } from '../support/matrix/test-cells.js';

testCells(
  'a fault costs what the table says, on threads, and leaves nothing behind',
  ({ kind }, outcome) => kind === 'threads' && isForThisProgram(outcome),
  runCell,
);
