/**
 * What storms must have met. A simulation that never sees a late result proves nothing about late results, so a run
 * counts how often each of these happened, and fails when one never did.
 */

import type { Command, Event, TaskId } from '#src/core/events.js';
import type { Model } from '#src/core/model.js';
import { isStartingPaused } from '#src/core/seats.js';
import type { TaskState, WorkerState } from '#src/core/states.js';
import { FAULTS, type Fault } from './world.js';

const HAPPENINGS = [
  'verdict: done',
  'verdict: failed',
  'verdict: lost',
  'verdict: cancelled',
  'verdict: timed-out',
  'verdict: shut-down',
  'verdict: broken',
  'task: retried after its worker died',
  'task: retried after it failed',
  'task: done after a retry',
  'task: held by a worker that died, queued again',
  'task: held behind another one',
  'task: skipped after its recall',
  'task: progress reported',
  'task: suspended',
  'task: suspended, and its worker died',
  'worker: stood in for a suspended task',
  'worker: left because it was one too many',
  'task: progress reported after it was settled',
  'cancel: while it waited',
  'cancel: while it was held',
  'cancel: too late, it had begun',
  'abort: while it waited',
  'abort: while it was held',
  'abort: while it ran, worker killed',
  'abort: held, yet nobody knew whether it had begun',
  'abort: ended within its grace',
  'abort: killed after its grace',
  'timeout: ended within its grace',
  'timeout: killed after its grace',
  'timeout: worker killed at once',
  'doom: worker was past its task, and lives',
  'doom: no last word, worker killed',
  'recall: brought back nothing',
  'recall: brought back some',
  'late: finish dropped',
  'late: start dropped',
  'late: ready dropped',
  'worker: reused',
  'worker: not ready in time',
  'worker: did not leave in time',
  'worker: left because it was idle',
  'worker: replaced after maxTasksPerWorker',
  'worker: ready before the spent one was done',
  'worker: stood still, killed',
  'task: done after its worker stood still',
  'worker: suspected, yet it had begun',
  'worker: died idle',
  'worker: died leaving',
  'worker: died while it was killed',
  'pool: breaker tripped',
  'pool: breaker tripped when the last healthy worker went',
  'pool: starting was paused',
  'pool: broken by a lost worker',
  'pool: broken by an initializer',
  'pool: resized up',
  'pool: resized down under load',
  'shutdown: everything finished',
  'shutdown: pending cancelled',
  'shutdown: workers killed',
  'shutdown: out of time',
  'shutdown: of a broken pool, workers killed',
  'shutdown: asked again',
  'user: submitted from a callback',
  'user: cancelled from a callback',
  'user: shut down from a callback',
] as const;

/** Something that a storm can meet. */
export type OutcomeName = (typeof HAPPENINGS)[number] | `fault: ${Fault}`;

/** All that a run must have met. */
export const OUTCOMES: readonly OutcomeName[] = [...HAPPENINGS, ...FAULTS.map((fault) => `fault: ${fault}` as const)];

/** How often each was met. */
export class OutcomeCounts {
  readonly #counts = new Map<OutcomeName, number>(OUTCOMES.map((name) => [name, 0]));

