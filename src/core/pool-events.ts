/**
 * What the scheduler does about the pool as a whole: shutting down, breaking, resizing, timers.
 *
 * Rules: pure; writes the model and its commands.
 * Guarantees: a pool that is shut down or broken ends when its last worker is gone, and says so once.
 */

import type { ExitReport, KillCause } from '../base/exit-reason.js';
import { dismiss, recall, retire, shrink } from './assigning.js';
import type { BreakCause, Event, TimerName, Verdict } from './events.js';
import {
  countStaff,
  type Model,
  SURPLUS_IDLE_MS,
  settle,
  startIdleTimer,
  stepPool,
  type WorkerRecord,
} from './model.js';
import { hasHealthyWorker } from './seats.js';
import { endWorkerOf, killWorker, stop } from './stopping.js';
import { watchWorkers } from './watching.js';

/** `shutdown()`, in all its forms. A later call can only be stricter. */
export function onShutdownRequested(model: Model, event: Event & { kind: 'shutdown-requested' }): void {
  if (model.ended || model.pool === 'killing') return;
  if (model.pool === 'open') stepPool(model, 'drain');
  if (event.killWorkers) return killPool(model);
  if (event.timeoutMs !== null) {
    // A timer for each call: without a clock nobody can tell which of two ends first.
    model.timedShutdowns += 1;
    model.out.push({ kind: 'start-timer', timer: `shutdown:${model.timedShutdowns}`, delayMs: event.timeoutMs });
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

/** Ends everything at once: every unfinished task fails, every worker is killed. What broke stays broken. */
function killPool(model: Model): void {
  if (model.pool === 'draining') stepPool(model, 'kill');
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

/** Breaks a pool whose last healthy worker went after too many others had failed: tasks wait, and nobody will come. */
export function breakIfHopeless(model: Model): void {
  if (model.lastFailure === undefined || !model.breaker.isTripped || hasHealthyWorker(model)) return;
  if (model.queue.size > 0 && model.census.starting === 0) breakPool(model, 'restarts', model.lastFailure);
}

/** `resize()`. */
export function onResized(model: Model, maxWorkers: number): void {
  model.options.maxWorkers = maxWorkers;
  shrink(model);
}

/** Nobody holds the executor any more. Those that have something to do may get more, from a task. */
export function onLetGo(model: Model): void {
  const { options } = model;
  options.minWorkers = 0;
  options.idleTimeoutMs = Math.min(options.idleTimeoutMs ?? SURPLUS_IDLE_MS, SURPLUS_IDLE_MS);
  for (const worker of [...model.idle]) dismiss(model, worker);
}

/** A timer that the scheduler had started is over. */
export function onTimerFired(model: Model, timer: TimerName): void {
  const [purpose, id] = timer.split(':') as [string, string];
  if (purpose === 'shutdown') {
    if (model.pool === 'draining' || model.pool === 'broken') killPool(model);
    return;
  }
  if (purpose === 'watch') return watchWorkers(model);
  if (purpose === 'breaker') return model.breaker.forgetDeath();
  if (purpose === 'timeout' || purpose === 'grace') return onTaskTimer(model, purpose, Number(id));
  const worker = model.workers.get(Number(id));
  if (worker !== undefined) onWorkerTimer(model, worker, purpose as WorkerTimer);
}

type WorkerTimer = 'startup' | 'leave' | 'idle' | 'kill';

function onTaskTimer(model: Model, purpose: 'timeout' | 'grace', id: number): void {
  const task = model.tasks.get(id);
  if (purpose === 'timeout' && (task?.state === 'started' || task?.state === 'suspended')) stop(model, task, 'timeout');
  if (purpose === 'grace' && task?.state === 'stopping') endWorkerOf(model, task);
}

function onWorkerTimer(model: Model, worker: WorkerRecord, purpose: WorkerTimer): void {
  switch (purpose) {
    case 'startup':
      if (worker.state === 'starting') killWorker(model, worker, 'startup-timeout');
      return;
    case 'leave':
      if (worker.state === 'leaving') killWorker(model, worker, 'leave-timeout');
      return;
    case 'idle':
      if (worker.state === 'idle') judgeIdle(model, worker);
      return;
    case 'kill':
      if (worker.doom !== undefined) killWorker(model, worker, worker.doom.cause);
      return;
    default:
      purpose satisfies never;
  }
}

/** Lets a worker go that was idle for long enough, unless it is one of those that stay. */
function judgeIdle(model: Model, worker: WorkerRecord): void {
  const length = worker.idleTimer;
  const staff = countStaff(model);
  // Work is to come for one that waits for its seat.
  if (model.queue.size > 0) {
    if (model.hasSuspended) startIdleTimer(model, worker, 'short');
    return;
  }
  if (staff > model.options.maxWorkers || (length === 'usual' && staff > model.options.minWorkers)) {
    return dismiss(model, worker);
  }
  if (length === 'short') startIdleTimer(model, worker, 'usual');
}

/** Sees to it that idle workers which are too many, as suspended tasks went on or the pool became smaller, leave soon. */
export function timeSurplus(model: Model): void {
  if (!model.hasSuspended || countStaff(model) <= model.options.maxWorkers) return;
  for (const worker of model.idle) if (worker.idleTimer === 'none') startIdleTimer(model, worker, 'short');
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
  stopPoolTimers(model);
  model.ended = true;
  model.out.push({ kind: 'announce-end' });
}

function stopPoolTimers(model: Model): void {
  for (let call = 1; call <= model.timedShutdowns; call += 1) {
    model.out.push({ kind: 'stop-timer', timer: `shutdown:${call}` });
  }
  if (model.isWatching) model.out.push({ kind: 'stop-timer', timer: 'watch' });
  for (const serial of model.breaker.remembered()) model.out.push({ kind: 'stop-timer', timer: `breaker:${serial}` });
}
