/**
 * What the scheduler does about news of one task.
 *
 * Rules: pure; writes the model and its commands. `pump` follows every step, so nothing here hands out tasks.
 * Guarantees: late news (of a task that the worker no longer has) is dropped in `taskOf`, and nowhere else.
 */

import { dismiss, recall, retireSpent } from './assigning.js';
import type { Event, TaskId, TaskTerms, WorkerId } from './events.js';
import {
  addTask,
  type Model,
  requeue,
  retry,
  settle,
  stepTask,
  stepWorker,
  type TaskRecord,
  type WorkerRecord,
} from './model.js';
import { countFinished, judgeDoom, noteNews, settleStopped, stop } from './stopping.js';
import { judgeSuspicion } from './watching.js';

/** The task as that worker has it, or `undefined` when the news is late: it was settled or taken back meanwhile. */
function taskOf(model: Model, worker: WorkerId, task: TaskId): TaskRecord | undefined {
  const record = model.tasks.get(task);
  return record?.worker?.id === worker ? record : undefined;
}

/** A task was submitted. */
export function onSubmitted(model: Model, terms: TaskTerms): void {
  const isInner = (terms.level ?? 0) > 0 && model.pool === 'draining';
  if (model.pool !== 'open' && !isInner) throw new Error(`Submitted to a pool that is ${model.pool}.`);
  const task = addTask(model, terms);
  model.queue.push(task);
  model.mixedPriorities ||= (model.lastPriority ?? task.priority) !== task.priority;
  model.lastPriority = task.priority;
}

/** Somebody wants a task to end: `cancel` only if it has not begun, `abort` in any case. */
export function onUnwanted(model: Model, id: TaskId, wish: 'cancel' | 'abort'): void {
  const task = model.tasks.get(id);
  if (task === undefined) return;
  switch (task.state) {
    case 'waiting':
      return settle(model, task, { kind: 'cancelled' });
    case 'held':
      return takeBackUnwanted(model, task, wish);
    case 'started':
    case 'suspended':
      if (wish === 'abort') stop(model, task, 'cancel');
      return;
    case 'stopping':
    case 'settled':
      return;
    default:
      task.state satisfies never;
  }
}

function takeBackUnwanted(model: Model, task: TaskRecord, wish: 'cancel' | 'abort'): void {
  const worker = task.worker as WorkerRecord;
  // What a recall did not bring back will begin: too late to cancel, not too late to abort.
  if (task.doubtful && wish === 'cancel') return;
  task.wish = wish;
  recall(model, worker);
  stopUnwanted(model, worker);
}

/** A worker began a task. */
export function onTaskStarted(model: Model, workerId: WorkerId, id: TaskId): void {
  noteNews(model, { worker: workerId, task: id, kind: 'started' });
  const task = taskOf(model, workerId, id);
  if (task === undefined) return;
  task.attempts += 1;
  const worker = task.worker as WorkerRecord;
  worker.startedTasks += 1;
  model.out.push({ kind: 'announce-start', task: id, worker: workerId, attempt: task.attempts });
  const { wish } = task;
  task.wish = undefined;
  // It was told to stop before it was known to have begun.
  if (task.state === 'stopping') return;
  stepTask(model, task, 'start');
  if (task.timeoutMs !== null) {
    model.out.push({ kind: 'start-timer', timer: `timeout:${id}`, delayMs: task.timeoutMs });
  }
  if (wish === 'abort') stop(model, task, 'cancel');
  else if (worker.startedTasks === model.options.maxTasksPerWorker && worker.state === 'busy')
    retireSpent(model, worker);
}

/** How much one task counts in the moving mean. */
const MEAN_WEIGHT = 0.2;

/**
 * The mean is a geometric one: one task in a hundred that takes a thousand times as long must not keep workers from holding
 * the many short ones, and what waits behind it is taken back anyway.
 */
