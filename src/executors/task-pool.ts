/**
 * A pool of tasks as its executor sees it, wherever it is: calls are bytes.
 *
 * Rules: types only.
 */

import type { ExitReport } from '../base/exit-reason.js';
import type { Outcome } from '../core/driver.js';
import type { BreakCause, TaskId, TaskTerms, Verdict, WorkerId } from '../core/events.js';
import type { TaskPayload, WorkerOutput } from '../core/ports.js';
import type { ExecutorState, PoolStats, ShutdownOptions, WorkerInfo } from './executor.js';

/** One task, as its owner sees it. */
export interface ByteTask {
  /** What a worker gets. Asked for when one does, so it may be made then. */
  readonly payload: TaskPayload;
  /** How many bytes its arguments take. */
  readonly byteLength: number;
  readonly name: string;
  /** A worker has begun it. */
  onStart(attempt: number, worker: WorkerId): void;
  /** It was lost and waits to be tried again. */
  onRequeue(): void;
  onProgress(bytes: Uint8Array): void;
  onOutput(stream: WorkerOutput['stream'], bytes: Uint8Array): void;
  /** Whether it should rather be tried again than settle with this. */
  wantsRetry(outcome: Outcome): boolean;
  onSettle(verdict: Verdict, outcome: Outcome | undefined): void;
  /** Does something in the async context of its submit. */
  within?(act: () => void): void;
  /** A pool that is elsewhere did not take it. */
  refuse?(error: unknown): void;
}

/** The pool; `BytePool` says what each member does. */
export interface TaskPool {
  readonly state: ExecutorState;
  readonly broken: { readonly cause: BreakCause; readonly exit: ExitReport } | undefined;
  readonly maxWorkers: number;
  readonly maxQueue: number;
  readonly isFull: boolean;
  run(task: ByteTask, terms: Omit<TaskTerms, 'task' | 'bytes'>): TaskId;
  cancel(task: TaskId): void;
  abort(task: TaskId): void;
  resize(maxWorkers: number): void;
  shutdown(options: ShutdownOptions): Promise<void>;
  /** See `Releasable`. Not where the pool is elsewhere. */
  letGo?(how: 'for-good' | 'until-asked'): void;
  workers(): WorkerInfo[];
  stats(): PoolStats;
  /** Whether it takes tasks from the code that asks, though it is not open. Not where nobody can ask so. */
  acceptsHere?(): boolean;
  /** Whether too many tasks would wait for each other if the code that asks submitted one more. */
  isTooDeep?(): boolean;
  /** An answer as bytes that need nothing beside them; rejects when it cannot be read here. Only where answers may. */
  flatten?(answer: Uint8Array): Promise<Uint8Array>;
}
