/**
 * Tells whoever listens, through `diagnostics_channel`, of the life of tasks.
 *
 *   tracing:tardigrade:task:start, end, asyncStart, asyncEnd, error   a `TracingChannel`: from `submit` to the settled future
 *   tardigrade:task:started                                          a worker has begun it
 *   tardigrade:task:requeued                                         it was lost, or failed, and will be tried again
 *
 * Rules: decides nothing. One object stands for a task in all its events, as in Node's own channels.
 * Guarantees: where nobody listens at the submit, a task costs one look at the channel. Subscribers run in the async context
 * of the submit, with what they have bound to `start`; one that throws disturbs neither the task nor the others.
 */

import { AsyncResource } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { CancelledError, TerminatedWorkerError } from '../base/errors.js';
import { type FutureSteps, futureSteps } from '../futures/future-steps.js';

/** Which executor an event is about. */
export interface ExecutorLabel {
  /** Unique among the executors of this program. */
  readonly id: number;
  /** Such as `'ProcessPoolExecutor'`. */
  readonly kind: string;
  /** Its `name` option. */
  readonly name: string | undefined;
}

/** What is known of a task; the same object in all its events, filled in as it goes. */
export interface TaskEvent {
  /** The executor that it was submitted to. */
  readonly executor: ExecutorLabel;
  /** Its `name` option, else its function's name. */
  readonly name: string;
  /** How many items of a `map` it stands for; `undefined` for a call. */
  readonly items: number | undefined;
  /** Its number in its executor; 0 until it has one. */
  id: number;
  /** How often a worker has begun it. */
  attempt: number;
  /** The worker that began it last, by its number in the executor. */
  workerId: number | undefined;
  /** How it ended; `undefined` before that. */
  outcome: 'finished' | 'failed' | 'cancelled' | 'lost' | undefined;
  /** What it gave. Absent before, and where it failed. */
  result?: unknown;
  /** What its future failed with. */
  error?: unknown;
}

const life = tracingChannel<unknown, TaskEvent>('tardigrade:task');
const started = channel('tardigrade:task:started');
const requeued = channel('tardigrade:task:requeued');

/** What `traceSubmit` is told. */
export type TracedTask = Pick<TaskEvent, 'executor' | 'name' | 'items'>;

/** Whether anybody wants to know of a task that is submitted now. */
export function isTaskWatched(): boolean {
  return life.hasSubscribers || started.hasSubscribers || requeued.hasSubscribers;
}

/** Calls `submit` inside of what subscribers have bound to the start. */
export function traceSubmit<T>(task: TracedTask, submit: (trace: TaskTrace) => T): T {
  const event: TaskEvent = { ...task, id: 0, attempt: 0, workerId: undefined, outcome: undefined };
  return life.start.runStores(event, () => {
    const value = submit(new TaskTrace(event));
    life.end.publish(event);
    return value;
  });
}

/** The events of one task. */
export class TaskTrace {
  readonly #event: TaskEvent;
  readonly #scope = new AsyncResource('TARDIGRADE_TRACE');

  constructor(event: TaskEvent) {
    this.#event = event;
  }

  /** The task has its number. */
  number(id: number): void {
    this.#event.id = id;
  }

  /** A worker has begun it. */
  begin(attempt: number, workerId: number): void {
    this.#event.attempt = attempt;
    this.#event.workerId = workerId;
    this.#scope.runInAsyncScope(() => started.publish(this.#event));
  }

  /** The same steps, told of. */
  readonly steps: FutureSteps = {
    ...futureSteps,
    requeue: (future) => {
      futureSteps.requeue(future);
      this.#scope.runInAsyncScope(() => requeued.publish(this.#event));
    },
    fulfil: (future, value) => {
      this.#event.outcome = 'finished';
      this.#event.result = value;
      this.#settle(() => futureSteps.fulfil(future, value));
    },
    reject: (future, error) => this.#fail(error, () => futureSteps.reject(future, error)),
    cancelled: (future, error) => this.#fail(error, () => futureSteps.cancelled(future, error)),
  };

  #fail(error: unknown, settle: () => void): void {
    this.#event.outcome =
      error instanceof CancelledError ? 'cancelled' : error instanceof TerminatedWorkerError ? 'lost' : 'failed';
    this.#event.error = error;
    this.#scope.runInAsyncScope(() => life.error.publish(this.#event));
    this.#settle(settle);
  }

  /** Those who wait for the future are told of it in their own contexts. */
  #settle(settle: () => void): void {
    this.#scope.runInAsyncScope(() =>
      life.asyncStart.runStores(this.#event, () => {
        settle();
        life.asyncEnd.publish(this.#event);
      }),
    );
  }
}
