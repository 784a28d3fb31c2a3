/**
 * What the scheduler remembers: the ledger of tasks, the roster of workers, the pool's own state, and the commands that
 * the current step has written so far.
 *
 * Rules: plain data and the few functions that keep it consistent; no policy, no I/O.
 * Guarantees: a task stands in exactly one place: the queue, one worker's list, or nowhere (settled).
 */

import type { ExitReport } from '../base/exit-reason.js';
import type { IdTable } from '../base/id-table.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { type Counters, countVerdict } from './counters.js';
import type { BreakCause, Command, TaskId, TaskTerms, Verdict, WorkerId } from './events.js';
import {
  POOL_TRANSITIONS,
  type PoolState,
  type PoolStep,
  TASK_TRANSITIONS,
  type TaskState,
  type TaskStep,
  transition,
  WORKER_TRANSITIONS,
  type WorkerState,
  type WorkerStep,
} from './states.js';
import type { TaskQueue } from './task-queue.js';

/** How a pool behaves; fixed but for `maxWorkers`, and for how long idle workers stay, until it is let go. */
export interface SchedulerOptions {
  maxWorkers: number;
  minWorkers: number;
  /** How long a worker may have nothing to do before it leaves; `null` for ever. */
  idleTimeoutMs: number | null;
  readonly maxTasksPerWorker: number | null;
  readonly startupTimeoutMs: number;
  /** How long a worker that was asked to leave may take. */
  readonly leaveTimeoutMs: number;
  /** How long a worker may leave a task untouched that it could begin: it is given up after once to twice this. */
  readonly stallTimeoutMs: number;
  readonly onWorkerLost: 'fail-task' | 'break-pool';
  /** How many tasks and bytes a worker may hold that it has not begun. */
  readonly prefetch: PrefetchLimits;
}

/** Bounds on what a worker holds. */
export interface PrefetchLimits {
  /** As many tasks as are likely to take this long together. */
  readonly budgetUs: number;
  readonly maxTasks: number;
  readonly maxBytes: number;
}

/** One task. */
export interface TaskRecord {
  readonly id: TaskId;
  readonly priority: number;
  readonly level: number;
  readonly bytes: number;
  readonly timeoutMs: number | null;
  readonly graceMs: number;
  retriesLeft: number;
  /** How the workers ended that died under it; `undefined` for none. */
  losses: ExitReport[] | undefined;
  /** How often it has started. */
  attempts: number;
  state: TaskState;
  worker: WorkerRecord | undefined;
  /** It was recalled and did not come back: it has begun or is about to, and another recall would tell nothing new. */
  doubtful: boolean;
  /** What is wanted of a held task, until it is known whether it has begun. */
  wish: 'cancel' | 'abort' | undefined;
  /** The end of a stopping task. */
  stopCause: 'timeout' | 'cancel' | undefined;
}

/** One worker. */
export interface WorkerRecord {
  readonly id: WorkerId;
  state: WorkerState;
  /** In the order in which they were sent; only the first can have begun. */
  readonly tasks: TaskRecord[];
  heldBytes: number;
  startedTasks: number;
  finishedTasks: number;
  /** The pool's `finishedTasks` when the worker last got something to do or told of it. */
  heardAt: number;
  /** It is to be killed, unless it turns out to be past the task that it is to be killed for. */
  doom: Doom | undefined;
  /** It finishes its last task because it is spent: its successor may start meanwhile. */
  isSpent: boolean;
  /** Its first task, which it had not begun when the watch last looked; `undefined` once it has said anything. */
  untouched: TaskId | undefined;
  /** It is recalled because it seems to stand still. */
  isSuspected: boolean;
  /** `'one-task'`: nothing could be taken back from it, so it holds nothing. */
  room: 'one-task' | undefined;
  /** Which timer runs while it is idle: the usual one, or the short one of a worker that is one too many. */
  idleTimer: 'none' | 'usual' | 'short';
}

/** Why a worker should die, and what would prove that it need not. */
export interface Doom {
  readonly cause: 'timeout' | 'cancel';
  /** Settled already. */
  readonly task: TaskId;
  /** What was sent after it: when one of these has begun, the task is over. */
  readonly behind: readonly TaskRecord[];
  /** Whether the time in which it may prove that has begun to run. */
  timed: boolean;
}

/** All that the scheduler knows. */
export interface Model {
  readonly options: SchedulerOptions;
  pool: PoolState;
  readonly tasks: IdTable<TaskRecord>;
  readonly queue: TaskQueue<TaskRecord>;
  readonly workers: Map<WorkerId, WorkerRecord>;
  /** The idle ones, the last used at the end. */
  readonly idle: WorkerRecord[];
  /** How many tasks are suspended; each is the first of its worker. */
  suspended: number;
  /** Whether one ever was: only then there can be workers that stand in. */
  hasSuspended: boolean;
  /** How many workers are in each state. */
  readonly census: Record<WorkerState, number>;
  /** How many spent workers may still run a task, so that their successors must not. */
  spentRunning: number;
  /** How many workers have become spent since the last step, and should be succeeded even if no task waits. */
  successorsOwed: number;
  readonly breaker: CircuitBreaker;
  /** How the last worker ended that the breaker counted. */
  lastFailure: ExitReport | undefined;
  /** Whether the timer `watch` runs. */
  isWatching: boolean;
  readonly counters: Counters;
  /** How many tasks workers have told the end of: the pool's own measure of time. */
  finishedTasks: number;
  /** How many recalls have not been answered; until they are, nothing is handed out. */
  openRecalls: number;
  /** How many shutdowns with a time limit were asked for. */
  timedShutdowns: number;
  /** The binary logarithm of what a task takes in microseconds, as a moving mean; `undefined` before the first one ends. */
  meanLogUs: number | undefined;
  /** Tasks of several priorities were submitted, so a held one may have to make room. */
  mixedPriorities: boolean;
  lastPriority: number | undefined;
  nextWorker: WorkerId;
  broken: { readonly cause: BreakCause; readonly exit: ExitReport } | undefined;
  ended: boolean;
  out: Command[];
}

