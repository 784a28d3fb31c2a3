/**
 * Every error class that this package makes, with a stable `code` each.
 *
 * Rules: classes only, no I/O, no state. Bad options are Node's own `TypeError` and `RangeError`, not these.
 * Guarantees: one fresh object for each future, so that no stack or property is shared between two failures.
 */

import { type CrashReport, readCrashReport } from './crash-report.js';
import { describeExit, type ExitReport } from './exit-reason.js';

/** The base of every error that this package makes. */
export class TardigradeError extends Error {
  /** A stable identifier, `ERR_TARDIGRADE_…`; match on it rather than on the message. */
  readonly code: string = 'ERR_TARDIGRADE';

  /** @internal */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    setName(this, new.target.name);
  }
}

/** A task may replace what it finds on `Object`, or the whole of it. */
const { defineProperty } = Object;

/** `name` is set as V8 sets `message`: own, not enumerable, so that errors print without noise. */
function setName(error: Error, name: string): void {
  defineProperty(error, 'name', { value: name, configurable: true, writable: true, enumerable: false });
}

/**
 * The executor is unusable: its workers kept dying (`maxRestarts`), a worker was lost under `onWorkerLost: 'break-pool'`,
 * or its initializer failed. From `concurrent.futures.BrokenExecutor`.
 */
export class BrokenExecutorError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_BROKEN_EXECUTOR';
}

/** Which task was lost, and with which worker. */
export interface TerminatedWorkerDetails {
  readonly taskId: number;
  readonly taskName: string;
  readonly attempt: number;
  readonly exit: ExitReport;
  /** How workers ended that died under earlier attempts. */
  readonly earlier?: readonly ExitReport[];
  /** What the task had written; see `Future.output`. */
  readonly output?: TerminatedWorkerError['output'];
}

/** One worker that died under a task. */
export interface WorkerLoss {
  /** Its process id, if it was a process. */
  readonly pid: number | undefined;
  /** Its thread id, if it was a thread. */
  readonly threadId: number | undefined;
  /** Its exit code, or `null` when a signal ended it. */
  readonly exitCode: number | null;
  /** The signal's name, or `null` when it exited by itself. */
  readonly signal: string | null;
}

/**
 * The worker died under the task: says which task, which process or thread, how it ended, and what it last wrote to
 * stderr. Costs the task that was running and no other. From loky's `TerminatedWorkerError`.
 */
export class TerminatedWorkerError extends BrokenExecutorError {
  override readonly code: string = 'ERR_TARDIGRADE_TERMINATED_WORKER';
  /** The lost task's number in its executor. */
  readonly taskId: number;
  /** The lost task's name: its `name` option, else its function's name. */
  readonly taskName: string;
  /** Which attempt was lost, from 1. */
  readonly attempt: number;
  /** The process id of the worker, if it was a process that had started. */
  readonly pid: number | undefined;
  /** The thread id of the worker, if it was a thread. */
  readonly threadId: number | undefined;
  /** The exit code, or `null` when a signal ended the worker. */
  readonly exitCode: number | null;
  /** The signal's name, or `null` when the worker exited by itself. */
  readonly signal: string | null;
  /** The last lines that the worker wrote to stderr (at most 8 KiB). */
  readonly stderr: string;
  /** The worker's resident memory when it was last seen, in bytes. */
  readonly rssBytes: number | undefined;
  /** What is known of the worker's death: its last lines, its memory, the stacks that it printed. */
  readonly crashReport: CrashReport;
  /** What the task had written to stdout and stderr, with `stdio: 'pipe'`; as `future.output`. */
  readonly output: { readonly stdout: string; readonly stderr: string; readonly truncated: boolean };
  /** Every worker that died under the task, this one last: more than one if the task was tried again. */
  readonly losses: readonly WorkerLoss[];

