/**
 * What the core asks of the world: somebody who starts workers, and a handle on each. Processes, threads, the calling
 * thread and the simulation stand behind the same few members.
 *
 * The contract, tested on every launcher:
 * - `onExit` is called exactly once for each launch, after a `kill` too, and no `onMessage` after it;
 * - everything that the worker managed to say is delivered before `onExit`;
 * - no listener is called from inside `launch`, `send`, `recall` or `kill`;
 * - a worker begins the tasks in the order in which they were sent, one at a time; `started` is said before the task's answer,
 *   at once if its `startNews` is needed, and at the latest before `onExit`;
 * - a result is safe (it will be delivered whatever happens to the worker) before the next task begins;
 * - of what `recall` gave back, the worker says nothing more, even when the same task is sent to it again; of what it did
 *   not give back, the worker says `started` or `skipped`, unless it dies.
 */

import type { ExitReport, KillCause } from '../base/exit-reason.js';
import type { TaskId } from './events.js';

/** A packed function: sent to each worker once, then called by its number. */
export interface FunctionUnit {
  /** Unique among the units of one launcher. */
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A call as bytes; the core never looks inside. */
export interface TaskPayload {
  readonly unit: FunctionUnit;
  readonly args: Uint8Array;
  /** `'call'`: the arguments of one call. `'chunk'`: one call for each item. */
  readonly shape: 'call' | 'chunk';
  /** `undefined`: named like its function. */
  readonly name: string | undefined;
  /** Whether the host has something to do when the task begins, or may hear of it together with the answer. */
  readonly startNews: 'needed' | 'may-wait';
  /** What the submitter's async context holds, by name, in bytes of its own. Absent: nothing is carried. */
  readonly context?: Uint8Array | undefined;
}

/** What the host says to a worker. */
export type HostMessage =
  | { readonly kind: 'run'; readonly task: TaskId; readonly attempt: number; readonly payload: TaskPayload }
  | { readonly kind: 'abort'; readonly task: TaskId; readonly cause: 'timeout' | 'cancel' }
  /** Something for the task that asked; the core never looks inside. */
  | { readonly kind: 'tell'; readonly bytes: Uint8Array }
  | { readonly kind: 'leave' };

/** Something that was written to a worker's stdout or stderr; only said with `stdio: 'pipe'`. */
export interface WorkerOutput {
  readonly kind: 'output';
  /** The task that wrote it; `undefined` when it was nobody's, or nobody knows. */
  readonly task: TaskId | undefined;
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

/** What a worker says to the host. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started'; readonly task: TaskId }
  | {
      readonly kind: 'finished';
      readonly task: TaskId;
      /** Whether `bytes` is what the task threw. */
      readonly failed: boolean;
      readonly durationUs: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'progress'; readonly task: TaskId; readonly bytes: Uint8Array }
  | { readonly kind: 'skipped'; readonly task: TaskId }
  /** A task that runs there (0: nobody knows which) wants something of the host; the core never looks inside. */
  | { readonly kind: 'ask'; readonly task: TaskId; readonly bytes: Uint8Array }
  /** What runs there waits for tasks of its own, or does not any more; said by a worker that knows without the host. */
  | { readonly kind: 'suspended' | 'resumed'; readonly task: TaskId }
  | { readonly kind: 'spent' }
  | WorkerOutput;

/** Hears a worker. */
export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  onExit(exit: ExitReport): void;
}

/** A hold on one worker. */
export interface WorkerHandle {
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** The worker's resident memory when it last said it, in bytes. */
  readonly rssBytes: number | undefined;
  /** `'one-task'`: nothing can be taken back from it, so it must not hold what it has not begun. Default: it may. */
  readonly room?: 'one-task' | undefined;
  /** Never throws and never blocks; what a dead worker is told is lost. */
  send(message: HostMessage): void;
  /** Takes back, at once, everything that the worker has not begun: it never will. */
  recall(): readonly TaskId[];
  /** Ends the worker and all its descendants. The cause is the exit's reason unless it was dead already. */
  kill(cause: KillCause): void;
}

/** Starts workers of one kind. */
export interface Launcher {
  /** Starts one; a failure to do so is told by `onExit`. */
  launch(listener: WorkerListener): WorkerHandle;
  /** Called when the last worker is gone: settles when nothing that the launcher itself started is left. */
  close(): Promise<void>;
}
