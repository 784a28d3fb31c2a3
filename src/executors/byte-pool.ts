/**
 * A pool that runs calls as bytes: what stands below the codec. It joins scheduler, driver and launcher, and knows which
 * task is whose.
 *
 * Rules: never looks into a payload or an answer.
 * Guarantees: each task's `onSettle` is called exactly once. The program stays alive while a task is unsettled or a
 * shutdown has not ended, and is never kept alive by an idle pool.
 */

import { AsyncResource } from 'node:async_hooks';
import { type Clock, createKeepAlive, type KeepAlive } from '../base/clock.js';
import { IdTable } from '../base/id-table.js';
import { enlist, type Living } from '../base/living.js';
import { Driver, type Outcome } from '../core/driver.js';
import type { TaskId, TaskTerms, Verdict, WorkerId } from '../core/events.js';
import type { Launcher, WorkerOutput } from '../core/ports.js';
import { Scheduler } from '../core/scheduler.js';
import type { ExecutorState, PoolStats, ShutdownOptions, WorkerInfo } from './executor.js';
import type { HandlePath } from './executor-handle.js';
import { type OutputListener, tellOutput } from './on-output.js';
import type { PoolSettings } from './options.js';
import { MOST_TASKS_OF_A_WORKER, TaskNumbers } from './task-numbers.js';
import type { ByteTask, TaskPool } from './task-pool.js';
import { type RelaySource, TaskRelay } from './task-relay.js';

/** What a byte pool is made of. */
export interface BytePoolOptions {
  readonly settings: PoolSettings;
  readonly launcher: Launcher;
  readonly clock: Clock;
  /** Gives tasks their numbers, where several pools count together. */
  readonly numbers?: TaskNumbers | undefined;
  /** The pool that tasks mean by a path. */
  find(path: HandlePath): TaskPool | undefined;
  /** See `TaskPool`. */
  flatten(answer: Uint8Array): Promise<Uint8Array>;
}

/**
 * The async context in which this file was loaded. What serves many tasks is made there, or it would keep what the one that
 * happened to come first had stored.
 */
const outside = new AsyncResource('TARDIGRADE_POOL');

/** How long a worker that was asked to leave may take. */
const LEAVE_TIMEOUT_MS = 5000;
/** A worker that leaves a task untouched for this long, and does not say anything, is looked at again, then given up. */
const STALL_TIMEOUT_MS = 5000;
/** A busy worker may hold as much as is likely done within half a millisecond, and never much memory. */
const PREFETCH = { budgetUs: 500, maxTasks: 64, maxBytes: 1024 * 1024 } as const;

/** See the file's header. */
export class BytePool implements Living, RelaySource {
  readonly #scheduler: Scheduler;
  readonly #driver: Driver;
  readonly #launcher: Launcher;
  readonly #tasks = new IdTable<ByteTask>();
  readonly #name: string | undefined;
  readonly #onOutput: OutputListener | undefined;
  readonly #strikeOff = enlist(this);
  #keepAlive: KeepAlive | undefined;
  readonly #numbers: TaskNumbers;
  readonly #isTaken = (task: TaskId): boolean => this.#tasks.has(task);
  #end: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  readonly maxQueue: number;
  readonly flatten: (answer: Uint8Array) => Promise<Uint8Array>;

  /** Made when a task first submits tasks. */
  #relay: TaskRelay | undefined;

