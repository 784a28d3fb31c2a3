/**
 * How a task that has begun is brought to an end before its time, and the worker under it.
 *
 * A worker may be past the task that it is to be killed for: the task's end is on its way to the host, and the next task
 * has begun. Killing it then would cost the wrong task. So all that has not begun is recalled first. If nothing stayed
 * behind the unwanted task, nothing else can be lost, and the worker is killed at once. If something stayed, the worker
 * has a moment to prove, by any word about that, that the unwanted task is over.
 *
 * Rules: pure; writes the model and its commands.
 * Guarantees: the unwanted task is settled at once; its worker is killed or past it within `LAST_WORD_MS`.
 */

import type { KillCause } from '../base/exit-reason.js';
import { canRecall, recall, retire } from './assigning.js';
import type { TaskId, WorkerId } from './events.js';
import {
  type Doom,
  type Model,
  settle,
  stepTask,
  stepWorker,
  stopTaskTimers,
  type TaskRecord,
  type WorkerRecord,
} from './model.js';

/** How long a worker that may be past the unwanted task has to say so. */
const LAST_WORD_MS = 100;

/** Ends a task that has begun: its own signal first if it has a grace, then its worker. */
export function stop(model: Model, task: TaskRecord, cause: 'timeout' | 'cancel'): void {
  const worker = task.worker as WorkerRecord;
  task.stopCause = cause;
  stopTaskTimers(model, task);
  stepTask(model, task, 'stop');
  if (task.graceMs === 0) return endWorkerOf(model, task);
  model.out.push({ kind: 'abort', worker: worker.id, task: task.id, cause });
  model.out.push({ kind: 'start-timer', timer: `grace:${task.id}`, delayMs: task.graceMs });
  recall(model, worker);
}

/** Settles a stopping task and ends its worker, unless the worker is past it. */
export function endWorkerOf(model: Model, task: TaskRecord): void {
  const worker = task.worker as WorkerRecord;
  const behind = worker.tasks.slice(worker.tasks.indexOf(task) + 1);
  const cause = task.stopCause ?? 'cancel';
  settleStopped(model, task);
  if (worker.state === 'killing') return;
  doom(worker, { task: task.id, cause, behind, timed: worker.doom?.timed ?? false });
  if (canRecall(worker)) recall(model, worker);
  else judgeDoom(model, worker);
}

/** Of two tasks that a worker is doomed for, the one that was sent last counts: being past it means past both. */
function doom(worker: WorkerRecord, next: Doom): void {
  const { doom: known } = worker;
  if (known === undefined || known.behind.some(({ id }) => id === next.task)) worker.doom = next;
}

/** Settles a task with the end that was decided for it. */
export function settleStopped(model: Model, task: TaskRecord): void {
  settle(model, task, { kind: task.stopCause === 'timeout' ? 'timed-out' : 'cancelled' });
}

/** Kills a doomed worker, or waits for its last word. Called when it is known what the worker has not begun. */
export function judgeDoom(model: Model, worker: WorkerRecord): void {
  const { doom } = worker;
  if (doom === undefined) return;
  if (!doom.behind.some((task) => task.worker === worker)) return killWorker(model, worker, doom.cause);
  if (doom.timed) return;
  doom.timed = true;
  model.out.push({ kind: 'start-timer', timer: `kill:${worker.id}`, delayMs: LAST_WORD_MS });
}

/** Notes that a worker spoke of a task, which may prove that it is past the one that it is doomed for. */
export function noteNews(
  model: Model,
  news: { readonly worker: WorkerId; readonly task: TaskId; readonly kind: 'started' | 'finished' | 'skipped' },
): void {
  const worker = model.workers.get(news.worker);
  if (worker === undefined) return;
  worker.heardAt = model.finishedTasks;
  worker.untouched = undefined;
  const { doom } = worker;
  if (doom === undefined) return;
  const isOver = news.task === doom.task && news.kind !== 'started';
  if (!isOver && !doom.behind.some(({ id }) => id === news.task)) return;
  liftDoom(model, worker);
  if (!isOver || news.kind === 'finished') countFinished(model, worker);
}

/** Forgets that a worker was to be killed. */
export function liftDoom(model: Model, worker: WorkerRecord): void {
  if (worker.doom?.timed) model.out.push({ kind: 'stop-timer', timer: `kill:${worker.id}` });
  worker.doom = undefined;
}

/** Counts a task that a worker is done with; it may have been its last. */
export function countFinished(model: Model, worker: WorkerRecord): void {
  worker.finishedTasks += 1;
  if (worker.finishedTasks === model.options.maxTasksPerWorker && worker.state === 'busy') retire(model, worker);
}

/** Kills one worker that is not being killed yet. */
export function killWorker(model: Model, worker: WorkerRecord, cause: KillCause): void {
  if (worker.state === 'starting') model.out.push({ kind: 'stop-timer', timer: `startup:${worker.id}` });
  if (worker.state === 'leaving') model.out.push({ kind: 'stop-timer', timer: `leave:${worker.id}` });
  liftDoom(model, worker);
  stepWorker(model, worker, 'kill');
  model.out.push({ kind: 'kill', worker: worker.id, cause });
}