  /** @internal */
  constructor({ taskId, taskName, attempt, exit, earlier = [], output }: TerminatedWorkerDetails) {
    const stderr = exit.stderr?.trimEnd() ?? '';
    const tail = stderr === '' ? '' : `\nlast lines of its stderr:\n${indent(stderr)}`;
    super(`task ${taskId} (${taskName}) was lost: ${describeExit(exit)}${describeEarlier(attempt, earlier)}${tail}`);
    this.taskId = taskId;
    this.taskName = taskName;
    this.attempt = attempt;
    this.pid = exit.pid;
    this.threadId = exit.threadId;
    this.exitCode = exit.exitCode ?? null;
    this.signal = exit.signal ?? null;
    this.stderr = stderr;
    this.rssBytes = exit.rssBytes;
    this.output = output ?? { stdout: '', stderr: '', truncated: false };
    this.crashReport = readCrashReport(exit);
    this.losses = [...earlier, exit].map(toLoss);
  }
}

function toLoss({ pid, threadId, exitCode, signal }: ExitReport): WorkerLoss {
  return { pid, threadId, exitCode: exitCode ?? null, signal: signal ?? null };
}

/** A task that keeps killing workers is named as what it is. */
function describeEarlier(attempt: number, earlier: readonly ExitReport[]): string {
  if (earlier.length === 0) return '';
  return `, in attempt ${attempt}; before, under the same task: ${earlier.map(describeExit).join('; ')}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

/** The initializer failed in a worker, so no task can run; `cause` is what it threw. From CPython's `BrokenProcessPool`. */
export class InitializerError extends BrokenExecutorError {
  override readonly code: string = 'ERR_TARDIGRADE_INITIALIZER';
}

/** Submitted after `shutdown()`, or killed by `shutdown({ killWorkers: true })`. From loky's `ShutdownExecutorError`. */
export class ShutdownExecutorError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_SHUTDOWN_EXECUTOR';
}

/**
 * The task was cancelled, by `future.cancel()`, `shutdown({ cancelPending: true })` or its `signal`, whose reason is the
 * `cause`. Its `name` is `'AbortError'`, as Node's own. From `concurrent.futures.CancelledError`.
 */
export class CancelledError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_CANCELLED';

  /** @internal */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    setName(this, 'AbortError');
  }
}

/** `timeoutMs` passed. From `concurrent.futures.TimeoutError`. */
export class TimeoutError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_TIMEOUT';
}

/** What `SerializationError` knows of the place where it happened. */
export interface SerializationFailure {
  /** What was travelling. */
  readonly direction: 'argument' | 'result';
  /** On which side it failed. */
  readonly phase: 'writing' | 'reading';
  /** Where in the value, such as `args[0].config.socket`. */
  readonly path: string;
  /** Why it cannot travel, without a full stop. */
  readonly reason: string;
  readonly cause?: unknown;
}

/** A value cannot travel: says which, by its path, and why. Fails its own task alone. */
export class SerializationError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_SERIALIZATION';
  /** Whether an argument (functions included) or a result was travelling. */
  readonly direction: 'argument' | 'result';
  /** Whether it failed where it was written or where it was read. */
  readonly phase: 'writing' | 'reading';
  /** Where in the value it failed, such as `args[0].config.socket`. */
  readonly path: string;

  /** @internal */
  constructor({ direction, phase, path, reason, ...rest }: SerializationFailure) {
    super(`${path} cannot travel: ${reason}`, 'cause' in rest ? { cause: rest.cause } : undefined);
    this.direction = direction;
    this.phase = phase;
    this.path = path;
  }
}

/** Pools are nested deeper than `TARDIGRADE_MAX_DEPTH` (10). From loky's `LokyRecursionError`. */
export class RecursionDepthError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_RECURSION_DEPTH';
}

/** `maxQueue` tasks are waiting already. */
export class QueueFullError extends TardigradeError {
  override readonly code: string = 'ERR_TARDIGRADE_QUEUE_FULL';
}
