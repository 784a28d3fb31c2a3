/**
 * What the scheduler does about the pool as a whole: shutting down, breaking, resizing, timers.
 *
 * Rules: pure; writes the model and its commands.
 * Guarantees: a pool that is shut down or broken ends when its last worker is gone, and says so once.
 */

import type { ExitReport, KillCause } from '../base/exit-reason.js';
import { countStaff, dismiss, recall, retire, shrink } from './assigning.js';
import type { BreakCause, Event, TimerName, Verdict } from './events.js';
import { type Model, settle, stepPool, stepWorker, type WorkerRecord } from './model.js';
import { endWorkerOf, stop } from './task-events.js';

/** `shutdown()`, in all its forms. A later call can only be stricter. */
export function onShutdownRequested(model: Model, event: Event & { kind: 'shutdown-requested' }): void {
  if (model.pool === 'open') stepPool(model, 'drain');
  if (model.pool !== 'draining') return;
  if (event.killWorkers) return killPool(model);
  if (event.timeoutMs !== null) {
    model.out.push({ kind: 'start-timer', timer: 'shutdown', delayMs: event.timeoutMs });
  }
  if (event.cancelPending) cancelPending(model);
}

function cancelPending(model: Model): void {
  for (const task of [...model.tasks.values()]) {
    if (task.state === 'waiting') settle(model, task, { kind: 'cancelled' });
    if (task.state === 'held') task.wish ??= 'cancel';
  }
  for (const worker of model.workers.values()) recall(model, worker);
}

/** Ends everything at once: every unfinished task fails, every worker is killed. */
function killPool(model: Model): void {
  stepPool(model, 'kill');
  settleAll(model, { kind: 'shut-down' });
  killWorkers(model, 'shutdown');
}

function settleAll(model: Model, verdict: Verdict): void {
  for (const task of [...model.tasks.values()]) settle(model, task, verdict);
}

function killWorkers(model: Model, cause: KillCause): void {
  for (const worker of model.workers.values()) {
    if (worker.state !== 'killing') killWorker(model, worker, cause);
  }
}

/** Kills one worker that is not being killed yet. */
export function killWorker(model: Model, worker: WorkerRecord, cause: KillCause): void {
  if (worker.state === 'starting') model.out.push({ kind: 'stop-timer', timer: `startup:${worker.id}` });
  if (worker.state === 'leaving') model.out.push({ kind: 'stop-timer', timer: `leave:${worker.id}` });
  stepWorker(model, worker, 'kill');
  model.out.push({ kind: 'kill', worker: worker.id, cause });
}

/**
 * Makes the pool unusable. Tasks that are running on healthy workers may finish, unless the loss of a worker is to break
 * everything (`onWorkerLost: 'break-pool'`, the meaning of loky and CPython).
 */
export function breakPool(model: Model, cause: BreakCause, exit: ExitReport): void {
  if (model.pool !== 'open' && model.pool !== 'draining') return;
  stepPool(model, 'break');
  model.broken = { cause, exit };
  if (cause === 'worker-lost') {
    settleAll(model, { kind: 'broken', cause, exit });
    return killWorkers(model, 'broken');
  }
  for (const worker of [...model.workers.values()]) endAfterCurrentTask(model, worker);
  settleLeftovers(model);
}

function endAfterCurrentTask(model: Model, worker: WorkerRecord): void {
  switch (worker.state) {
    case 'starting':
      return killWorker(model, worker, 'broken');
    case 'idle':
      return dismiss(model, worker);
    case 'busy':
      return retire(model, worker);
    case 'retiring':
    case 'leaving':
    case 'killing':
    case 'gone':
      return;
    default:
      worker.state satisfies never;
  }
}

/** `resize()`. */
export function onResized(model: Model, maxWorkers: number): void {
  model.options.maxWorkers = maxWorkers;
  shrink(model);
}

/** A timer that the scheduler had started is over. */
export function onTimerFired(model: Model, timer: TimerName): void {
  if (timer === 'shutdown') {
    if (model.pool === 'draining') killPool(model);
    return;
  }
  const [purpose, id] = timer.split(':') as [string, string];
  if (purpose === 'breaker') return model.breaker.forgetDeath();
  if (purpose === 'timeout' || purpose === 'grace') return onTaskTimer(model, purpose, Number(id));
  const worker = model.workers.get(Number(id));
  if (worker !== undefined) onWorkerTimer(model, worker, purpose as 'startup' | 'leave' | 'idle');
}

function onTaskTimer(model: Model, purpose: 'timeout' | 'grace', id: number): void {
  const task = model.tasks.get(id);
  if (purpose === 'timeout' && task?.state === 'started') stop(model, task, 'timeout');
  if (purpose === 'grace' && task?.state === 'stopping') endWorkerOf(model, task);
}

function onWorkerTimer(model: Model, worker: WorkerRecord, purpose: 'startup' | 'leave' | 'idle'): void {
  switch (purpose) {
    case 'startup':
      if (worker.state === 'starting') killWorker(model, worker, 'startup-timeout');
      return;
    case 'leave':
      if (worker.state === 'leaving') killWorker(model, worker, 'leave-timeout');
      return;
    case 'idle':
      if (worker.state === 'idle' && countStaff(model) > model.options.minWorkers) dismiss(model, worker);
      return;
    default:
      purpose satisfies never;
  }
}

/** What still waits in a broken pool, or was given back to it, has no future: it fails with the pool. */
export function settleLeftovers(model: Model): void {
  if (model.pool !== 'broken' || model.broken === undefined) return;
  const verdict: Verdict = { kind: 'broken', ...model.broken };
  for (const task of [...model.tasks.values()]) if (task.state === 'waiting') settle(model, task, verdict);
}

/** Sends the workers home once a pool that is going down has no tasks, and tells of the end when the last is gone. */
export function endIfDone(model: Model): void {
  if (model.pool === 'open' || model.ended) return;
  if (model.tasks.size > 0) return;
  for (const worker of [...model.workers.values()]) {
    if (worker.state === 'idle') dismiss(model, worker);
    else if (worker.state === 'starting') killWorker(model, worker, 'shutdown');
  }
  if (model.workers.size > 0) return;
  if (model.pool !== 'broken') stepPool(model, 'close');
  model.ended = true;
  model.out.push({ kind: 'announce-end' });
}
