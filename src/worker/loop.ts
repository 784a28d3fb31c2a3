/**
 * What a worker does: takes calls, runs them one at a time in order, answers. The same in a process, in a thread and in
 * the calling thread; only the link differs.
 *
 * Rules: knows no descriptor and no process. User code is called in one place, `#call`, and nothing of it can end the loop.
 * What a task may have replaced (methods of arrays, maps and promises) is not used.
 * Guarantees: a task begins only after it was claimed, and after `started` was written unless it is likely to be over at once;
 * its answer is safe before the next one begins (written, or kept where the host finds it); every task that began is answered once, unless the worker dies.
 */

import { CancelledError, TimeoutError } from '../base/errors.js';
import type { TaskPayload } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import { encodeThrown } from '../serialization/remote-error.js';
import { encodeAnswer } from './answer.js';
import { enterTask, leaveTask, RunningTask } from './current-task.js';
import { isThenable } from './invoke.js';
import { KnownUnits } from './known-units.js';
import { Pacing } from './pacing.js';
import { runCall } from './run-call.js';

/** Time as the loop needs it. */
export interface LoopClock {
  nowMs(): number;
  /** Calls back in a later turn of the event loop, after it has looked at timers and sockets. */
  later(callback: () => void): void;
}

/** What the loop says, and asks. Messages may be kept back until `flush`. */
export interface LoopLink {
  /**
   * Whether a task may begin; a task's number on the link is its place in the order in which they came, from 1. What has not
   * been flushed by then is safe afterwards, if `canKeep` said so: the host hears it even if this worker dies.
   */
  claim(sequence: number): boolean;
  readonly canKeep: boolean;
  started(task: number): void;
  finished(
    task: number,
    answer: { readonly failed: boolean; readonly durationUs: number; readonly bytes: Uint8Array },
  ): void;
  progress(task: number, bytes: Uint8Array): void;
  skipped(task: number, sequence: number): void;
  goodbye(): void;
  flush(): void;
}

/** What the loop is made of. */
export interface LoopOptions {
  readonly link: LoopLink;
  readonly codec: Codec;
  readonly clock: LoopClock;
  readonly workerId: number;
  readonly depth: number;
  /** Called after each task, when nothing is running. */
  afterTask?(): void;
  /** Called when the host has asked the worker to leave, after it said goodbye. */
  onLeave(): void;
}

/** A call that waits for its turn. */
export interface Call {
  readonly task: number;
  readonly unit: number;
  readonly attempt: number;
  readonly shape: TaskPayload['shape'];
  readonly name: string | undefined;
  readonly startNews: TaskPayload['startNews'];
  readonly args: Uint8Array;
  readonly context?: Uint8Array | undefined;
}

interface QueuedCall extends Call {
  readonly sequence: number;
  /** Kept with the call: the unit may be forgotten before its turn comes. */
  readonly unitBytes: Uint8Array | undefined;
  next: QueuedCall | undefined;
}

/** After this long without a pause, the event loop gets a turn before the next task. */
const TURN_MS = 2;

const MAX_DURATION_US = 2 ** 32 - 1;