  note(name: OutcomeName): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Name and count, in the order of the list. */
  entries(): [OutcomeName, number][] {
    return [...this.#counts];
  }

  /** Those that never happened. */
  missing(): OutcomeName[] {
    return this.entries().flatMap(([name, count]) => (count === 0 ? [name] : []));
  }
}

/** How things stood before a step. */
export interface Before {
  readonly task: TaskState | undefined;
  readonly worker: WorkerState | undefined;
  readonly pool: Model['pool'];
  readonly staff: number;
  readonly maxWorkers: number;
  readonly isDoomed: boolean;
  readonly hadSuspended: boolean;
  readonly isSuspected: boolean;
  /** How many workers were idle or at work. */
  readonly healthy: number;
  /** Tasks that the worker held and had not begun. */
  readonly held: readonly TaskId[];
}

/** Remembers what a step is about to change. */
export function lookBefore(model: Readonly<Model>, event: Event): Before {
  const task = 'task' in event ? model.tasks.get(event.task) : undefined;
  const isElsewhere = 'worker' in event && task?.worker?.id !== event.worker;
  const worker = 'worker' in event ? model.workers.get(event.worker) : undefined;
  return {
    task: isElsewhere ? undefined : task?.state,
    worker: worker?.state,
    pool: model.pool,
    maxWorkers: model.options.maxWorkers,
    staff: model.census.busy + model.census.idle + model.census.starting,
    isDoomed: worker?.doom !== undefined,
    hadSuspended: worker?.tasks[0]?.state === 'suspended',
    isSuspected: worker?.isSuspected ?? false,
    healthy: countHealthy(model),
    held: worker?.tasks.flatMap(({ id, state }) => (state === 'held' ? [id] : [])) ?? [],
  };
}

/** How many workers are idle or at work. */
export function countHealthy({ census, workers }: Readonly<Model>): number {
  let waiting = 0;
  for (const { state, tasks } of workers.values()) {
    if (tasks[0]?.state === 'suspended' && state !== 'killing') waiting += 1;
  }
  return census.idle + census.busy + census.retiring - waiting;
}

/** Counts what one step met. */
export function noteStep(
  counts: OutcomeCounts,
  { before, event, commands, model }: { before: Before; event: Event; commands: Command[]; model: Readonly<Model> },
): void {
  for (const name of outcomesOf(event, before, model)) counts.note(name);
  const isNews = event.kind === 'task-started' || event.kind === 'task-finished' || event.kind === 'task-skipped';
  if (isNews && before.isDoomed && model.workers.get(event.worker)?.doom === undefined) {
    counts.note('doom: worker was past its task, and lives');
  }
  for (const command of commands) {
    for (const name of outcomesOfCommand(command, event, before)) counts.note(name);
    if (command.kind === 'run') noteRun(counts, command, model);
    if (command.kind === 'spawn' && before.staff >= before.maxWorkers && model.suspended > 0) {
      counts.note('worker: stood in for a suspended task');
    }
  }
  if (model.queue.size > 0 && isStartingPaused(model) && model.workers.size < model.options.maxWorkers) {
    counts.note('pool: starting was paused');
  }
  if (before.pool !== 'broken' && model.pool === 'broken') {
    const wasLast = model.broken?.cause === 'restarts' && before.healthy > 0;
    if (wasLast) counts.note('pool: breaker tripped when the last healthy worker went');
    const names = {
      restarts: 'pool: breaker tripped',
      'worker-lost': 'pool: broken by a lost worker',
      'start-failed': 'pool: broken by an initializer',
    } as const;
    if (model.broken !== undefined) counts.note(names[model.broken.cause]);
  }
}

function noteRun(counts: OutcomeCounts, run: Command & { kind: 'run' }, model: Readonly<Model>): void {
  const worker = model.workers.get(run.worker);
  if (worker === undefined) return;
  if (worker.tasks[0]?.id !== run.task) counts.note('task: held behind another one');
  else if (worker.finishedTasks > 0) counts.note('worker: reused');
}

function* outcomesOf(event: Event, before: Before, model: Readonly<Model>): Generator<OutcomeName> {
  switch (event.kind) {
    case 'cancel-requested':
      if (before.task === 'waiting') yield 'cancel: while it waited';
      if (before.task === 'started') yield 'cancel: too late, it had begun';
      return;
    case 'abort-requested':
      if (before.task === 'waiting') yield 'abort: while it waited';
      if (before.task === 'held' && model.tasks.get(event.task)?.state === 'stopping') {
        yield 'abort: held, yet nobody knew whether it had begun';
      }
      return;
    case 'worker-ready':
      if (before.worker !== 'starting') yield 'late: ready dropped';
      else if (model.spentRunning > 0) yield 'worker: ready before the spent one was done';
      return;
    case 'task-started':
      if (before.task === undefined) yield 'late: start dropped';
      return;
    case 'task-finished':
      if (before.task === undefined) yield 'late: finish dropped';
      if (model.workers.get(event.worker)?.finishedTasks === model.options.maxTasksPerWorker) {
        yield 'worker: replaced after maxTasksPerWorker';
      }
      return;
    case 'task-skipped':
      yield 'task: skipped after its recall';
      return;
    case 'recalled':
      if (before.isSuspected && model.workers.get(event.worker)?.state === 'busy') {
        yield 'worker: suspected, yet it had begun';
      }
      yield event.tasks.length === 0 ? 'recall: brought back nothing' : 'recall: brought back some';
      return;
    case 'worker-exited':
      if (before.worker === 'idle') yield 'worker: died idle';
      if (before.hadSuspended) yield 'task: suspended, and its worker died';
      if (before.worker === 'leaving' && event.exit.reason.kind !== 'left') yield 'worker: died leaving';
      if (before.worker === 'killing') yield 'worker: died while it was killed';
      if (before.held.some((task) => model.tasks.has(task))) yield 'task: held by a worker that died, queued again';
      return;
    case 'timer-fired':
      if (event.timer.startsWith('shutdown:')) yield 'shutdown: out of time';
      return;
    case 'resized':
      if (model.options.maxWorkers < before.staff) yield 'pool: resized down under load';
      if (model.options.maxWorkers > before.staff) yield 'pool: resized up';
      return;
    case 'shutdown-requested':
      yield* outcomesOfShutdown(event, before);
      return;
    default:
      return;
  }
}

function* outcomesOfShutdown(event: Event & { kind: 'shutdown-requested' }, before: Before): Generator<OutcomeName> {
  if (before.pool === 'draining') yield 'shutdown: asked again';
  if (event.killWorkers && before.pool === 'broken') yield 'shutdown: of a broken pool, workers killed';
  else if (event.killWorkers) yield 'shutdown: workers killed';
  else if (event.cancelPending) yield 'shutdown: pending cancelled';
  else yield 'shutdown: everything finished';
}

function* outcomesOfCommand(command: Command, event: Event, before: Before): Generator<OutcomeName> {
  const timer = event.kind === 'timer-fired' ? event.timer.split(':')[0] : undefined;
  switch (command.kind) {
    case 'announce-requeue':
      yield event.kind === 'task-finished' ? 'task: retried after it failed' : 'task: retried after its worker died';
      return;
    case 'ask-to-leave':
      if (timer === 'idle') yield 'worker: left because it was idle';
      if (timer === 'idle' && before.staff > before.maxWorkers) yield 'worker: left because it was one too many';
      return;
    case 'kill':
      if (command.cause === 'startup-timeout') yield 'worker: not ready in time';
      if (command.cause === 'unresponsive') yield 'worker: stood still, killed';
      if (command.cause === 'leave-timeout') yield 'worker: did not leave in time';
      if (timer === 'kill') yield 'doom: no last word, worker killed';
      if (event.kind === 'abort-requested' && before.task === 'started') yield 'abort: while it ran, worker killed';
      if (timer === 'timeout') yield 'timeout: worker killed at once';
      return;
    case 'settle': {
      const { verdict } = command;
      if (verdict.kind !== 'finished') yield `verdict: ${verdict.kind}`;
      else yield verdict.failed ? 'verdict: failed' : 'verdict: done';
      const isTimeout = verdict.kind === 'timed-out';
      if (timer === 'grace') yield isTimeout ? 'timeout: killed after its grace' : 'abort: killed after its grace';
      if (event.kind === 'task-finished' && before.task === 'stopping') {
        yield isTimeout ? 'timeout: ended within its grace' : 'abort: ended within its grace';
      }
      return;
    }
    default:
      return;
  }
}
