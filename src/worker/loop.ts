/**
 * What a worker does: takes calls, runs them one at a time in order, answers. The same in a process, in a thread and in
 * the calling thread; only the link differs.
 *
 * Rules: knows no descriptor and no process. User code is called in one place, `#call`, and nothing of it can end the loop.
 * Guarantees: a task begins only after it was claimed and `started` was written; its answer is written before the next one
 * begins; every task that began is answered once, unless the worker dies.
 */

import { CancelledError, TimeoutError } from '../base/errors.js';
import type { TaskPayload } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { encodeThrown } from '../serialization/remote-error.js';
import { RunningTask, setCurrentTask } from './current-task.js';

/** Time as the loop needs it. */
export interface LoopClock {
  nowMs(): number;
  /** Calls back in a later turn of the event loop, after it has looked at timers and sockets. */
  later(callback: () => void): void;
}

/** What the loop says, and asks. Messages may be kept back until `flush`. */
export interface LoopLink {
  /** Whether a task may begin; a task's number on the link is its place in the order in which they came, from 1. */
  claim(sequence: number): boolean;
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
  readonly args: Uint8Array;
}

interface QueuedCall extends Call {
  readonly sequence: number;
}

/** After this long without a pause, the event loop gets a turn before the next task. */
const TURN_MS = 2;

/** Where arguments and results are rooted in the paths of errors. */
const ARGUMENTS = { direction: 'argument', root: 'args' } as const;
const RESULT = { direction: 'result', root: 'result' } as const;

/** See the file's header. */
export class WorkerLoop {
  readonly #options: LoopOptions;
  readonly #unitBytes = new Map<number, Uint8Array>();
  readonly #functions = new Map<number, AnyFunction>();
  readonly #queue: QueuedCall[] = [];
  #sequence = 0;
  #running: RunningTask | undefined;
  #leaving: 'no' | 'asked' | 'left' = 'no';
  /** A pause is over, so the next turn may begin. */
  #paused: 'no' | 'yes' = 'no';
  #turnStartMs = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** The task that runs now. */
  get running(): RunningTask | undefined {
    return this.#running;
  }

  /** Learns a function: later calls name it by its number. */
  learn(unit: number, bytes: Uint8Array): void {
    this.#unitBytes.set(unit, bytes);
  }

  /** Takes a call; runs it at once when nothing else runs. */
  take(call: Call): void {
    this.#sequence += 1;
    this.#queue.push({ ...call, sequence: this.#sequence });
  }

  /** Fires the signal of a task that runs. */
  abort(task: number, cause: 'timeout' | 'cancel'): void {
    if (this.#running?.id !== task) return;
    const reason =
      cause === 'timeout' ? new TimeoutError('timeoutMs passed') : new CancelledError('The task was aborted.');
    this.#running.abort(reason);
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
    for (let call = this.#queue.shift(); call !== undefined; call = this.#queue.shift()) {
      if (!link.claim(call.sequence)) {
        link.skipped(call.task, call.sequence);
        continue;
      }
      link.started(call.task);
      link.flush();
      const pending = this.#begin(call);
      if (pending !== undefined) {
        void pending.then(() => this.proceed());
        return;
      }
      if (this.#queue.length > 0 && clock.nowMs() - this.#turnStartMs > TURN_MS) return this.#pause();
    }
    link.flush();
    this.#leaveIfAsked();
  }

  /** Lets timers, sockets and the link have their turn. */
  #pause(): void {
    this.#options.link.flush();
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
    this.#options.link.flush();
    this.#options.onLeave();
  }

  /** Runs one call to its answer: at once, or when the promise settles (it never rejects). */
  #begin(call: QueuedCall): Promise<void> | undefined {
    const { codec, clock, link, workerId, depth } = this.#options;
    const startMs = clock.nowMs();
    const facts = {
      id: call.task,
      name: call.name ?? '',
      attempt: call.attempt,
      workerId,
      depth,
      reportProgress: (value: unknown) => {
        if (this.#running?.id !== call.task) return;
        link.progress(call.task, codec.encode(value, { direction: 'result', root: 'progress' }));
        link.flush();
      },
    };
    this.#running = new RunningTask(facts);
    setCurrentTask(this.#running);
    try {
      const value = this.#call(call);
      if (!isThenable(value)) {
        this.#answer(call, startMs, value);
        return undefined;
      }
      return Promise.resolve(value).then(
        (settled) => this.#answer(call, startMs, settled),
        (thrown: unknown) => this.#answerThrown(call, startMs, thrown),
      );
    } catch (thrown) {
      this.#answerThrown(call, startMs, thrown);
      return undefined;
    }
  }

  #call(call: QueuedCall): unknown {
    const fn = this.#functionOf(call.unit);
    const args = this.#options.codec.decode(call.args, ARGUMENTS);
    if (fn instanceof Promise || args instanceof Promise) {
      return Promise.all([fn, args]).then(([f, a]) => invoke(f as AnyFunction, a as unknown[], call.shape));
    }
    return invoke(fn, args as unknown[], call.shape);
  }

  #functionOf(unit: number): AnyFunction | Promise<AnyFunction> {
    const known = this.#functions.get(unit);
    if (known !== undefined) return known;
    const bytes = this.#unitBytes.get(unit);
    if (bytes === undefined) throw new Error(`The function ${unit} was never sent.`);
    const revived = this.#options.codec.decode(bytes, { direction: 'argument', root: 'fn' });
    const remember = (fn: unknown): AnyFunction => {
      this.#functions.set(unit, fn as AnyFunction);
      return fn as AnyFunction;
    };
    return revived instanceof Promise ? revived.then(remember) : remember(revived);
  }

  #answer(call: QueuedCall, startMs: number, value: unknown): void {
    let bytes: Uint8Array;
    try {
      bytes = this.#options.codec.encode(value, RESULT);
    } catch (error) {
      return this.#answerThrown(call, startMs, error);
    }
    this.#finish(call, startMs, { failed: false, bytes });
  }

  #answerThrown(call: QueuedCall, startMs: number, thrown: unknown): void {
    this.#finish(call, startMs, { failed: true, bytes: encodeThrown(this.#options.codec, thrown) });
  }

  #finish(call: QueuedCall, startMs: number, { failed, bytes }: { failed: boolean; bytes: Uint8Array }): void {
    const durationUs = Math.min((this.#options.clock.nowMs() - startMs) * 1000, 2 ** 32 - 1);
    this.#running = undefined;
    setCurrentTask(undefined);
    this.#options.link.finished(call.task, { failed, durationUs, bytes });
    this.#options.afterTask?.();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** What one chunk of a `map` answers: the values up to the first failure, and that failure. */
export interface ChunkAnswer {
  readonly values: unknown[];
  readonly failure?: { readonly thrown: unknown };
}

function invoke(fn: AnyFunction, args: unknown[], shape: TaskPayload['shape']): unknown {
  const call = fn as (...args: unknown[]) => unknown;
  if (shape === 'call') return call(...args);
  const [items, firstIndex] = args as [unknown[], number];
  return runChunk(call, items, firstIndex);
}

async function runChunk(
  fn: (...args: unknown[]) => unknown,
  items: unknown[],
  firstIndex: number,
): Promise<ChunkAnswer> {
  const values: unknown[] = [];
  try {
    for (const item of items) values.push(await fn(item, firstIndex + values.length));
  } catch (thrown) {
    return { values, failure: { thrown } };
  }
  return { values };
}
