/**
 * The fault matrix, where a fault takes the program with it: see `test/support/matrix/cells`. Nothing can be survived
 * then, so what counts is that nothing is left.
 */

import { testCells } from '../support/matrix/test-cells.js';
import { watchProgram } from '../support/matrix/watch-program.js';

testCells(
  'a fault that takes the program leaves nothing behind',
  (_, { costs }) => costs === 'the program',
  watchProgram,
);
