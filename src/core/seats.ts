/**
 * How many workers there may be, and how many of them may run a task now.
 *
 * A worker has a seat. A spent one, which finishes its last task, lends its seat to its successor, which takes no task
 * before. One whose task is suspended lends its seat to a worker that stands in for it, so that what it waits for can run
 * even when all workers wait. When the task goes on there is one worker too many: it gets no task while `maxWorkers` run,
 * and leaves when it has been idle for a moment.
 *
 * Rules: pure; reads the model only.
 * Guarantees: no task is handed to a worker while `maxWorkers` others are running one, those that are on their way out
 * included. As deeper tasks go first within a priority, there are about `maxWorkers` suspended ones of each level at most.
 */

import { countStaff, type Model } from './model.js';

/** Whether an idle worker may take a task. */
export function mayRunMore(model: Model): boolean {
  const { spentRunning, suspended, hasSuspended, options } = model;
  if (spentRunning === 0 && (!hasSuspended || (suspended === 0 && countStaff(model) <= options.maxWorkers)))
    return true;
  return countRunning(model) < options.maxWorkers;
}

/** How many workers have a task that does not wait for others. */
function countRunning({ census, suspended }: Model): number {
  return census.busy + census.retiring + census.killing - suspended;
}

/**
 * How many workers have lent their seat: of those that are there for good (`'staff'`), of those that are of use
 * (`'healthy'`), or of all, for whatever reason.
 */
export function countLent(
  model: Pick<Model, 'suspended' | 'spentRunning' | 'workers'>,
  of: 'staff' | 'healthy' | 'all',
) {
  if (model.suspended === 0) return of === 'all' ? model.spentRunning : 0;
  let count = 0;
  for (const { state, tasks, isSpent } of model.workers.values()) {
    const isSuspended = tasks[0]?.state === 'suspended';
    if (of === 'all') count += isSuspended || isSpent ? 1 : 0;
    else if (isSuspended && (state === 'busy' || (of === 'healthy' && state === 'retiring'))) count += 1;
  }
  return count;
}

/**
 * How many workers may be started. One that finishes a last task or is being killed still has its seat, or more tasks
 * than `maxWorkers` could run at once. One that leaves has nothing to do; but those that leave slowly must not pile up.
 *
 * While too many have failed lately, those that are there must do.
 */
export function countFreeSeats(model: Model): number {
  if (isStartingPaused(model)) return 0;
  const { maxWorkers } = model.options;
  const alive = model.workers.size;
  const seated = alive - model.census.leaving - countLent(model, 'all');
  return Math.min(maxWorkers - seated, 2 * maxWorkers + model.suspended - alive);
}

/** How many tasks more could begin at once, or as soon as their worker has started. */
export function countOpenPlaces(model: Model): number {
  const { census, idle, spentRunning, suspended, options } = model;
  const places = idle.length + census.starting + Math.max(0, countFreeSeats(model)) - spentRunning;
  const isPlain = !model.hasSuspended || (suspended === 0 && countStaff(model) <= options.maxWorkers);
  return isPlain ? places : Math.min(places, options.maxWorkers - countRunning(model));
}

/** Whether some worker has got ready and is of use: enough to go on with. One that waits for others gets nothing done. */
export function hasHealthyWorker(model: Pick<Model, 'census' | 'suspended' | 'spentRunning' | 'workers'>): boolean {
  const { idle, busy, retiring } = model.census;
  return idle + busy + retiring > countLent(model, 'healthy');
}

/** Whether no more workers are started for now. Without a healthy one there is nothing to wait for. */
export function isStartingPaused(model: Pick<Model, 'breaker' | 'census' | 'suspended' | 'spentRunning' | 'workers'>) {
  return model.breaker.isOverLimit && hasHealthyWorker(model);
}
