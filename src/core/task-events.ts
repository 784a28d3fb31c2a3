/**
 * What the scheduler does about news of one task.
 *
 * Rules: pure; writes the model and its commands. `pump` follows every step, so nothing here hands out tasks.
 * Guarantees: late news (of a task that the worker no longer has) is dropped in `taskOf`, and nowhere else.
 */

import { dismiss, makeRoomFor, recall, retire } from './assigning.js';
import type { Event, TaskId, TaskTerms, WorkerId } from './events.js';
import {
  addTask,
  type Model,
  requeue,
  settle,
  stepTask,
  stepWorker,
  type TaskRecord,
  type WorkerRecord,
} from './model.js';

/** The task as that worker has it, or `undefined` when the news is late: it was settled or taken back meanwhile. */
function taskOf(model: Model, worker: WorkerId, task: TaskId): TaskRecord | undefined {
  const record = model.tasks.get(task);
  return record?.worker?.id === worker ? record : undefined;
}

/** A task was submitted. */
export function onSubmitted(model: Model, terms: TaskTerms): void {
  if (model.pool !== 'open') throw new Error(`Submitted to a pool that is ${model.pool}.`);
  const task = addTask(model, terms);
  model.queue.push(task);
  makeRoomFor(model, task.priority);
}

/** Somebody wants a task to end: `cancel` only if it has not begun, `abort` in any case. */
export function onUnwanted(model: Model, id: TaskId, wish: 'cancel' | 'abort'): void {
  const task = model.tasks.get(id);
  if (task === undefined) return;
  switch (task.state) {
    case 'waiting':
      return settle(model, task, { kind: 'cancelled' });
    case 'held':
      task.wish = task.wish === 'abort' ? 'abort' : wish;
      return recall(model, task.worker as WorkerRecord);
    case 'started':
      if (wish === 'abort') stop(model, task, 'cancel');
      return;
    case 'stopping':
    case 'settled':
      return;
    default:
      task.state satisfies never;
  }
}

/** A worker began a task. */
export function onTaskStarted(model: Model, workerId: WorkerId, id: TaskId): void {
  const task = taskOf(model, workerId, id);
  if (task === undefined) return;
  stepTask(task, 'start');
  task.attempts += 1;
  (task.worker as WorkerRecord).startedTasks += 1;
  model.out.push({ kind: 'announce-start', task: id, worker: workerId, attempt: task.attempts });
  if (task.timeoutMs !== null) {
    model.out.push({ kind: 'start-timer', timer: `timeout:${id}`, delayMs: task.timeoutMs });
  }
  if (task.wish === 'abort') stop(model, task, 'cancel');
  task.wish = undefined;
}

/** How much one task counts in the moving mean. */
const MEAN_WEIGHT = 0.2;

/** A worker answered. */
export function onTaskFinished(model: Model, event: Event & { kind: 'task-finished' }): void {
  const task = taskOf(model, event.worker, event.task);
  if (task === undefined) return;
  const worker = task.worker as WorkerRecord;
  const mean = model.meanTaskUs ?? event.durationUs;
  model.meanTaskUs = mean + MEAN_WEIGHT * (event.durationUs - mean);
  worker.finishedTasks += 1;
  if (task.stopCause !== undefined) settleStopped(model, task);
  else settle(model, task, { kind: 'finished', failed: event.failed });
  if (worker.finishedTasks === model.options.maxTasksPerWorker && worker.state === 'busy') retire(model, worker);
  releaseIfDone(model, worker);
}

/** A worker met a task after its recall and left it alone. */
export function onTaskSkipped(model: Model, workerId: WorkerId, id: TaskId): void {
  const task = taskOf(model, workerId, id);
  if (task === undefined) return;
  const worker = task.worker as WorkerRecord;
  takeBack(model, task);
  releaseIfDone(model, worker);
}

/** The answer to a recall. */
export function onRecalled(model: Model, workerId: WorkerId, ids: readonly TaskId[]): void {
  const worker = model.workers.get(workerId);
  if (worker === undefined) return;
  // The last goes back first, so that the first stands in front.
  for (const id of [...ids].reverse()) {
    const task = taskOf(model, workerId, id);
    if (task !== undefined) takeBack(model, task);
  }
  // What stayed has begun, as the worker will say: too late to cancel, not too late to abort.
  for (const task of worker.tasks) if (task.wish === 'cancel') task.wish = undefined;
  releaseIfDone(model, worker);
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

/** Ends a task that has begun: its own signal first if it has a grace, then its worker. */
export function stop(model: Model, task: TaskRecord, cause: 'timeout' | 'cancel'): void {
  const worker = task.worker as WorkerRecord;
  task.stopCause = cause;
  if (task.timeoutMs !== null) model.out.push({ kind: 'stop-timer', timer: `timeout:${task.id}` });
  stepTask(task, 'stop');
  if (task.graceMs === 0) return endWorkerOf(model, task);
  model.out.push({ kind: 'abort', worker: worker.id, task: task.id, cause });
  model.out.push({ kind: 'start-timer', timer: `grace:${task.id}`, delayMs: task.graceMs });
}

/** Kills the worker under a stopping task. What it only holds is taken back first, so that nothing else is lost. */
export function endWorkerOf(model: Model, task: TaskRecord): void {
  const worker = task.worker as WorkerRecord;
  const cause = task.stopCause ?? 'cancel';
  settleStopped(model, task);
  if (worker.state === 'killing') return;
  recall(model, worker);
  stepWorker(model, worker, 'kill');
  model.out.push({ kind: 'kill', worker: worker.id, cause });
}

/** Settles a task with the end that was decided for it. */
export function settleStopped(model: Model, task: TaskRecord): void {
  settle(model, task, { kind: task.stopCause === 'timeout' ? 'timed-out' : 'cancelled' });
}