/** See the file's header. */
export class WorkerLoop {
  readonly #options: LoopOptions;
  readonly #units: KnownUnits;
  readonly #pacing: Pacing;
  #firstCall: QueuedCall | undefined;
  #lastCall: QueuedCall | undefined;
  #sequence = 0;
  #running: RunningTask | undefined;
  #leaving: 'no' | 'asked' | 'left' = 'no';
  /** A pause is over, so the next turn may begin. */
  #paused: 'no' | 'yes' = 'no';
  #turnStartMs = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#units = new KnownUnits(options.codec);
    this.#pacing = new Pacing(this.#units);
  }

  /** The task that runs now. */
  get running(): RunningTask | undefined {
    return this.#running;
  }

  /** Learns a function: later calls name it by its number. */
  learn(unit: number, bytes: Uint8Array): void {
    this.#units.learn(unit, bytes);
  }

  /** Forgets one: no later call names it. */
  forget(unit: number): void {
    this.#units.forget(unit);
  }

  /** Takes a call; runs it at once when nothing else runs. */
  take({ task, unit, attempt, shape, name, startNews, args, context }: Call): void {
    this.#sequence += 1;
    // Field by field: a spread takes longer than the call of a small task.
    const sequence = this.#sequence;
    const unitBytes = this.#units.bytesOf(unit);
    const queued: QueuedCall = {
      task,
      unit,
      attempt,
      shape,
      name,
      startNews,
      args,
      context,
      sequence,
      unitBytes,
      next: undefined,
    };
    if (this.#lastCall === undefined) this.#firstCall = queued;
    else this.#lastCall.next = queued;
    this.#lastCall = queued;
  }

  /** Fires the signal of a task that runs. */
  abort(task: number, cause: 'timeout' | 'cancel'): void {
    if (this.#running?.id !== task) return;
    const reason =
      cause === 'timeout' ? new TimeoutError('timeoutMs passed') : new CancelledError('The task was aborted.');
    this.#running.abort(reason);
  }

  /** Nobody waits any more for the task that runs, nor for those that have not begun. */
  giveUp(): void {
    this.#firstCall = undefined;
    this.#lastCall = undefined;
    if (this.#running !== undefined) leaveTask(this.#running);
  }

  /** Leaves when nothing is left to do. */
  leave(): void {
    if (this.#leaving === 'no') this.#leaving = 'asked';
  }

  /** Runs what waits. Called after messages came; does nothing while a task runs. */
  proceed(): void {
    if (this.#running !== undefined || this.#paused === 'yes') return;
    this.#turnStartMs = this.#options.clock.nowMs();
    this.#runQueue();
  }

  #runQueue(): void {
    const { link, clock } = this.#options;
    for (let call = this.#shift(); call !== undefined; call = this.#shift()) {
      const pace = this.#pacing.paceOf(call.startNews, call.unit, link.canKeep);
      if (pace === 'hush') this.#flush();
      if (!link.claim(call.sequence)) {
        link.skipped(call.task, call.sequence);
        continue;
      }
      link.started(call.task);
      if (pace === 'tell') this.#flush();
      if (this.#begin(call) === 'goes-on') return this.#flush();
      if (this.#firstCall !== undefined && clock.nowMs() - this.#turnStartMs > TURN_MS) return this.#pause();
    }
    this.#flush();
    this.#leaveIfAsked();
  }

  #flush(): void {
    this.#pacing.noteFlush();
    this.#options.link.flush();
  }

  #shift(): QueuedCall | undefined {
    const call = this.#firstCall;
    this.#firstCall = call?.next;
    if (this.#firstCall === undefined) this.#lastCall = undefined;
    return call;
  }

  /** Lets timers, sockets and the link have their turn. */
  #pause(): void {
    this.#flush();
    this.#paused = 'yes';
    this.#options.clock.later(() => {
      this.#paused = 'no';
      this.proceed();
    });
  }

  #leaveIfAsked(): void {
    if (this.#leaving !== 'asked') return;
    this.#leaving = 'left';
    this.#options.link.goodbye();
    this.#flush();
    this.#options.onLeave();
  }

  /** Runs one call: to its answer, or until it waits for something. */
  #begin(call: QueuedCall): 'answered' | 'goes-on' {
    const { codec, clock, link, workerId, depth } = this.#options;
    const startMs = clock.nowMs();
    const task = new RunningTask({
      id: call.task,
      attempt: call.attempt,
      workerId,
      depth,
      reportProgress: (value: unknown) => {
        if (this.#running !== task) return;
        link.progress(call.task, codec.encode(value, { direction: 'result', root: 'progress' }));
        link.flush();
      },
    });
    this.#running = task;
    enterTask(task);
    try {
      const value = this.#call(call, task);
      if (isThenable(value)) {
        void this.#answerLater(call, startMs, value);
        return 'goes-on';
      }
      this.#answer(call, startMs, value);
    } catch (thrown) {
      this.#answerThrown(call, startMs, thrown);
    }
    return 'answered';
  }

  async #answerLater(call: QueuedCall, startMs: number, value: PromiseLike<unknown>): Promise<void> {
    let failed = false;
    let outcome: unknown;
    try {
      outcome = await value;
    } catch (thrown) {
      failed = true;
      outcome = thrown;
    }
    if (failed) this.#answerThrown(call, startMs, outcome);
    else this.#answer(call, startMs, outcome);
    this.proceed();
  }

  #call(call: QueuedCall, task: RunningTask): unknown {
    const unit = this.#units.find(call.unit, call.unitBytes);
    return runCall({ codec: this.#options.codec, call, task }, unit);
  }

  #answer(call: QueuedCall, startMs: number, value: unknown): void {
    let bytes: Uint8Array;
    try {
      bytes = encodeAnswer(this.#options.codec, value, call.shape);
    } catch (error) {
      return this.#answerThrown(call, startMs, error);
    }
    this.#finish(call, startMs, { failed: false, bytes });
  }

  #answerThrown(call: QueuedCall, startMs: number, thrown: unknown): void {
    this.#finish(call, startMs, { failed: true, bytes: encodeThrown(this.#options.codec, thrown) });
  }

  #finish(call: QueuedCall, startMs: number, { failed, bytes }: { failed: boolean; bytes: Uint8Array }): void {
    const nowMs = this.#options.clock.nowMs();
    const elapsedUs = (nowMs - startMs) * 1000;
    const durationUs = elapsedUs < MAX_DURATION_US ? elapsedUs : MAX_DURATION_US;
    // Written first: if that fails, the task is still running, and is lost with this worker instead of forgotten by it.
    this.#options.link.finished(call.task, { failed, durationUs, bytes });
    this.#pacing.noteAnswer(nowMs);
    this.#units.noteDuration(call.unit, durationUs);
    if (this.#running !== undefined) leaveTask(this.#running);
    this.#running = undefined;
    this.#options.afterTask?.();
  }
}
