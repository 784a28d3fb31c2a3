/**
 * What must hold of the scheduler's memory after every step, whatever has happened.
 *
 * Rules: reads the model and the step's commands; changes nothing; knows nothing of the simulated world.
 */

import type { Command, Event, TimerName } from '#src/core/events.js';
import type { Model, TaskRecord, WorkerRecord } from '#src/core/model.js';
import type { TaskState, WorkerState } from '#src/core/states.js';
import { countHealthy } from './outcomes.js';
import { promise } from './violation.js';

/** Checks one pool, step by step. */
export class Invariants {
  readonly #timers = new Set<TimerName>();
  /** Idle timers that fired without consequence: the worker is one of `minWorkers`. */
  readonly #keptIdle = new Set<TimerName>();
  #mostAllowed = 0;
  #mostSuspended = 0;

  /** Which timers run, as the commands have it. */
  get timers(): ReadonlySet<TimerName> {
    return this.#timers;
  }

  /** Throws a `Violation` unless all is well after a step. */
  check(model: Readonly<Model>, event: Event, commands: readonly Command[]): void {
    this.#mostAllowed = Math.max(this.#mostAllowed, model.options.maxWorkers);
    this.#mostSuspended = Math.max(this.#mostSuspended, model.suspended);
    this.#followTimers(event, commands);
    checkTasks(model);
    checkRoster(model);
    checkHandOuts(model, commands);
    checkRecalls(model, event, commands);
    if (model.openRecalls === 0) checkPolicy(model);
    this.#checkSeats(model);
    checkStandIns(model, commands);
    this.#checkTimers(model);
  }