  constructor({ settings, launcher, clock, numbers = new TaskNumbers(), find, flatten }: BytePoolOptions) {
    this.#numbers = numbers;
    this.flatten = flatten;
    this.maxQueue = settings.maxQueue;
    this.#name = settings.name;
    this.#onOutput = settings.onOutput;
    this.#launcher = launcher;
    const launchOutside: Launcher['launch'] = (listener) =>
      outside.runInAsyncScope(launcher.launch, launcher, listener);
    this.#scheduler = new Scheduler({
      ...settings,
      maxTasksPerWorker: Math.min(settings.maxTasksPerWorker ?? MOST_TASKS_OF_A_WORKER, MOST_TASKS_OF_A_WORKER),
      leaveTimeoutMs: LEAVE_TIMEOUT_MS,
      stallTimeoutMs: STALL_TIMEOUT_MS,
      prefetch: PREFETCH,
    });
    this.#driver = new Driver({
      scheduler: this.#scheduler,
      launcher: { ...launcher, launch: launchOutside },
      clock,
      client: {
        payloadOf: (task) => this.#taskOf(task).payload,
        onStart: (task, worker, attempt) => this.#tasks.get(task)?.onStart(attempt, worker),
        onRequeue: (task) => this.#tasks.get(task)?.onRequeue(),
        onProgress: (task, bytes) => this.#tasks.get(task)?.onProgress(bytes),
        onOutput: (worker, output) => this.#hearOutput(worker, output),
        wantsRetry: (task, outcome) => this.#tasks.get(task)?.wantsRetry(outcome) ?? false,
        onSettle: (task, verdict, outcome) => this.#settle(task, verdict, outcome),
        onAsk: (worker, task, bytes) => {
          this.#relay ??= new TaskRelay({ source: this, find });
          const relay = this.#relay;
          const asker = this.#tasks.get(task);
          // What it submits may come to a pool whose task has submitted it.
          if (asker?.within === undefined) relay.hear(worker, task, bytes);
          else asker.within(() => relay.hear(worker, task, bytes));
        },
        onWorkerGone: (worker, exit) => this.#relay?.forget(worker, exit),
        onEnd: () => this.#finish(),
      },
    });
    if (settings.minWorkers > 0) this.#driver.dispatch({ kind: 'resized', maxWorkers: settings.maxWorkers });
  }

  /** How far the pool has come. */
  get state(): ExecutorState {
    return this.#scheduler.state;
  }

  /** Why it broke, if it did. */
  get broken(): Scheduler['broken'] {
    return this.#scheduler.broken;
  }

  /** The most workers it may have. */
  get maxWorkers(): number {
    return this.#scheduler.maxWorkers;
  }

  /** Whether one more task would be too many. */
  get isFull(): boolean {
    // A task that an idle or new worker takes at once does not wait.
    return this.#scheduler.waiting >= this.maxQueue && this.#scheduler.wouldWait;
  }

  /** Takes a task. The pool must be open. Answers with its number. */
  run(task: ByteTask, terms: Omit<TaskTerms, 'task' | 'bytes'>): TaskId {
    const id = this.#numbers.give(this.#isTaken);
    this.#tasks.add(id, task);
    if (this.#tasks.size === 1) this.#hold();
    const { priority, retries, timeoutMs, graceMs, level } = terms;
    const bytes = task.byteLength;
    // Field by field: a spread takes longer than all that the scheduler does with it.
    this.#driver.dispatch({ kind: 'submitted', task: id, bytes, priority, retries, timeoutMs, graceMs, level });
    return id;
  }

  /** Ends a task that has not begun; does nothing to another. */
  cancel(task: TaskId): void {
    this.#driver.dispatch({ kind: 'cancel-requested', task });
  }

  /** Ends a task wherever it is. */
  abort(task: TaskId): void {
    this.#driver.dispatch({ kind: 'abort-requested', task });
  }

  /** What is known of a task that is not settled. */
  termsOf(task: TaskId): { readonly priority: number; readonly level: number } | undefined {
    return this.#scheduler.model.tasks.get(task);
  }

  /** Says something to what runs in a worker. */
  tell(worker: WorkerId, bytes: Uint8Array): void {
    this.#driver.handleOf(worker)?.send({ kind: 'tell', bytes });
  }

  /** A task waits for others. */
  suspend(worker: WorkerId, task: TaskId): void {
    this.#driver.dispatch({ kind: 'task-suspended', worker, task });
  }

  /** It goes on. */
  resume(worker: WorkerId, task: TaskId): void {
    this.#driver.dispatch({ kind: 'task-resumed', worker, task });
  }

  /** Changes the size. */
  resize(maxWorkers: number): void {
    if (maxWorkers !== this.maxWorkers) this.#driver.dispatch({ kind: 'resized', maxWorkers });
  }

  /** See `Executor.shutdown`. */
  shutdown({ cancelPending = false, killWorkers = false, timeoutMs }: ShutdownOptions): Promise<void> {
    const promise = this.#awaitEnd();
    const limitMs = timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY ? null : timeoutMs;
    this.#driver.dispatch({ kind: 'shutdown-requested', cancelPending, killWorkers, timeoutMs: limitMs });
    return promise;
  }

  /** See `Releasable`. Nobody waits for the end, so it does not keep the program alive. */
  letGo(how: 'for-good' | 'until-asked'): void {
    if (how === 'until-asked') this.#driver.dispatch({ kind: 'let-go' });
    else {
      this.#driver.dispatch({ kind: 'shutdown-requested', cancelPending: false, killWorkers: false, timeoutMs: null });
    }
  }

  /** The workers that are not gone. */
  workers(): WorkerInfo[] {
    return this.#scheduler.viewWorkers().map(({ id, state, tasksDone }) => {
      const { pid, threadId, rssBytes } = this.#handleOf(id);
      return {
        id,
        ...(pid === undefined ? {} : { pid }),
        ...(threadId === undefined ? {} : { threadId }),
        state: state as WorkerInfo['state'],
        tasksDone,
        ...(rssBytes === undefined ? {} : { rssBytes }),
      };
    });
  }

  /** Tasks that are not settled, workers that are not gone, a shutdown that has not ended. */
  describeLeftovers(): string[] {
    const where = this.#name === undefined ? '' : ` of the pool '${this.#name}'`;
    return [
      ...[...this.#tasks.entries()].map(([id, { name }]) => `task ${id} (${name})${where}, which is not settled`),
      ...this.workers().map(({ id, pid, threadId, state }) => {
        const what = pid !== undefined ? ` (pid ${pid})` : threadId !== undefined ? ` (thread ${threadId})` : '';
        return `worker ${id}${what}${where}, which is ${state}`;
      }),
      ...(this.#end !== undefined ? [`a shutdown${where} that has not ended`] : []),
    ];
  }

  /** What a task that is not settled is called. */
  nameOf(task: TaskId): string {
    return this.#taskOf(task).name;
  }

  /** The pool in numbers. */
  stats(): PoolStats {
    const { waiting, held, ...view } = this.#scheduler.view();
    return { pending: waiting + held, ...view };
  }

  #handleOf(worker: WorkerId): {
    pid?: number | undefined;
    threadId?: number | undefined;
    rssBytes?: number | undefined;
  } {
    return this.#driver.handleOf(worker) ?? {};
  }

  #taskOf(id: TaskId): ByteTask {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new Error(`Task ${id} is not in the pool.`);
    return task;
  }

  #settle(id: TaskId, verdict: Verdict, outcome: Outcome | undefined): void {
    const task = this.#taskOf(id);
    this.#tasks.delete(id);
    if (this.#tasks.size === 0 && this.#end === undefined) this.#keepAlive?.release();
    task.onSettle(verdict, outcome);
  }

  #hearOutput(workerId: WorkerId, { task: taskId, stream, bytes }: WorkerOutput): void {
    const task = taskId === undefined ? undefined : this.#tasks.get(taskId);
    task?.onOutput(stream, bytes);
    if (this.#onOutput === undefined) return;
    tellOutput(this.#onOutput, { stream, bytes, workerId, taskId: task && taskId, taskName: task?.name });
  }

  #hold(): void {
    this.#keepAlive ??= outside.runInAsyncScope(createKeepAlive);
    this.#keepAlive.hold();
  }

  #awaitEnd(): Promise<void> {
    if (this.#end === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#end = { promise, resolve };
      this.#hold();
      if (this.#scheduler.ended) this.#finish();
    }
    return this.#end.promise;
  }

  #finish(): void {
    void this.#launcher.close().then(() => {
      this.#keepAlive?.close();
      this.#keepAlive = undefined;
      this.#strikeOff();
      this.#end?.resolve();
    });
  }
}
