/**
 * The fault matrix, of worker processes: see `test/support/matrix/cells`.
 */

import { runCell } from '../support/matrix/run-cell.js';
import { testCells } from '../support/matrix/test-cells.js';

testCells(
  'a fault costs what the table says, on processes, and leaves nothing behind',
  ({ kind }, { costs }) => kind === 'processes' && costs !== 'the program' && costs !== 'cannot exist',
  runCell,
);
