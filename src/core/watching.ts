/**
 * Finds workers that stand still: stopped by a signal, or kept busy by what an earlier task left behind. Such a worker
 * takes what it is given and never begins it, so no time limit of a task ever begins to run.
 *
 * A worker is suspected when the watch finds it twice in a row with the same first task, not begun, and no word in
 * between. Then everything is recalled, which is exact: if all comes back, it has begun nothing and is killed; if the
 * first task stays, the worker has begun that (a quick task may say so only with its answer), and is left alone.
 *
 * Rules: pure; writes the model and its commands. One timer for the pool, nothing for a task.
 * Guarantees: a worker is killed here only when it has no task, so it costs none.
 */

import { recall, startWatch } from './assigning.js';
import type { TaskId } from './events.js';
import type { Model, WorkerRecord } from './model.js';
import { killWorker } from './stopping.js';

/** Looks after all busy workers, and again later while there are any. */
export function watchWorkers(model: Model): void {
  model.isWatching = false;
  for (const worker of model.workers.values()) {
    const untouched = findUntouched(worker);
    if (untouched !== undefined && untouched === worker.untouched) suspect(model, worker);
    worker.untouched = untouched;
  }
  if (model.census.busy > 0) startWatch(model);
}

/** The task that a worker could have begun and, for all that is known, has not. */
function findUntouched({ state, tasks }: WorkerRecord): TaskId | undefined {
  const [first] = tasks;
  return state === 'busy' && first?.state === 'held' && !first.doubtful ? first.id : undefined;
}

function suspect(model: Model, worker: WorkerRecord): void {
  worker.isSuspected = true;
  recall(model, worker);
}

/** Kills a suspected worker that gave everything back. Called when a recall has been answered. */
export function judgeSuspicion(model: Model, worker: WorkerRecord): void {
  if (!worker.isSuspected) return;
  worker.isSuspected = false;
  if (worker.tasks.length === 0 && worker.state === 'busy') killWorker(model, worker, 'unresponsive');
}