/** Adds a task to the ledger. */
export function addTask(model: Model, terms: TaskTerms): TaskRecord {
  const record: TaskRecord = {
    id: terms.task,
    priority: terms.priority,
    level: terms.level ?? 0,
    bytes: terms.bytes,
    timeoutMs: terms.timeoutMs,
    graceMs: terms.graceMs,
    retriesLeft: terms.retries,
    losses: undefined,
    attempts: 0,
    state: 'waiting',
    worker: undefined,
    doubtful: false,
    wish: undefined,
    stopCause: undefined,
  };
  model.tasks.add(record.id, record);
  model.counters.submitted += 1;
  return record;
}

/** Adds a worker to the roster. */
export function addWorker(model: Model): WorkerRecord {
  const id = model.nextWorker;
  model.nextWorker += 1;
  const worker: WorkerRecord = {
    id,
    state: 'starting',
    tasks: [],
    heldBytes: 0,
    startedTasks: 0,
    finishedTasks: 0,
    heardAt: model.finishedTasks,
    doom: undefined,
    isSpent: false,
    untouched: undefined,
    isSuspected: false,
    room: undefined,
    idleTimer: 'none',
  };
  model.workers.set(id, worker);
  model.census.starting += 1;
  return worker;
}

/** Takes one step in a task's life. */
export function stepTask(model: Model, task: TaskRecord, step: TaskStep): void {
  if (task.state === 'suspended') model.suspended -= 1;
  task.state = transition<TaskState, TaskStep>(TASK_TRANSITIONS, task.state, step);
  if (task.state !== 'suspended') return;
  model.suspended += 1;
  model.hasSuspended = true;
}

/** Takes one step in a worker's life and keeps the roster's lists true. */
export function stepWorker(model: Model, worker: WorkerRecord, step: WorkerStep): void {
  const before = worker.state;
  worker.state = transition<WorkerState, WorkerStep>(WORKER_TRANSITIONS, before, step);
  model.census[before] -= 1;
  model.census[worker.state] += 1;
  if (worker.isSpent && (worker.state === 'idle' || worker.state === 'gone')) {
    worker.isSpent = false;
    model.spentRunning -= 1;
  }
  if (before === 'idle') {
    const index = model.idle.lastIndexOf(worker);
    if (index !== -1) model.idle.splice(index, 1);
    if (worker.idleTimer !== 'none') model.out.push({ kind: 'stop-timer', timer: `idle:${worker.id}` });
    worker.idleTimer = 'none';
  }
  if (worker.state !== 'idle') return;
  model.idle.push(worker);
  startIdleTimer(model, worker, 'usual');
}

/** How long a worker that stands in for suspended ones is kept for the next time. */
export const SURPLUS_IDLE_MS = 1000;

/** Sets the timer at whose end an idle worker may have to leave. */
export function startIdleTimer(model: Model, worker: WorkerRecord, length: 'usual' | 'short'): void {
  const delayMs = length === 'short' ? SURPLUS_IDLE_MS : model.options.idleTimeoutMs;
  worker.idleTimer = delayMs === null ? 'none' : length;
  if (delayMs !== null) model.out.push({ kind: 'start-timer', timer: `idle:${worker.id}`, delayMs });
}

/** Workers that can take tasks, or soon will. More than `maxWorkers` only after some stood in for suspended ones. */
export function countStaff({ census }: Pick<Model, 'census'>): number {
  return census.starting + census.idle + census.busy;
}

/** Takes one step in the pool's life. */
export function stepPool(model: Model, step: PoolStep): void {
  model.pool = transition<PoolState, PoolStep>(POOL_TRANSITIONS, model.pool, step);
}

/** Takes a task off the worker that has it. */
export function detach(task: TaskRecord): void {
  const worker = task.worker;
  if (worker === undefined) return;
  const index = worker.tasks.indexOf(task);
  worker.tasks.splice(index, 1);
  worker.heldBytes -= task.bytes;
  task.worker = undefined;
}

/** Ends a task's life, wherever it stands. */
export function settle(model: Model, task: TaskRecord, verdict: Verdict): void {
  const before = task.state;
  stopTaskTimers(model, task);
  detach(task);
  stepTask(model, task, 'settle');
  if (before === 'waiting') model.queue.forget();
  model.tasks.delete(task.id);
  countVerdict(model.counters, verdict);
  model.out.push({ kind: 'settle', task: task.id, verdict });
}

/** Puts a task that a worker has not begun, or that was lost and may be retried, back into the queue. */
export function requeue(model: Model, task: TaskRecord): void {
  stopTaskTimers(model, task);
  detach(task);
  stepTask(model, task, 'requeue');
  model.queue.putBack(task);
}

/** Tries a task again. There must be a retry left. */
export function retry(model: Model, task: TaskRecord): void {
  task.retriesLeft -= 1;
  model.counters.retried += 1;
  requeue(model, task);
  model.out.push({ kind: 'announce-requeue', task: task.id });
}

/** Forgets the timers of a task that is over or moves. */
export function stopTaskTimers(model: Model, task: TaskRecord): void {
  if ((task.state === 'started' || task.state === 'suspended') && task.timeoutMs !== null) {
    model.out.push({ kind: 'stop-timer', timer: `timeout:${task.id}` });
  }
  if (task.state === 'stopping' && task.graceMs > 0) {
    model.out.push({ kind: 'stop-timer', timer: `grace:${task.id}` });
  }
}
