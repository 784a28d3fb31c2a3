/**
 * What the scheduler hears and what it answers. Ids only: never a function, an argument, a promise or a socket.
 *
 * Rules: data only. Timers are commands whose end comes back as an event.
 */

import type { ExitReport, KillCause } from '../base/exit-reason.js';

/** A task's number in its pool, from 1. */
export type TaskId = number;
/** A worker's number in its pool, from 1; never used twice. */
export type WorkerId = number;

/** A timer's name says what it is for; a pool has at most one of each. `watch` looks after all busy workers. */
export type TimerName =
  | `timeout:${TaskId}`
  | `grace:${TaskId}`
  | `startup:${WorkerId}`
  | `leave:${WorkerId}`
  | `idle:${WorkerId}`
  | `kill:${WorkerId}`
  | `breaker:${number}`
  | `shutdown:${number}`
  | 'watch';

/** What the scheduler must know of a task. */
export interface TaskTerms {
  readonly task: TaskId;
  /** Higher runs first. */
  readonly priority: number;
  /** The size of its payload: how much of a link it takes. */
  readonly bytes: number;
  /** How often it may be tried again, after its worker died under it or it failed in a way that is worth another try. */
  readonly retries: number;
  /** From the moment it starts; `null` for no limit. */
  readonly timeoutMs: number | null;
  /** How long it may go on after its signal fired. */
  readonly graceMs: number;
  /**
   * How many tasks stand above it: the one that submitted it, the one that submitted that, and so on. Deeper ones go first
   * within their priority, and may still come while the pool drains. Default 0.
   */
  readonly level?: number | undefined;
}

/** What happened. */
export type Event =
  | ({ readonly kind: 'submitted' } & TaskTerms)
  /** `future.cancel()`: only while the task has not begun. */
  | { readonly kind: 'cancel-requested'; readonly task: TaskId }
  /** The task's `signal` fired: wherever it is. */
  | { readonly kind: 'abort-requested'; readonly task: TaskId }
  /** `room`: see `WorkerHandle`. */
  | { readonly kind: 'worker-ready'; readonly worker: WorkerId; readonly room?: 'one-task' | undefined }
  | { readonly kind: 'task-started'; readonly worker: WorkerId; readonly task: TaskId }
  | {
      readonly kind: 'task-finished';
      readonly worker: WorkerId;
      readonly task: TaskId;
      readonly failed: boolean;
      /** Whether its owner would rather have it tried again than have this answer. */
      readonly wantsRetry: boolean;
      /** How long it ran, in microseconds, as the worker measured it. */
      readonly durationUs: number;
    }
  /** The task has submitted others, here or elsewhere, and they are not all settled: it waits for them, or soon will. */
  | { readonly kind: 'task-suspended'; readonly worker: WorkerId; readonly task: TaskId }
  /** They are settled. */
  | { readonly kind: 'task-resumed'; readonly worker: WorkerId; readonly task: TaskId }
  /** The worker met the task after it had been recalled, and did not begin it. */
  | { readonly kind: 'task-skipped'; readonly worker: WorkerId; readonly task: TaskId }
  /** The answer to `recall`: these have not begun and never will on that worker. */
  | { readonly kind: 'recalled'; readonly worker: WorkerId; readonly tasks: readonly TaskId[] }
  /** The worker should be replaced once it has nothing to do (its memory grew, a late fault spoiled it). */
  | { readonly kind: 'worker-spent'; readonly worker: WorkerId }
  | { readonly kind: 'worker-exited'; readonly worker: WorkerId; readonly exit: ExitReport }
  | { readonly kind: 'timer-fired'; readonly timer: TimerName }
  | { readonly kind: 'resized'; readonly maxWorkers: number }
  /** Nobody is likely to submit any more: workers leave soon after they have nothing to do, all of them. */
  | { readonly kind: 'let-go' }
  | {
      readonly kind: 'shutdown-requested';
      readonly cancelPending: boolean;
      readonly killWorkers: boolean;
      readonly timeoutMs: number | null;
    };

/** Why a pool broke. */
export type BreakCause = 'restarts' | 'worker-lost' | 'start-failed';

/** How a task ended. */
export type Verdict =
  | { readonly kind: 'finished'; readonly failed: boolean }
  | {
      readonly kind: 'lost';
      readonly attempt: number;
      readonly exit: ExitReport;
      /** How workers ended that died under earlier attempts. */
      readonly earlier: readonly ExitReport[];
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'shut-down' }
  | { readonly kind: 'broken'; readonly cause: BreakCause; readonly exit: ExitReport };

/** What must be done. Carried out in order. */
export type Command =
  | { readonly kind: 'spawn'; readonly worker: WorkerId }
  | { readonly kind: 'run'; readonly worker: WorkerId; readonly task: TaskId; readonly attempt: number }
  /** Take back all that the worker has not begun; answered by `recalled`, before any other event is heard. */
  | { readonly kind: 'recall'; readonly worker: WorkerId }
  /** Fire the task's own signal. */
  | { readonly kind: 'abort'; readonly worker: WorkerId; readonly task: TaskId; readonly cause: 'timeout' | 'cancel' }
  | { readonly kind: 'ask-to-leave'; readonly worker: WorkerId }
  | { readonly kind: 'kill'; readonly worker: WorkerId; readonly cause: KillCause }
  | { readonly kind: 'announce-start'; readonly task: TaskId; readonly worker: WorkerId; readonly attempt: number }
  | { readonly kind: 'announce-requeue'; readonly task: TaskId }
  | { readonly kind: 'settle'; readonly task: TaskId; readonly verdict: Verdict }
  | { readonly kind: 'start-timer'; readonly timer: TimerName; readonly delayMs: number }
  | { readonly kind: 'stop-timer'; readonly timer: TimerName }
  /** The last worker of a pool that was shut down or broke is gone. */
  | { readonly kind: 'announce-end' };