function noteDuration(model: Model, durationUs: number): void {
  const logUs = Math.log2(Math.max(durationUs, 1));
  const mean = model.meanLogUs ?? logUs;
  model.meanLogUs = mean + MEAN_WEIGHT * (logUs - mean);
}

/** A worker answered. */
export function onTaskFinished(model: Model, event: Event & { kind: 'task-finished' }): void {
  model.finishedTasks += 1;
  model.breaker.noteFinished();
  noteNews(model, { worker: event.worker, task: event.task, kind: 'finished' });
  const task = taskOf(model, event.worker, event.task);
  if (task === undefined) return;
  const worker = task.worker as WorkerRecord;
  noteDuration(model, event.durationUs);
  if (task.stopCause !== undefined) settleStopped(model, task);
  else if (event.wantsRetry && task.retriesLeft > 0 && model.pool !== 'broken') retry(model, task);
  else settle(model, task, { kind: 'finished', failed: event.failed });
  countFinished(model, worker);
  stopUnwanted(model, worker);
  releaseIfDone(model, worker);
}

/** A task waits for others. Its worker holds nothing meanwhile: what stands behind the task may be what it waits for. */
export function onTaskSuspended(model: Model, workerId: WorkerId, id: TaskId): void {
  const task = taskOf(model, workerId, id);
  if (task?.state !== 'started') return;
  stepTask(model, task, 'suspend');
  recall(model, task.worker as WorkerRecord);
}

/** A task goes on. */
export function onTaskResumed(model: Model, workerId: WorkerId, id: TaskId): void {
  const task = taskOf(model, workerId, id);
  if (task?.state === 'suspended') stepTask(model, task, 'resume');
}

/** A worker met a task after its recall and left it alone. */
export function onTaskSkipped(model: Model, workerId: WorkerId, id: TaskId): void {
  noteNews(model, { worker: workerId, task: id, kind: 'skipped' });
  const task = taskOf(model, workerId, id);
  if (task === undefined) return;
  const worker = task.worker as WorkerRecord;
  switch (task.state) {
    case 'held':
      takeBack(model, task);
      break;
    case 'stopping':
      settleStopped(model, task);
      break;
    default:
      throw new Error(`Task ${id} was skipped, yet it is ${task.state}.`);
  }
  stopUnwanted(model, worker);
  releaseIfDone(model, worker);
}

/** The answer to a recall. */
export function onRecalled(model: Model, workerId: WorkerId, ids: readonly TaskId[]): void {
  model.openRecalls -= 1;
  const worker = model.workers.get(workerId);
  if (worker === undefined) return;
  // The last goes back first: putting it in front of the queue costs nothing.
  for (const id of [...ids].reverse()) {
    const task = taskOf(model, workerId, id);
    if (task !== undefined) takeBack(model, task);
  }
  for (const task of worker.tasks) if (task.wish === 'cancel') task.wish = undefined;
  stopUnwanted(model, worker);
  judgeDoom(model, worker);
  judgeSuspicion(model, worker);
  releaseIfDone(model, worker);
}

/** Stops a task whose abort was asked for before it was known to have begun, once nothing else can be running there. */
function stopUnwanted(model: Model, worker: WorkerRecord): void {
  const [first] = worker.tasks;
  if (model.openRecalls > 0 || first?.wish !== 'abort') return;
  if (first.state === 'held' && first.doubtful) stop(model, first, 'cancel');
}

function takeBack(model: Model, task: TaskRecord): void {
  if (task.wish !== undefined) return settle(model, task, { kind: 'cancelled' });
  requeue(model, task);
}

/** A worker without tasks is idle, or goes if it should. */
export function releaseIfDone(model: Model, worker: WorkerRecord): void {
  if (worker.tasks.length > 0) return;
  if (worker.state !== 'busy' && worker.state !== 'retiring') return;
  const goes = worker.state === 'retiring';
  stepWorker(model, worker, 'drain');
  if (goes) dismiss(model, worker);
}
