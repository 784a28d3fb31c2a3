/** A talk with the scheduler: it hears an event, and its answer is a list of short lines. */

import type { ExitReport } from '#src/base/exit-reason.js';
import type { BreakerOptions } from '#src/core/circuit-breaker.js';
import type { Command, Event, TaskTerms } from '#src/core/events.js';
import type { Model, SchedulerOptions } from '#src/core/model.js';
import { Scheduler } from '#src/core/scheduler.js';

/** What a dialogue may set. */
export type DialogueOptions = Partial<SchedulerOptions & { readonly breaker: BreakerOptions }>;

/** A worker that crashed. */
export const CRASH: ExitReport = { reason: { kind: 'signaled', signal: 'SIGKILL' } };
/** A worker that left when asked. */
export const LEFT: ExitReport = { reason: { kind: 'left' } };

/** See the file's header. */
export class Dialogue {
  readonly scheduler: Scheduler;
  #tasks = 0;

  constructor(options: DialogueOptions = {}) {
    this.scheduler = new Scheduler({
      maxWorkers: 1,
      minWorkers: 0,
      idleTimeoutMs: null,
      maxTasksPerWorker: null,
      startupTimeoutMs: 1_000,
      leaveTimeoutMs: 100,
      stallTimeoutMs: 500,
      onWorkerLost: 'fail-task',
      prefetch: { budgetUs: 1_000, maxTasks: 4, maxBytes: 1_000 },
      breaker: { count: 2, withinMs: 1_000, counts: 'never-finished' },
      ...options,
    });
  }

  get model(): Readonly<Model> {
    return this.scheduler.model;
  }

  /** Says an event; answers with the commands as lines. Recalls are left to the test. */
  say(event: Event): string[] {
    return this.scheduler.step(event).map(tell);
  }

  /** Submits the next task. */
  submit(terms: Partial<TaskTerms> = {}): string[] {
    this.#tasks += 1;
    const usual = { priority: 0, bytes: 10, retries: 0, timeoutMs: null, graceMs: 0 };
    return this.say({ kind: 'submitted', task: this.#tasks, ...usual, ...terms });
  }

  ready(worker: number): string[] {
    return this.say({ kind: 'worker-ready', worker });
  }

  started(worker: number, task: number): string[] {
    return this.say({ kind: 'task-started', worker, task });
  }

  finished(worker: number, task: number, durationUs = 100): string[] {
    return this.say({ kind: 'task-finished', worker, task, failed: false, wantsRetry: false, durationUs });
  }

  /** The task failed, and its owner would rather have it tried again. */
  failed(worker: number, task: number): string[] {
    return this.say({ kind: 'task-finished', worker, task, failed: true, wantsRetry: true, durationUs: 100 });
  }

  recalled(worker: number, ...tasks: number[]): string[] {
    return this.say({ kind: 'recalled', worker, tasks });
  }

  exited(worker: number, exit: ExitReport = CRASH): string[] {
    return this.say({ kind: 'worker-exited', worker, exit });
  }

  fired(timer: Extract<Event, { kind: 'timer-fired' }>['timer']): string[] {
    return this.say({ kind: 'timer-fired', timer });
  }

  shutDown(form: { cancelPending?: boolean; killWorkers?: boolean; timeoutMs?: number | null } = {}): string[] {
    const usual = { cancelPending: false, killWorkers: false, timeoutMs: null };
    return this.say({ kind: 'shutdown-requested', ...usual, ...form });
  }

  /** Makes a worker ready that runs task 1 and is known to be quick, so that others are held behind it. */
  warmUp(terms: Partial<TaskTerms> = {}): void {
    this.submit();
    this.ready(1);
    this.started(1, 1);
    this.finished(1, 1);
    this.submit(terms);
    this.started(1, 2);
  }
}

function tell(command: Command): string {
  switch (command.kind) {
    case 'spawn':
      return `spawn ${command.worker}`;
    case 'run':
      return `run ${command.task} on ${command.worker}`;
    case 'recall':
    case 'ask-to-leave':
      return `${command.kind} ${command.worker}`;
    case 'kill':
      return `kill ${command.worker}: ${command.cause}`;
    case 'abort':
      return `abort ${command.task} on ${command.worker}: ${command.cause}`;
    case 'announce-start':
      return `start ${command.task}, attempt ${command.attempt}`;
    case 'announce-requeue':
      return `requeue ${command.task}`;
    case 'settle':
      return `settle ${command.task}: ${command.verdict.kind}`;
    case 'start-timer':
      return `timer ${command.timer} ${command.delayMs}`;
    case 'stop-timer':
      return `stop ${command.timer}`;
    case 'announce-end':
      return 'end';
    default:
      return command satisfies never;
  }
}
