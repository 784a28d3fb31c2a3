/**
 * The contract of every executor, and the types that go with it.
 *
 * Rules: types only.
 */

import type { Future } from '../futures/future.js';

/** See `TaskOptions.retryOn`. */
export type RetryOn = ((error: unknown) => boolean) | readonly (ErrorClass | string)[];

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** Options of single tasks. They travel with the task. */
export interface TaskOptions {
  /**
   * Cancels the task: one that has not begun never does; one that runs is told by its own signal and, `graceMs` later,
   * its worker is killed and replaced. The future fails with `CancelledError`, whose `cause` is the signal's reason.
   */
  readonly signal?: AbortSignal | undefined;
  /** How long the task may run, from the moment it starts. Then as `signal`, with `TimeoutError`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** How long a task that is to end may go on after its own signal fired. Default 0: it is not told, but killed. */
  readonly graceMs?: number | undefined;
  /** How often the task is run again after its worker died under it, or as `retryOn` says. Default 0: at most once. */
  readonly retries?: number | undefined;
  /**
   * Which errors of the task are worth another try, as long as `retries` are left: a function, called here with the error,
   * or a list of classes and `code`s. In a `map`, a chunk is tried again as a whole. A task that was cancelled or timed
   * out is not. Default: none.
   */
  readonly retryOn?: RetryOn | undefined;
  /**
   * Memory (`ArrayBuffer`), ports and other transferable objects that are moved to the worker instead of copied, as in
   * `postMessage`: those of them that the arguments contain are unusable here once `submit` has returned. Only for a
   * `ThreadPoolExecutor`; another one throws `TypeError`.
   */
  readonly transfer?: readonly object[] | undefined;
  /** Higher runs first; first come, first served within one. Any integer, default 0. */
  readonly priority?: number | undefined;
  /** Named in errors and `currentTask().name`. Default: the function's name. */
  readonly name?: string | undefined;
}

/** Options of `map`. */
export interface MapOptions {
  /**
   * How many items travel together. `'auto'` (default): one at first, and then as many as take a few milliseconds; always one
   * where the executor's view has `timeoutMs` or `retries`.
   */
  readonly chunkSize?: number | 'auto' | undefined;
  /**
   * How many items may be ahead of the consumer: taken from the input but not yet handed out as results. From CPython's
   * `buffersize`. Default: 2 × the most workers × the size of a chunk.
   */
  readonly bufferSize?: number | undefined;
  /** Results in the order of the input (default), or as they come. */
  readonly ordered?: boolean | undefined;
  /** Cancels what has not finished. */
  readonly signal?: AbortSignal | undefined;
  /** How long the whole may take, from the call of `map`; then `TimeoutError` and the rest is cancelled. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** The results of a `map`: an async iterator that can be walked once. Leaving the loop early cancels what has not begun. */
export interface MapResults<T> extends AsyncIterableIterator<T> {
  /** All results that are left, as an array. */
  toArray(): Promise<T[]>;
  /** The next result, or the end. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Ends the walk: cancels what has not begun and closes the input. */
  return(): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): MapResults<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options of `shutdown`. Without any, everything that was submitted finishes first. */
export interface ShutdownOptions {
  /** Cancel what has not begun. Default `false`. */
  readonly cancelPending?: boolean | undefined;
  /** Fail every unfinished future with `ShutdownExecutorError` and kill whole process trees. Default `false`. */
  readonly killWorkers?: boolean | undefined;
  /** After this time, as `killWorkers`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** How far an executor has come. `broken` and `closed` are final. */
export type ExecutorState = 'open' | 'draining' | 'killing' | 'broken' | 'closed';

/** Runs functions somewhere. Every executor keeps this contract; they differ in isolation and cost only. */
export interface Executor extends AsyncDisposable {
  /**
   * Runs `fn(...args)` in a worker. Arguments are taken as they are now: later changes do not travel.
   *
   * The future fails with what the function threw; with `SerializationError` when something cannot travel; with
   * `TerminatedWorkerError` when the worker died under it; with `ShutdownExecutorError`, `BrokenExecutorError` or
   * `QueueFullError` when the executor takes no task. Throws only `TypeError`, when `fn` is not a function. From
   * `concurrent.futures.Executor.submit`.
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;
  /**
   * Runs `fn(item, index)` for each item of `items`, in the executor's workers. Lazy: takes only as many items as
   * `bufferSize` allows. The first failure, in the order of the results, is thrown and cancels the rest; so does an error
   * in the input. From `concurrent.futures.Executor.map`.
   */
  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: MapOptions,
  ): MapResults<Awaited<R>>;
  /** The same executor, with these options for whatever is submitted through it. Those of a view of a view add up. */
  withOptions(options: TaskOptions): Executor;
  /**
   * Takes no more tasks and ends the workers when everything submitted has finished, or sooner: see `ShutdownOptions`.
   * Settles when nothing is left of the executor. May be called again, to be stricter.
   */
  shutdown(options?: ShutdownOptions): Promise<void>;
  /** `shutdown()`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** How far the executor has come. */
  readonly state: ExecutorState;
}

/** What can be known of one worker. */
export interface WorkerInfo {
  /** Its number in the executor. */
  readonly id: number;
  /** Its process id; absent until it has started, and for a thread. */
  readonly pid?: number;
  /** Its thread id; absent for a process. */
  readonly threadId?: number;
  /** `starting`, `idle`, `busy`, `retiring` (finishes its task, then leaves), `leaving` or `killing`. */
  readonly state: 'starting' | 'idle' | 'busy' | 'retiring' | 'leaving' | 'killing';
  /** How many tasks it has finished. */
  readonly tasksDone: number;
  /** Its resident memory when it last said it, in bytes. */
  readonly rssBytes?: number;
}

/** Counts since the executor was made, but for the first two. */
export interface PoolStats {
  /** Tasks that have not begun. */
  readonly pending: number;
  /** Tasks that run now. */
  readonly running: number;
  /** Tasks that gave a value. */
  readonly done: number;
  /** Tasks that threw, timed out, or ended with the pool. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly cancelled: number;
  /** Tasks whose worker died under them for good. */
  readonly lost: number;
  /** How often a lost task was tried again. */
  readonly retried: number;
  /** Tasks that the executor took. */
  readonly submitted: number;
  /** Workers that were started, replacements included. */
  readonly workersStarted: number;
  /** Workers that ended without being asked to. */
  readonly workersLost: number;
}
