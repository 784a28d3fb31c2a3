/**
 * Carries out what the scheduler decides, and tells it what happened. The only holder of worker handles and timers.
 *
 * News goes to the inbox and is handled one at a time; announcements leave through the outbox once the scheduler has come
 * to rest, so that whatever a callback does (submit, cancel, shut down) meets a consistent pool.
 *
 * Rules: decides nothing. It sees payloads and results as bytes only.
 * Guarantees: an event dispatched from outside has been handled, and its announcements delivered, when `dispatch` returns.
 */

import type { Clock, Timer } from '../base/clock.js';
import type { ExitReport } from '../base/exit-reason.js';
import type { Command, Event, TaskId, TimerName, Verdict, WorkerId } from './events.js';
import { Fifo } from './fifo.js';
import type { Launcher, TaskPayload, WorkerHandle, WorkerMessage, WorkerOutput } from './ports.js';
import type { Scheduler } from './scheduler.js';

/** What a task answered: its value, or what it threw, as bytes. */
export interface Outcome {
  readonly failed: boolean;
  /** How long it took in the worker. */
  readonly durationUs: number;
  readonly bytes: Uint8Array;
}

/** Who gives the driver its payloads and hears its announcements. */
export interface DriverClient {
  payloadOf(task: TaskId): TaskPayload;
  onStart(task: TaskId, worker: WorkerId, attempt: number): void;
  onRequeue(task: TaskId): void;
  onProgress(task: TaskId, bytes: Uint8Array): void;
  /** Not given: dropped. */
  onOutput?(worker: WorkerId, output: WorkerOutput): void;
  /** A task wants something; see `WorkerMessage`. Only from workers that can ask. */
  onAsk?(worker: WorkerId, task: TaskId, bytes: Uint8Array): void;
  /** A worker is gone, and its tasks' fate has been announced. */
  onWorkerGone?(worker: WorkerId, exit: ExitReport): void;
  /** Whether the task should rather be tried again, if it may, than settle with this. May dispatch. */
  wantsRetry(task: TaskId, outcome: Outcome): boolean;
  /** `outcome` is there when the verdict is `finished`. */
  onSettle(task: TaskId, verdict: Verdict, outcome: Outcome | undefined): void;
  /** The pool is over: no worker is left. */
  onEnd(): void;
}

type Announcement =
  | (Command & { kind: 'announce-start' | 'announce-requeue' | 'announce-end' })
  | { readonly kind: 'settle'; readonly task: TaskId; readonly verdict: Verdict; readonly outcome: Outcome | undefined }
  | { readonly kind: 'output'; readonly worker: WorkerId; readonly output: WorkerOutput }
  | { readonly kind: 'progress'; readonly task: TaskId; readonly bytes: Uint8Array }
  | { readonly kind: 'ask'; readonly worker: WorkerId; readonly task: TaskId; readonly bytes: Uint8Array };

/** What a driver is made of. */
export interface DriverOptions {
  readonly scheduler: Pick<Scheduler, 'step'>;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly client: DriverClient;
}

/** Runs one scheduler; see the file's header. */
export class Driver {
  readonly #scheduler: Pick<Scheduler, 'step'>;
  readonly #launcher: Launcher;
  readonly #clock: Clock;
  readonly #client: DriverClient;
  readonly #handles = new Map<WorkerId, WorkerHandle>();
  readonly #timers = new Map<TimerName, Timer>();
  /** Results that came, until their task is settled: at most one for each event in the inbox. */
  readonly #outcomes = new Map<TaskId, Outcome>();
  readonly #inbox: Event[] = [];
  readonly #outbox = new Fifo<Announcement>();
  #activity: 'resting' | 'handling' = 'resting';

  constructor({ scheduler, launcher, clock, client }: DriverOptions) {
    this.#scheduler = scheduler;
    this.#launcher = launcher;
    this.#clock = clock;
    this.#client = client;
  }

