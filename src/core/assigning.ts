/**
 * Who gets which task, and how many workers there should be.
 *
 * The order of choice: an idle worker (the last used first), a new worker while there are fewer than `maxWorkers`, and
 * last, when tasks are known to be short, a place behind the task that a busy worker is running. What a worker holds and
 * has not begun is recalled and queued again when another worker has nothing to do, when a higher priority would have to
 * wait for it, and when the worker is overdue: the others have finished so much meanwhile that the task it runs must be a
 * long one, and later tasks would overtake those behind it for as long as that takes.
 *
 * Rules: pure; reads and writes the model only. Nothing is handed out while a recall is unanswered, so that what comes
 * back is handed out in its order, and never straight back and forth between two workers.
 * Guarantees: no task waits behind a running one while a worker is idle; a higher priority never waits behind a held
 * lower one; a held task is overtaken by a bounded number of later ones; nothing waits behind a suspended task; see `seats`
 * for how many workers can run a task at one time.
 */

import {
  addWorker,
  countStaff,
  type Model,
  stepTask,
  stepWorker,
  type TaskRecord,
  type WorkerRecord,
} from './model.js';
import { countFreeSeats, countLent, mayRunMore } from './seats.js';

/** Brings tasks and workers together as far as it goes now. Called once at the end of every step. */
export function pump(model: Model): void {
  if (model.pool !== 'open' && model.pool !== 'draining') return;
  if (model.openRecalls > 0) return;
  feedIdleWorkers(model);
  startWorkers(model);
  if (model.queue.size === 0) return rebalance(model);
  recallBadlyPlaced(model);
  if (model.openRecalls === 0) prefetch(model);
}

function feedIdleWorkers(model: Model): void {
  while (model.queue.size > 0 && model.idle.length > 0 && mayRunMore(model)) {
    const worker = model.idle[model.idle.length - 1] as WorkerRecord;
    const task = model.queue.shift() as TaskRecord;
    assign(model, worker, task);
  }
}

/** Gives a task to a worker that is idle or has room. */
function assign(model: Model, worker: WorkerRecord, task: TaskRecord): void {
  if (worker.state === 'idle') {
    stepWorker(model, worker, 'assign');
    worker.heardAt = model.finishedTasks;
    if (!model.isWatching) startWatch(model);
  }
  stepTask(model, task, 'hold');
  task.worker = worker;
  worker.tasks.push(task);
  worker.heldBytes += task.bytes;
  task.doubtful = false;
  model.out.push({ kind: 'run', worker: worker.id, task: task.id, attempt: task.attempts + 1 });
}

/** Sets the one timer that looks after all busy workers. It runs out once none is busy: no task pays for it. */
export function startWatch(model: Model): void {
  model.isWatching = true;
  model.out.push({ kind: 'start-timer', timer: 'watch', delayMs: model.options.stallTimeoutMs });
}

function startWorkers(model: Model): void {
  const allowed = countFreeSeats(model);
  const owed = model.pool === 'open' ? model.successorsOwed - model.idle.length : 0;
  model.successorsOwed = 0;
  if (allowed <= 0) return;
  const wanted = Math.max(
    owed,
    model.queue.size + countHeldBehind(model) - model.census.starting,
    (model.pool === 'open' ? model.options.minWorkers : 0) - countStaff(model),
  );
  for (let left = Math.min(wanted, allowed); left > 0; left -= 1) {
    const worker = addWorker(model);
    model.counters.workersStarted += 1;
    model.out.push({ kind: 'spawn', worker: worker.id });
    model.out.push({ kind: 'start-timer', timer: `startup:${worker.id}`, delayMs: model.options.startupTimeoutMs });
  }
}

/** How many tasks stand behind another one on their worker, and could be taken from there. */
function countHeldBehind(model: Model): number {
  let count = 0;
  for (const { tasks } of model.workers.values()) {
    for (let index = 1; index < tasks.length; index += 1) if (isRecallable(tasks[index] as TaskRecord)) count += 1;
  }
  return count;
}

/** How many tasks a busy worker may have, the running one included. */
function depth(model: Model): number {
  const { budgetUs, maxTasks } = model.options.prefetch;
  if (model.meanLogUs === undefined) return 1;
  return Math.max(1, Math.min(maxTasks, 1 + Math.floor(budgetUs / 2 ** model.meanLogUs)));
}

