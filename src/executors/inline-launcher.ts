/**
 * A "worker" in the calling thread: the same loop as in a process, with messages handed over in memory.
 *
 * What it cannot do, because nothing can: stop a task that runs (a killed one is given up, its answer dropped), and survive
 * a task that ends the program.
 *
 * Rules: only the loop runs user code; this file hands over.
 * Guarantees: the port's contract. Tasks run in turns of the event loop of their own, never inside `submit`.
 */

import { AsyncResource } from 'node:async_hooks';
import { wallClock } from '../base/clock.js';
import type { ExitReason, KillCause } from '../base/exit-reason.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage, Launcher, WorkerHandle, WorkerListener, WorkerMessage } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import { SentUnits } from '../transport/sent-units.js';
import { findTasksBy, type RunningTask } from '../worker/current-task.js';
import { hasHost } from '../worker/host-calls.js';
import { type LoopLink, WorkerLoop } from '../worker/loop.js';
import { followTasks, taskOfThisCode } from '../worker/task-context.js';

const { setImmediate } = globalThis;

/** What an inline launcher is made of. */
export interface InlineLauncherOptions {
  /** Reads arguments and writes results, as a worker's codec does. */
  readonly codec: Codec;
  readonly depth: number;
  /** Run once before the first task; its failure is the worker's failure to start, as bytes. */
  initialize(): Promise<Uint8Array | undefined>;
  /** A task that runs is given up: its answer is dropped. */
  onGivenUp?(task: RunningTask): void;
}

/** Those that run a task. */
const busy = new Set<InlineWorker>();

/** The task of such a worker that this code belongs to, and what the worker came from. */
export function inlineTaskHere(): { readonly task: RunningTask; readonly launcher: Launcher } | undefined {
  if (busy.size === 0) return undefined;
  const task = taskOfThisCode();
  if (task === undefined) return undefined;
  for (const { running, launcher } of busy) if (running === task) return { task, launcher };
  return undefined;
}

/** Tasks are told from each other, and from the host that goes on meanwhile, by the code that asks. */
function tellTasksApart(): void {
  followTasks();
  findTasksBy((latest) => taskOfThisCode() ?? (hasHost() ? latest : undefined));
}

/** A launcher of workers in the calling thread. */
export function createInlineLauncher(options: InlineLauncherOptions): Launcher {
  tellTasksApart();
  let workerId = 0;
  const launcher: Launcher = {
    launch(listener) {
      workerId += 1;
      return new InlineWorker({ ...options, launcher, workerId }, listener);
    },
    close: async () => {},
  };
  return launcher;
}

interface InlineWorkerOptions extends InlineLauncherOptions {
  readonly launcher: Launcher;
  readonly workerId: number;
}

class InlineWorker implements WorkerHandle, LoopLink {
  readonly pid = undefined;
  readonly threadId = undefined;
  readonly rssBytes = undefined;
  readonly launcher: Launcher;
  readonly #listener: WorkerListener;
  readonly #onGivenUp: InlineLauncherOptions['onGivenUp'];
  readonly #loop: WorkerLoop;
  readonly #learned = new SentUnits();
  /** Tasks that were sent and not answered, by their number on the link. */
  readonly #sent: { readonly sequence: number; readonly task: TaskId }[] = [];
  readonly #toLoop: HostMessage[] = [];
  #toHost: WorkerMessage[] = [];
  #lastSequence = 0;
  #lastClaimed = 0;
  #recalledTo = 0;
  #life: 'running' | 'ending' | 'gone' = 'running';
  /** Tasks see no async context of those who submit them, as in a worker. */
  readonly #scope = new AsyncResource('TARDIGRADE_INLINE_WORKER');

