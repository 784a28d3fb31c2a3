/**
 * What any executor must do: one suite for all of them.
 *
 * Rules: knows an executor by its factory and by what it can do.
 */

import type { Subject } from './contract.js';
import { testEnding } from './ending.js';
import { testMapEnds, testMapResults } from './mapping.js';
import { testNesting } from './nesting.js';
import { testCurrentTask, testSubmit, testTaskOptions } from './submitting.js';
import { testErrors, testValues } from './travelling.js';
import { testBadOptions } from './validation.js';

/** Registers every test of the contract. */
export function testExecutor(subject: Subject): void {
  testSubmit(subject);
  testTaskOptions(subject);
  testCurrentTask(subject);
  testMapResults(subject);
  testMapEnds(subject);
  testValues(subject);
  testErrors(subject);
  testEnding(subject);
  testBadOptions(subject);
  if (subject.can.nests) testNesting(subject);
}