/** Fills workers up once one of them has done half of what it had: what is handed out together is sent together. */
function prefetch(model: Model): void {
  const limit = depth(model);
  if (limit === 1) return;
  let worker = leastLoaded(model, Math.floor(limit / 2) + 1);
  while (worker !== undefined && model.queue.size > 0) {
    assign(model, worker, model.queue.shift() as TaskRecord);
    worker = leastLoaded(model, limit);
  }
}

function leastLoaded(model: Model, limit: number): WorkerRecord | undefined {
  let best: WorkerRecord | undefined;
  for (const worker of model.workers.values()) {
    if (worker.state !== 'busy' || !hasRoom(model, worker, limit) || isOverdue(model, worker)) continue;
    if (best === undefined || worker.tasks.length < best.tasks.length) best = worker;
  }
  return best;
}

function hasRoom(model: Model, worker: WorkerRecord, limit: number): boolean {
  const { maxTasksPerWorker, prefetch } = model.options;
  if (worker.room === 'one-task' || worker.tasks.length >= limit || worker.heldBytes >= prefetch.maxBytes) return false;
  if (maxTasksPerWorker !== null && worker.finishedTasks + worker.tasks.length >= maxTasksPerWorker) return false;
  // Nor is one whose task waits for others, perhaps for this one.
  if (worker.tasks[0]?.state === 'suspended') return false;
  // A worker that may be killed soon is no place to wait.
  return worker.doom === undefined && !worker.tasks.some((task) => task.state === 'stopping');
}

/** Whether the others have finished a full round of tasks and more since this worker was heard. */
function isOverdue(model: Model, worker: WorkerRecord): boolean {
  return model.finishedTasks - worker.heardAt > depth(model) * model.workers.size;
}

/** Takes back what waits behind a task while something of higher priority, or somebody faster, could go first. */
function recallBadlyPlaced(model: Model): void {
  const top = model.mixedPriorities ? (model.queue.topPriority as number) : undefined;
  for (const worker of model.workers.values()) {
    if (worker.tasks.length < 2) continue;
    if (isOverdue(model, worker) || (top !== undefined && isOutranked(worker, top))) recall(model, worker);
  }
}

/** Whether something of lower priority than `top` waits behind the worker's first task. */
function isOutranked({ tasks }: WorkerRecord, top: number): boolean {
  return tasks.some((task, index) => index > 0 && isRecallable(task) && task.priority < top);
}

/** Takes tasks back from the worker that holds the most, for one that has nothing to do. */
function rebalance(model: Model): void {
  if (model.idle.length === 0 || !mayRunMore(model)) return;
  let richest: WorkerRecord | undefined;
  for (const worker of model.workers.values()) {
    if (worker.tasks.length < 2 || !canRecall(worker)) continue;
    if (richest === undefined || worker.tasks.length > richest.tasks.length) richest = worker;
  }
  if (richest !== undefined) recall(model, richest);
}

function isRecallable(task: TaskRecord): boolean {
  return task.state === 'held' && !task.doubtful;
}

/** Whether a recall could bring something back. */
export function canRecall(worker: WorkerRecord): boolean {
  return worker.tasks.some(isRecallable);
}

/** Asks for all that the worker has not begun. */
export function recall(model: Model, worker: WorkerRecord): void {
  if (!canRecall(worker)) return;
  for (const task of worker.tasks) task.doubtful ||= task.state === 'held';
  model.openRecalls += 1;
  model.out.push({ kind: 'recall', worker: worker.id });
}

/** Sends surplus workers away: idle ones at once, the others when they have finished what they have begun. */
export function shrink(model: Model): void {
  const workers = [...model.workers.values()];
  const surplus = (): boolean => countStaff(model) - countLent(model, 'staff') > model.options.maxWorkers;
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

/** As `retire`, for a worker that is to be replaced: its successor starts meanwhile. */
export function retireSpent(model: Model, worker: WorkerRecord): void {
  worker.isSpent = true;
  model.spentRunning += 1;
  model.successorsOwed += 1;
  retire(model, worker);
}

/** Asks an idle worker to leave. */
export function dismiss(model: Model, worker: WorkerRecord): void {
  stepWorker(model, worker, 'leave');
  model.out.push({ kind: 'ask-to-leave', worker: worker.id });
  model.out.push({ kind: 'start-timer', timer: `leave:${worker.id}`, delayMs: model.options.leaveTimeoutMs });
}
