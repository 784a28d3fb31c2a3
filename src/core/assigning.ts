/**
 * Who gets which task, and how many workers there should be.
 *
 * The order of choice: an idle worker (the last used first), a new worker while there are fewer than `maxWorkers`, and
 * last, when tasks are known to be short, a place behind the task that a busy worker is running. A worker that has
 * nothing to do while another holds tasks that it has not begun gets those: they are recalled and queued again.
 *
 * Rules: pure; reads and writes the model only.
 * Guarantees: no task waits behind a running one while a worker is idle; a higher priority never waits behind a held
 * lower one.
 */

import { addWorker, type Model, stepTask, stepWorker, type TaskRecord, type WorkerRecord } from './model.js';

/** Brings tasks and workers together as far as it goes now. Called once at the end of every step. */
export function pump(model: Model): void {
  if (model.pool !== 'open' && model.pool !== 'draining') return;
  feedIdleWorkers(model);
  startWorkers(model);
  if (model.queue.size > 0) prefetch(model);
  else if (model.idle.length > 0) rebalance(model);
}

function feedIdleWorkers(model: Model): void {
  while (model.queue.size > 0 && model.idle.length > 0) {
    const worker = model.idle[model.idle.length - 1] as WorkerRecord;
    const task = model.queue.shift() as TaskRecord;
    assign(model, worker, task);
  }
}

/** Gives a task to a worker that is idle or has room. */
function assign(model: Model, worker: WorkerRecord, task: TaskRecord): void {
  if (worker.state === 'idle') stepWorker(model, worker, 'assign');
  stepTask(task, 'hold');
  task.worker = worker;
  worker.tasks.push(task);
  worker.heldBytes += task.bytes;
  worker.recallable = true;
  model.out.push({ kind: 'run', worker: worker.id, task: task.id, attempt: task.attempts + 1 });
}

/** Workers that can take tasks, or soon will. */
export function countStaff(model: Model): number {
  return model.census.starting + model.census.idle + model.census.busy;
}

function startWorkers(model: Model): void {
  const staff = countStaff(model);
  const wanted = Math.max(
    model.queue.size - model.census.starting,
    (model.pool === 'open' ? model.options.minWorkers : 0) - staff,
  );
  const allowed = model.options.maxWorkers - staff;
  for (let left = Math.min(wanted, allowed); left > 0; left -= 1) {
    const worker = addWorker(model);
    model.counters.workersStarted += 1;
    model.out.push({ kind: 'spawn', worker: worker.id });
    model.out.push({ kind: 'start-timer', timer: `startup:${worker.id}`, delayMs: model.options.startupTimeoutMs });
  }
}

/** How many tasks a busy worker may have, the running one included. */
function depth(model: Model): number {
  const { budgetUs, maxTasks } = model.options.prefetch;
  if (model.meanTaskUs === undefined) return 1;
  return Math.max(1, Math.min(maxTasks, 1 + Math.floor(budgetUs / Math.max(model.meanTaskUs, 1))));
}

function prefetch(model: Model): void {
  const limit = depth(model);
  if (limit === 1) return;
  while (model.queue.size > 0) {
    const worker = leastLoaded(model, limit);
    if (worker === undefined) return;
    assign(model, worker, model.queue.shift() as TaskRecord);
  }
}

function leastLoaded(model: Model, limit: number): WorkerRecord | undefined {
  let best: WorkerRecord | undefined;
  for (const worker of model.workers.values()) {
    if (worker.state !== 'busy' || !hasRoom(model, worker, limit)) continue;
    if (best === undefined || worker.tasks.length < best.tasks.length) best = worker;
  }
  return best;
}

function hasRoom(model: Model, worker: WorkerRecord, limit: number): boolean {
  const { maxTasksPerWorker, prefetch } = model.options;
  if (maxTasksPerWorker !== null && worker.finishedTasks + worker.tasks.length >= maxTasksPerWorker) return false;
  return worker.tasks.length < limit && worker.heldBytes < prefetch.maxBytes;
}

/** Takes tasks back from the worker that holds the most, for one that has nothing to do. */
function rebalance(model: Model): void {
  let richest: WorkerRecord | undefined;
  for (const worker of model.workers.values()) {
    if (!worker.recallable || worker.tasks.length < 2) continue;
    if (richest === undefined || worker.tasks.length > richest.tasks.length) richest = worker;
  }
  if (richest !== undefined) recall(model, richest);
}

/** Asks for all that the worker has not begun. */
export function recall(model: Model, worker: WorkerRecord): void {
  if (!worker.recallable) return;
  worker.recallable = false;
  model.out.push({ kind: 'recall', worker: worker.id });
}

/** Takes back held tasks that a newly submitted one of higher priority must not wait for. */
export function makeRoomFor(model: Model, priority: number): void {
  if (model.lastPriority !== undefined && model.lastPriority !== priority) model.mixedPriorities = true;
  model.lastPriority = priority;
  if (!model.mixedPriorities) return;
  for (const worker of model.workers.values()) {
    const outranked = worker.tasks.some((task) => task.state === 'held' && task.priority < priority);
    if (outranked && worker.tasks.length > 1) recall(model, worker);
  }
}

/** Sends surplus workers away: idle ones at once, the others when they have finished what they have begun. */
export function shrink(model: Model): void {
  const workers = [...model.workers.values()];
  const surplus = (): boolean => countStaff(model) > model.options.maxWorkers;
  for (const worker of workers) if (surplus() && worker.state === 'idle') dismiss(model, worker);
  for (const worker of workers) {
    if (surplus() && worker.state === 'starting') {
      stepWorker(model, worker, 'kill');
      model.out.push({ kind: 'stop-timer', timer: `startup:${worker.id}` });
      model.out.push({ kind: 'kill', worker: worker.id, cause: 'shutdown' });
    }
  }
  for (const worker of workers) if (surplus() && worker.state === 'busy') retire(model, worker);
}

/** Lets a busy worker finish what it has begun, and no more. */
export function retire(model: Model, worker: WorkerRecord): void {
  stepWorker(model, worker, 'retire');
  recall(model, worker);
}

/** Asks an idle worker to leave. */
export function dismiss(model: Model, worker: WorkerRecord): void {
  stepWorker(model, worker, 'leave');
  model.out.push({ kind: 'ask-to-leave', worker: worker.id });
  model.out.push({ kind: 'start-timer', timer: `leave:${worker.id}`, delayMs: model.options.leaveTimeoutMs });
}