  constructor(options: InlineWorkerOptions, listener: WorkerListener) {
    const { codec, depth, initialize, onGivenUp, launcher, workerId } = options;
    this.launcher = launcher;
    this.#onGivenUp = onGivenUp;
    this.#listener = listener;
    this.#loop = new WorkerLoop({
      link: this,
      codec,
      clock: { nowMs: wallClock.nowMs, later: (callback) => void setImmediate(callback) },
      workerId,
      depth,
      onLeave: () => this.#end({ kind: 'left' }),
    });
    void initialize().then((failure) => {
      if (failure === undefined) this.#say({ kind: 'ready' });
      else this.#end({ kind: 'start-failed', message: 'its initializer failed' }, failure);
    });
  }

  send(message: HostMessage): void {
    if (message.kind === 'run') {
      this.#lastSequence += 1;
      this.#sent.push({ sequence: this.#lastSequence, task: message.task });
    }
    this.#toLoop.push(message);
    if (this.#toLoop.length === 1) setImmediate(() => this.#scope.runInAsyncScope(this.#handOver, this));
  }

  recall(): readonly TaskId[] {
    this.#recalledTo = this.#lastSequence;
    const first = this.#sent.findIndex(({ sequence }) => sequence > this.#lastClaimed);
    return first === -1 ? [] : this.#sent.splice(first).map(({ task }) => task);
  }

  kill(cause: KillCause): void {
    this.#end({ kind: 'killed', cause });
  }

  readonly canKeep = true;

  claim(sequence: number): boolean {
    if (this.#life !== 'running' || sequence <= this.#recalledTo) return false;
    this.#lastClaimed = sequence;
    return true;
  }

  get running(): RunningTask | undefined {
    return this.#loop.running;
  }

  started(task: number): void {
    busy.add(this);
    this.#say({ kind: 'started', task });
  }

  finished(task: number, answer: { failed: boolean; durationUs: number; bytes: Uint8Array }): void {
    busy.delete(this);
    const index = this.#sent.findIndex((sent) => sent.task === task);
    if (index !== -1) this.#sent.splice(index, 1);
    this.#say({ kind: 'finished', task, ...answer });
  }

  progress(task: number, bytes: Uint8Array): void {
    this.#say({ kind: 'progress', task, bytes });
  }

  /** Only tasks that `recall` has taken back already are skipped here: both sides are one thread. */
  skipped(): void {}

  goodbye(): void {}

  flush(): void {}

  #handOver(): void {
    for (const message of this.#toLoop.splice(0)) {
      if (this.#life !== 'running') return;
      this.#obey(message);
    }
    this.#loop.proceed();
  }

  #obey(message: HostMessage): void {
    switch (message.kind) {
      case 'run': {
        const { unit, ...call } = message.payload;
        if (this.#learned.use(unit) === 'new') {
          for (const id of this.#learned.takeForgotten()) this.#loop.forget(id);
          this.#loop.learn(unit.id, unit.bytes);
        }
        return this.#loop.take({ task: message.task, attempt: message.attempt, unit: unit.id, ...call });
      }
      case 'abort':
        return this.#loop.abort(message.task, message.cause);
      case 'tell':
        // Nothing is asked here: what runs in the host reaches its executors itself.
        return;
      case 'leave':
        return this.#loop.leave();
      default:
        message satisfies never;
    }
  }

  #say(message: WorkerMessage): void {
    if (this.#life !== 'running') return;
    this.#toHost.push(message);
    if (this.#toHost.length === 1) queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const messages = this.#toHost;
    this.#toHost = [];
    for (const message of messages) if (this.#life !== 'gone') this.#listener.onMessage(message);
  }

  #end(reason: ExitReason, failure?: Uint8Array): void {
    if (this.#life !== 'running') return;
    this.#life = 'ending';
    const { running } = this;
    busy.delete(this);
    this.#loop.giveUp();
    if (running !== undefined) this.#onGivenUp?.(running);
    setImmediate(() => {
      this.#deliver();
      this.#life = 'gone';
      const isSlowStart = reason.kind === 'killed' && reason.cause === 'startup-timeout';
      this.#listener.onExit({ reason, failure, during: isSlowStart ? 'initializer' : undefined });
    });
  }
}
