/**
 * What the scheduler does about news of one worker.
 *
 * Rules: pure; writes the model and its commands.
 * Guarantees: a worker that dies costs the task that it had begun and no other; what it only held goes back into the
 * queue, where it stood. Its death is judged once: afterwards the roster does not know it.
 */

import type { ExitReport } from '../base/exit-reason.js';
import { dismiss, retireSpent } from './assigning.js';
import type { Event, WorkerId } from './events.js';
import { type Model, requeue, retry, settle, stepWorker, type TaskRecord, type WorkerRecord } from './model.js';
import { breakPool } from './pool-events.js';
import { hasHealthyWorker } from './seats.js';
import { liftDoom, settleStopped } from './stopping.js';

/** A worker said that it can take tasks. */
export function onWorkerReady(model: Model, { worker: id, room }: Event & { kind: 'worker-ready' }): void {
  const worker = model.workers.get(id);
  // Late: it was given up before it was ready.
  if (worker === undefined || worker.state !== 'starting') return;
  model.out.push({ kind: 'stop-timer', timer: `startup:${id}` });
  worker.room = room;
  stepWorker(model, worker, 'get-ready');
  model.breaker.noteReady();
}

/** A worker should be replaced as soon as it has nothing to do. */
export function onWorkerSpent(model: Model, id: WorkerId): void {
  const worker = model.workers.get(id);
  if (worker?.state === 'busy') retireSpent(model, worker);
  else if (worker?.state === 'idle') {
    dismiss(model, worker);
    model.successorsOwed += 1;
  }
}

/** A worker is gone. Everything that it had said has been heard already. */
export function onWorkerExited(model: Model, id: WorkerId, exit: ExitReport): void {
  const worker = model.workers.get(id);
  if (worker === undefined) return;
  const before = worker.state;
  if (before === 'starting') model.out.push({ kind: 'stop-timer', timer: `startup:${id}` });
  if (before === 'leaving') model.out.push({ kind: 'stop-timer', timer: `leave:${id}` });
  liftDoom(model, worker);
  stepWorker(model, worker, 'exit');
  model.workers.delete(id);
  model.census.gone -= 1;
  // The last goes back first: putting it in front of the queue costs nothing.
  for (const task of [...worker.tasks].reverse()) loseTask(model, task, exit);
  const killCause = before === 'killing' && exit.reason.kind === 'killed' ? exit.reason.cause : undefined;
  const failed = before !== 'leaving' && (before !== 'killing' || killCause === 'startup-timeout');
  if (killCause === 'unresponsive') judgeStall(model, worker, exit);
  else if (failed) judgeDeath(model, worker, { exit, wasReady: before !== 'starting' && before !== 'killing' });
}

/** A worker that stood still cost no task, so it breaks nothing, unless one after the other stands still from the start. */
function judgeStall(model: Model, worker: WorkerRecord, exit: ExitReport): void {
  model.counters.workersLost += 1;
  countDeath(model, worker, { exit, wasReady: true });
}

interface Death {
  readonly exit: ExitReport;
  readonly wasReady: boolean;
}

/** Whether this death is one too many. */
function judgeDeath(model: Model, worker: WorkerRecord, death: Death): void {
  const { exit } = death;
  model.counters.workersLost += 1;
  if (exit.reason.kind === 'start-failed') return breakPool(model, 'start-failed', exit);
  if (model.options.onWorkerLost === 'break-pool') return breakPool(model, 'worker-lost', exit);
  countDeath(model, worker, death);
}

/** Counts a death with the breaker. A pool with a healthy worker goes on with that; see `isStartingPaused`. */
function countDeath(model: Model, worker: WorkerRecord, { exit, wasReady }: Death): void {
  if (!model.breaker.concerns(worker)) return;
  const serial = model.breaker.recordDeath({ wasReady });
  model.lastFailure = exit;
  model.out.push({ kind: 'start-timer', timer: `breaker:${serial}`, delayMs: model.breaker.withinMs });
  if (model.breaker.isTripped && !hasHealthyWorker(model)) breakPool(model, 'restarts', exit);
}

function loseTask(model: Model, task: TaskRecord, exit: ExitReport): void {
  switch (task.state) {
    case 'held':
      if (task.wish === undefined) return requeue(model, task);
      return settle(model, task, { kind: 'cancelled' });
    case 'stopping':
      return settleStopped(model, task);
    case 'started':
    case 'suspended':
      if (task.retriesLeft === 0) {
        return settle(model, task, { kind: 'lost', attempt: task.attempts, exit, earlier: task.losses ?? [] });
      }
      task.losses ??= [];
      task.losses.push(exit);
      return retry(model, task);
    case 'waiting':
    case 'settled':
      throw new Error(`Task ${task.id} is ${task.state}, yet a worker had it.`);
    default:
      task.state satisfies never;
  }
}
