/**
 * The public names of `tardigrade`, one by one.
 *
 * Rules: no logic, and importing this starts nothing.
 */

export { availableCpus } from './base/cpu-count.js';
export type { CrashReport } from './base/crash-report.js';
export {
  BrokenExecutorError,
  CancelledError,
  InitializerError,
  QueueFullError,
  RecursionDepthError,
  SerializationError,
  ShutdownExecutorError,
  TardigradeError,
  TerminatedWorkerError,
  TimeoutError,
  type WorkerLoss,
} from './base/errors.js';
export type { ContextStores } from './executors/context-option.js';
export type {
  ErrorClass,
  Executor,
  ExecutorState,
  MapOptions,
  MapResults,
  PoolStats,
  RetryOn,
  ShutdownOptions,
  TaskOptions,
  WorkerInfo,
} from './executors/executor.js';
export {
  InlineExecutor,
  type InlineOptions,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
} from './executors/local-executors.js';
export type { OutputChunk, OutputListener } from './executors/on-output.js';
export type { PoolOptions, ResourceLimits } from './executors/options.js';
export type { PoolReducers } from './executors/reducer-option.js';
export { getReusableExecutor, type ReusableOptions } from './executors/reusable-executor.js';
export type { ExecutorLabel, TaskEvent } from './executors/task-events.js';
export type { WorkerEvent } from './executors/worker-events.js';
export { asCompleted } from './futures/as-completed.js';
export { Future } from './futures/future.js';
export type { FutureState } from './futures/future-states.js';
export type { TaskOutput } from './futures/task-output.js';
export { wait } from './futures/wait.js';
export { type Shareable, type Shared, share } from './memory/share.js';
export { explain } from './serialization/explain.js';
export { importTasks } from './serialization/functions/import-tasks.js';
export { registerByReference, registerByValue } from './serialization/functions/registration.js';
export { type PoolReducer, type ReducerPair, registerReducer } from './serialization/reducers.js';
