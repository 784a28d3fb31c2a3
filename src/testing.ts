/**
 * `tardigrade/testing`: for tests of code that uses pools.
 */

export type { Fault, FaultKind, FaultStep } from './testing/fault.js';
export { createFaults, type Faults, type Strike, withFaults } from './testing/faults.js';
export { assertNothingLeft, type ExecutorWithWorkers, type NothingLeftOptions } from './testing/nothing-left.js';
export { SimulatedExecutor } from './testing/simulated-executor.js';
export type { RunOptions, SimulatedOptions, SimulatedSpan, SimulatedTask } from './testing/simulated-options.js';