  #followTimers(event: Event, commands: readonly Command[]): void {
    if (event.kind === 'timer-fired') {
      this.#timers.delete(event.timer);
      if (event.timer.startsWith('idle:')) this.#keptIdle.add(event.timer);
    }
    for (const command of commands) {
      if (command.kind !== 'start-timer' && command.kind !== 'stop-timer') continue;
      this.#keptIdle.delete(command.timer);
      if (command.kind === 'start-timer') this.#timers.add(command.timer);
      else this.#timers.delete(command.timer);
    }
  }

  #checkSeats(model: Readonly<Model>): void {
    const { maxWorkers } = model.options;
    const { starting, idle, busy, retiring } = model.census;
    const staff = starting + idle + busy;
    const extra = this.#mostSuspended;
    promise(staff <= maxWorkers + extra, 'more staff than maxWorkers');
    promise(
      staff + retiring - model.spentRunning <= this.#mostAllowed + extra,
      'more workers than ever allowed can run a task',
    );
    promise(model.workers.size <= 2 * this.#mostAllowed + extra, 'leaving workers pile up');
  }

  #checkTimers(model: Readonly<Model>): void {
    const wanted = new Set<TimerName>();
    for (const task of model.tasks.values()) {
      if (BEGUN.has(task.state) && task.timeoutMs !== null) wanted.add(`timeout:${task.id}`);
      if (task.state === 'stopping') wanted.add(`grace:${task.id}`);
    }
    for (const worker of model.workers.values()) {
      const timer = timerOf(model, worker);
      if (timer !== undefined && !this.#keptIdle.has(timer)) wanted.add(timer);
      if (worker.doom?.timed) wanted.add(`kill:${worker.id}`);
    }
    for (const timer of wanted) promise(this.#timers.has(timer), `timer ${timer} should run`);
    promise(model.census.busy === 0 || this.#timers.has('watch'), 'nobody watches the busy workers');
    let poolTimers = 0;
    for (const timer of this.#timers) {
      if (timer === 'watch' || timer.startsWith('breaker:') || timer.startsWith('shutdown:')) poolTimers += 1;
      else promise(wanted.has(timer), `timer ${timer} is of no use`);
    }
    if (model.ended) promise(poolTimers === 0, 'a timer outlives the pool');
  }
}

const BEGUN: ReadonlySet<TaskState> = new Set(['started', 'suspended']);

/** One that stood in goes after a while. */
function isCrowded({ census, options, hasSuspended }: Readonly<Model>): boolean {
  return hasSuspended && census.starting + census.idle + census.busy > options.maxWorkers;
}

function timerOf(model: Readonly<Model>, worker: WorkerRecord): TimerName | undefined {
  if (worker.state === 'starting') return `startup:${worker.id}`;
  if (worker.state === 'leaving') return `leave:${worker.id}`;
  if (
    worker.state === 'idle' &&
    (isCrowded(model) || worker.idleTimer === 'short' || model.options.idleTimeoutMs !== null)
  )
    return `idle:${worker.id}`;
  return undefined;
}

/** Every task stands in exactly one place, and the counters add up. */
function checkTasks(model: Readonly<Model>): void {
  let waiting = 0;
  for (const task of model.tasks.values()) {
    promise(task.state !== 'settled', () => `task ${task.id} is settled, yet remembered`);
    if (task.state === 'waiting') {
      waiting += 1;
      promise(task.worker === undefined, () => `task ${task.id} waits, yet a worker has it`);
    } else {
      const { worker } = task;
      promise(worker !== undefined, () => `task ${task.id} is ${task.state}, yet no worker has it`);
      promise(model.workers.get(worker.id) === worker, () => `task ${task.id} is with a worker that is gone`);
      promise(count(worker.tasks, task) === 1, () => `task ${task.id} is not once on the list of its worker`);
    }
  }
  promise(waiting === model.queue.size, () => `${waiting} tasks wait, yet the queue counts ${model.queue.size}`);
  const { submitted, done, failed, cancelled, lost } = model.counters;
  promise(submitted === done + failed + cancelled + lost + model.tasks.size, 'the counters do not add up');
}

function count<T>(items: readonly T[], item: T): number {
  return items.filter((other) => other === item).length;
}

const HAS_TASKS: ReadonlySet<WorkerState> = new Set(['busy', 'retiring']);

/** The roster's lists agree with the workers' own states. */
function checkRoster(model: Readonly<Model>): void {
  const census: Record<string, number> = {};
  for (const worker of model.workers.values()) {
    const { id, state, tasks } = worker;
    census[state] = (census[state] ?? 0) + 1;
    promise(count(model.idle, worker) === (state === 'idle' ? 1 : 0), () => `worker ${id} is ${state}: not so listed`);
    if (tasks.length > 0) {
      promise(HAS_TASKS.has(state) || state === 'killing', () => `worker ${id} has tasks, yet is ${state}`);
    } else if (model.openRecalls === 0) {
      promise(!HAS_TASKS.has(state), () => `worker ${id} is ${state}, yet has no task`);
    }
    promise(sum(tasks) === worker.heldBytes, () => `worker ${id} counts its bytes wrong`);
    const startedLater = tasks.some((task, index) => index > 0 && BEGUN.has(task.state));
    promise(!startedLater, () => `worker ${id} has started a task that is not its first`);
  }
  for (const [state, number] of Object.entries(model.census)) {
    promise((census[state] ?? 0) === number, () => `the census counts ${number} workers ${state}`);
  }
}

function sum(tasks: readonly TaskRecord[]): number {
  let bytes = 0;
  for (const task of tasks) bytes += task.bytes;
  return bytes;
}

/** What was handed out was next in line: highest priority first, then the order of submission. */
function checkHandOuts(model: Readonly<Model>, commands: readonly Command[]): void {
  let last: TaskRecord | undefined;
  for (const command of commands) {
    if (command.kind !== 'run') continue;
    const task = model.tasks.get(command.task) as TaskRecord;
    promise(last === undefined || isBefore(last, task), () => `task ${task.id} was handed out out of turn`);
    last = task;
  }
  if (last === undefined) return;
  for (const task of model.tasks.values()) {
    const isPassed = task.state === 'waiting' && isBefore(task, last);
    promise(!isPassed, () => `task ${task.id} waits, yet a later one was handed out`);
  }
}

/** Nothing is handed out while a recall is unanswered: what comes back may be next in line. */
function checkRecalls(model: Readonly<Model>, event: Event, commands: readonly Command[]): void {
  const recalls = commands.filter(({ kind }) => kind === 'recall').length;
  const isHandingOut = commands.some(({ kind }) => kind === 'run');
  const wasOpen = model.openRecalls > recalls;
  promise(!isHandingOut || !wasOpen, () => `a task was handed out at ${event.kind}, with a recall unanswered`);
}

function isBefore(left: TaskRecord, right: TaskRecord): boolean {
  if (left.priority !== right.priority) return left.priority > right.priority;
  return left.level === right.level ? left.id < right.id : left.level > right.level;
}

/** How many workers have a task that does not wait for others. */
function countRunning({ census, suspended }: Readonly<Model>): number {
  return census.busy + census.retiring + census.killing - suspended;
}

/** Suspended tasks are counted, hold nobody up, and lend out one seat each. */
function checkStandIns(model: Readonly<Model>, commands: readonly Command[]): void {
  let suspended = 0;
  for (const { state, worker } of model.tasks.values()) {
    if (state !== 'suspended') continue;
    suspended += 1;
    if (model.openRecalls > 0) continue;
    const movable = worker?.tasks.filter((task) => task.state === 'held' && !task.doubtful) ?? [];
    promise(movable.length === 0, 'a task waits behind a suspended one');
  }
  promise(suspended === model.suspended, () => `${suspended} tasks are suspended, not ${model.suspended}`);
  if (suspended === 0 && model.census.starting + model.census.idle + model.census.busy <= model.options.maxWorkers)
    return;
  const begins = commands.some(({ kind, ...run }) => kind === 'run' && isAlone(model, run as { worker: number }));
  promise(!begins || countRunning(model) <= model.options.maxWorkers, 'more tasks were handed out than maxWorkers');
}

function isAlone(model: Readonly<Model>, { worker }: { worker: number }): boolean {
  return model.workers.get(worker)?.tasks.length === 1;
}

/** What `assigning` promises, once all recalls are answered. */
function checkPolicy(model: Readonly<Model>): void {
  if (model.pool !== 'open' && model.pool !== 'draining') return;
  const { queue, idle, workers, options, census } = model;
  const isCrowded = census.starting + census.idle + census.busy > options.maxWorkers;
  const isLent = model.spentRunning > 0 || model.suspended > 0 || isCrowded;
  const mustWait = isLent && countRunning(model) >= options.maxWorkers;
  promise(idle.length === 0 || queue.size === 0 || mustWait, 'a worker is idle while tasks wait');
  const isPaused = countHealthy(model) > 0 && model.breaker.isOverLimit;
  if (queue.size > 0 && workers.size - model.suspended < options.maxWorkers && !isPaused) {
    promise(census.starting >= queue.size, 'tasks wait, and no worker is started for them');
  }
  const top = queue.topPriority;
  for (const worker of workers.values()) {
    // The first one is about to begin, if it has not begun.
    const movable = worker.tasks.slice(1).filter((task) => task.state === 'held' && !task.doubtful);
    if (movable.length === 0) continue;
    promise(
      idle.length === 0 || mustWait,
      () => `tasks wait behind another one on worker ${worker.id} while a worker is idle`,
    );
    if (top === undefined) continue;
    for (const task of movable) {
      promise(task.priority >= top, () => `task ${task.id} is held, and a higher priority waits`);
    }
    const overtaken = model.finishedTasks - worker.heardAt;
    const patience = Math.max(options.prefetch.maxTasks, 1) * workers.size;
    promise(overtaken <= patience, () => `the tasks that worker ${worker.id} holds are overtaken again and again`);
  }
}
