/**
 * `tardigrade/testing`: for tests of code that uses pools.
 */

export type { Fault, FaultKind, FaultStep } from './testing/fault.js';
export { createFaults, type Faults, type Strike, withFaults } from './testing/faults.js';
export { assertNothingLeft, type ExecutorWithWorkers, type NothingLeftOptions } from './testing/nothing-left.js';