  /** Handles an event and all that follows from it. */
  dispatch(event: Event): void {
    this.#inbox.push(event);
    if (this.#activity === 'handling') return;
    this.#activity = 'handling';
    try {
      this.#handleInbox();
    } finally {
      this.#activity = 'resting';
    }
    this.#deliver();
  }

  /** The handle on a worker that is not gone. */
  handleOf(worker: WorkerId): WorkerHandle | undefined {
    return this.#handles.get(worker);
  }

  #handleInbox(): void {
    for (let event = this.#inbox.shift(); event !== undefined; event = this.#inbox.shift()) {
      for (const command of this.#scheduler.step(event)) this.#carryOut(command);
      if (event.kind === 'task-finished') this.#outcomes.delete(event.task);
    }
  }

  #carryOut(command: Command): void {
    switch (command.kind) {
      case 'run':
        this.#handles.get(command.worker)?.send({
          kind: 'run',
          task: command.task,
          attempt: command.attempt,
          payload: this.#client.payloadOf(command.task),
        });
        return;
      case 'settle': {
        const { task, verdict } = command;
        const outcome = verdict.kind === 'finished' ? this.#outcomes.get(task) : undefined;
        this.#outbox.push({ kind: 'settle', task, verdict, outcome });
        return;
      }
      case 'announce-start':
      case 'announce-requeue':
      case 'announce-end':
        this.#outbox.push(command);
        return;
      case 'spawn':
        this.#spawn(command.worker);
        return;
      case 'recall': {
        const tasks = this.#handles.get(command.worker)?.recall() ?? [];
        this.#inbox.unshift({ kind: 'recalled', worker: command.worker, tasks });
        return;
      }
      case 'abort':
        this.#handles.get(command.worker)?.send({ kind: 'abort', task: command.task, cause: command.cause });
        return;
      case 'ask-to-leave':
        this.#handles.get(command.worker)?.send({ kind: 'leave' });
        return;
      case 'kill':
        this.#handles.get(command.worker)?.kill(command.cause);
        return;
      case 'start-timer':
        this.#startTimer(command.timer, command.delayMs);
        return;
      case 'stop-timer':
        this.#timers.get(command.timer)?.stop();
        this.#timers.delete(command.timer);
        return;
      default:
        command satisfies never;
    }
  }

  #spawn(worker: WorkerId): void {
    const handle = this.#launcher.launch({
      onMessage: (message) => this.#onMessage(worker, message),
      onExit: (exit) => {
        this.#handles.delete(worker);
        this.dispatch({ kind: 'worker-exited', worker, exit });
        this.#client.onWorkerGone?.(worker, exit);
      },
    });
    this.#handles.set(worker, handle);
  }

  #startTimer(timer: TimerName, delayMs: number): void {
    this.#timers.get(timer)?.stop();
    this.#timers.set(
      timer,
      this.#clock.startTimer(delayMs, () => {
        this.#timers.delete(timer);
        this.dispatch({ kind: 'timer-fired', timer });
      }),
    );
  }

  #onMessage(worker: WorkerId, message: WorkerMessage): void {
    switch (message.kind) {
      case 'started':
        return this.dispatch({ kind: 'task-started', worker, task: message.task });
      case 'finished': {
        const { task, failed, durationUs, bytes } = message;
        const outcome = { failed, durationUs, bytes };
        const wantsRetry = this.#client.wantsRetry(task, outcome);
        this.#outcomes.set(task, outcome);
        return this.dispatch({ kind: 'task-finished', worker, task, failed, wantsRetry, durationUs });
      }
      case 'ready':
        return this.dispatch({ kind: 'worker-ready', worker, room: this.#handles.get(worker)?.room });
      case 'skipped':
        return this.dispatch({ kind: 'task-skipped', worker, task: message.task });
      case 'spent':
        return this.dispatch({ kind: 'worker-spent', worker });
      case 'suspended':
      case 'resumed':
        return this.dispatch({ kind: `task-${message.kind}`, worker, task: message.task });
      case 'ask':
        this.#outbox.push({ kind: 'ask', worker, task: message.task, bytes: message.bytes });
        if (this.#activity === 'resting') this.#deliver();
        return;
      case 'progress':
        this.#outbox.push({ kind: 'progress', task: message.task, bytes: message.bytes });
        if (this.#activity === 'resting') this.#deliver();
        return;
      case 'output':
        this.#outbox.push({ kind: 'output', worker, output: message });
        if (this.#activity === 'resting') this.#deliver();
        return;
      default:
        message satisfies never;
    }
  }

  /** A callback that dispatches delivers what stands in the outbox before its own news: the order stays. */
  #deliver(): void {
    for (let item = this.#outbox.shift(); item !== undefined; item = this.#outbox.shift()) this.#announce(item);
  }

  #announce(item: Announcement): void {
    switch (item.kind) {
      case 'settle':
        return this.#client.onSettle(item.task, item.verdict, item.outcome);
      case 'announce-start':
        return this.#client.onStart(item.task, item.worker, item.attempt);
      case 'announce-requeue':
        return this.#client.onRequeue(item.task);
      case 'progress':
        return this.#client.onProgress(item.task, item.bytes);
      case 'output':
        return this.#client.onOutput?.(item.worker, item.output);
      case 'ask':
        return this.#client.onAsk?.(item.worker, item.task, item.bytes);
      case 'announce-end':
        return this.#client.onEnd();
      default:
        item satisfies never;
    }
  }
}
