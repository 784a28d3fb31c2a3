/**
 * The heart of a pool: hears one event, answers with commands.
 *
 * Rules: pure. It sees ids only; it knows no function, value, promise, clock, process or random number. One sequence of
 * events gives one sequence of commands, which is what the simulation replays.
 * Guarantees: every submitted task is settled exactly once, whatever the order of events; commands are to be carried out
 * in the order given, and a `recall` answered before the next one.
 *
 * Where to read on: `states` (the three lives), `events` (the vocabulary), `assigning` (policy), `task-events`,
 * `worker-events`, `pool-events` (what each piece of news means).
 */

import { IdTable } from '../base/id-table.js';
import { pump } from './assigning.js';
import { type BreakerOptions, CircuitBreaker } from './circuit-breaker.js';
import type { Counters } from './counters.js';
import type { Command, Event, WorkerId } from './events.js';
import type { Model, SchedulerOptions } from './model.js';
import {
  breakIfHopeless,
  endIfDone,
  onLetGo,
  onResized,
  onShutdownRequested,
  onTimerFired,
  settleLeftovers,
  timeSurplus,
} from './pool-events.js';
import { countOpenPlaces } from './seats.js';
import type { PoolState, WorkerState } from './states.js';
import {
  onRecalled,
  onSubmitted,
  onTaskFinished,
  onTaskResumed,
  onTaskSkipped,
  onTaskStarted,
  onTaskSuspended,
  onUnwanted,
} from './task-events.js';
import { TaskQueue } from './task-queue.js';
import { onWorkerExited, onWorkerReady, onWorkerSpent } from './worker-events.js';

/** What the scheduler shows of a worker. */
export interface WorkerView {
  readonly id: WorkerId;
  readonly state: WorkerState;
  readonly tasksDone: number;
}

/** What the scheduler shows of itself. */
export interface SchedulerView extends Readonly<Counters> {
  readonly waiting: number;
  readonly held: number;
  readonly running: number;
}

/** The pure scheduler; see the file's header. */
export class Scheduler {
  readonly #model: Model;

  constructor(options: SchedulerOptions & { readonly breaker: BreakerOptions }) {
    this.#model = {
      options: { ...options },
      pool: 'open',
      tasks: new IdTable(),
      queue: new TaskQueue(),
      workers: new Map(),
      idle: [],
      suspended: 0,
      hasSuspended: false,
      census: { starting: 0, idle: 0, busy: 0, retiring: 0, leaving: 0, killing: 0, gone: 0 },
      spentRunning: 0,
      successorsOwed: 0,
      breaker: new CircuitBreaker(options.breaker),
      lastFailure: undefined,
      isWatching: false,
      counters: {
        submitted: 0,
        done: 0,
        failed: 0,
        cancelled: 0,
        lost: 0,
        retried: 0,
        workersStarted: 0,
        workersLost: 0,
      },
      finishedTasks: 0,
      openRecalls: 0,
      timedShutdowns: 0,
      meanLogUs: undefined,
      mixedPriorities: false,
      lastPriority: undefined,
      nextWorker: 1,
      broken: undefined,
      ended: false,
      out: [],
    };
  }

  /** All that it remembers, for whoever checks its invariants. */
  get model(): Readonly<Model> {
    return this.#model;
  }

  /** The pool's state. */
  get state(): PoolState {
    return this.#model.pool;
  }

  /** How many tasks no worker has. */
  get waiting(): number {
    return this.#model.queue.size;
  }

  /** Whether a task submitted now would have to wait for another one to end. */
  get wouldWait(): boolean {
    return countOpenPlaces(this.#model) <= this.#model.queue.size;
  }

  /** Why the pool broke, if it did. */
  get broken(): Model['broken'] {
    return this.#model.broken;
  }

  /** Whether the pool is over and its last worker gone. */
  get ended(): boolean {
    return this.#model.ended;
  }

  /** The most workers it may have. */
  get maxWorkers(): number {
    return this.#model.options.maxWorkers;
  }

  /** Hears one event and answers with what must be done, in order. */
  step(event: Event): Command[] {
    const model = this.#model;
    model.out = [];
    hear(model, event);
    breakIfHopeless(model);
    settleLeftovers(model);
    pump(model);
    timeSurplus(model);
    endIfDone(model);
    return model.out;
  }

  /** The workers that are not gone. */
  viewWorkers(): WorkerView[] {
    return Array.from(this.#model.workers.values(), ({ id, state, finishedTasks }) => ({
      id,
      state,
      tasksDone: finishedTasks,
    }));
  }

  /** The numbers behind `stats()`. */
  view(): SchedulerView {
    const { counters, queue, workers } = this.#model;
    let held = 0;
    let running = 0;
    for (const worker of workers.values()) {
      for (const task of worker.tasks) {
        if (task.state === 'held') held += 1;
        else running += 1;
      }
    }
    return { ...counters, waiting: queue.size, held, running };
  }
}

function hear(model: Model, event: Event): void {
  switch (event.kind) {
    case 'submitted':
      return onSubmitted(model, event);
    case 'cancel-requested':
      return onUnwanted(model, event.task, 'cancel');
    case 'abort-requested':
      return onUnwanted(model, event.task, 'abort');
    case 'worker-ready':
      return onWorkerReady(model, event);
    case 'task-started':
      return onTaskStarted(model, event.worker, event.task);
    case 'task-finished':
      return onTaskFinished(model, event);
    case 'task-skipped':
      return onTaskSkipped(model, event.worker, event.task);
    case 'task-suspended':
      return onTaskSuspended(model, event.worker, event.task);
    case 'task-resumed':
      return onTaskResumed(model, event.worker, event.task);
    case 'recalled':
      return onRecalled(model, event.worker, event.tasks);
    case 'worker-spent':
      return onWorkerSpent(model, event.worker);
    case 'worker-exited':
      return onWorkerExited(model, event.worker, event.exit);
    case 'timer-fired':
      return onTimerFired(model, event.timer);
    case 'resized':
      return onResized(model, event.maxWorkers);
    case 'let-go':
      return onLetGo(model);
    case 'shutdown-requested':
      return onShutdownRequested(model, event);
    default:
      event satisfies never;
  }
}
