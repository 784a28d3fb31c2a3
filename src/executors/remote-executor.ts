/**
 * An executor of the host, as a task sees it: what is submitted to it runs in the host's pool, not here.
 *
 * Rules: packs and reads in this worker; the host passes bytes on. Its `shutdown` ends this view of the executor alone, when
 * all that was submitted through it has settled; `resize` and `retryOn` are the host's and throw.
 * Guarantees: each task settles once. `cancel` of a task that is not known to have begun is final here; one that the host
 * had begun meanwhile goes on to its end, and nobody hears of it.
 */

import { wallClock } from '../base/clock.js';
import {
  BrokenExecutorError,
  QueueFullError,
  RecursionDepthError,
  SerializationError,
  ShutdownExecutorError,
} from '../base/errors.js';
import type { TaskId } from '../core/events.js';
import { createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { ReducerTable } from '../serialization/reducers.js';
import { carriedStores } from '../worker/carried-context.js';
import { askHost, hasHost, onAnswer } from '../worker/host-calls.js';
import type { ExecutorState, PoolStats, WorkerInfo } from './executor.js';
import { findHere, type HandlePath } from './executor-handle.js';
import { openExecutor, type PoolExecutor } from './pool-executor.js';
import { type RelayAsk, type RelayNews, type RelayRefusal, readRelayed, writeRelayed } from './relay-messages.js';
import { createHome, labelExecutor, type Shared } from './shared-parts.js';
import type { ByteTask, TaskPool } from './task-pool.js';

/** What waits for news, by its number on the way to the host: one count for the whole worker. */
const waiting = new Map<number, RemoteTask>();
let lastId = 0;

interface RemoteTask {
  readonly task: ByteTask;
  state: 'pending' | 'started';
  end(): void;
}

function ask(message: RelayAsk): void {
  askHost(writeRelayed(message));
}

onAnswer((bytes) => {
  const news = readRelayed(bytes) as RelayNews;
  const remote = waiting.get(news.id);
  if (remote === undefined) return;
  const { task } = remote;
  switch (news.news) {
    case 'started':
      remote.state = 'started';
      return task.onStart(news.attempt, 0);
    case 'requeued':
      remote.state = 'pending';
      return task.onRequeue();
    case 'progress':
      return task.onProgress(news.bytes);
    case 'output':
      return task.onOutput(news.stream, news.bytes);
    case 'refused':
      waiting.delete(news.id);
      task.refuse?.(errorOf(news.why, news.message));
      return remote.end();
    case 'settled': {
      waiting.delete(news.id);
      const { verdict, failed, durationUs, bytes: answer } = news;
      if (remote.state === 'pending' && verdict.kind === 'finished') task.onStart(1, 0);
      task.onSettle(verdict, answer === undefined ? undefined : { failed, durationUs, bytes: answer });
      return remote.end();
    }
    default:
      news satisfies never;
  }
});

function errorOf(why: RelayRefusal, message: string): Error {
  switch (why) {
    case 'gone':
    case 'shut-down':
      return new ShutdownExecutorError(message);
    case 'broken':
      return new BrokenExecutorError(message);
    case 'full':
      return new QueueFullError(message);
    case 'too-deep':
      return new RecursionDepthError(message);
    case 'attached':
      return new SerializationError({ direction: 'result', phase: 'reading', path: 'result', reason: message });
    default:
      return why satisfies never;
  }
}

/** A pool that is elsewhere. */
class RemotePool implements TaskPool {
  readonly #path: HandlePath;
  readonly broken = undefined;
  readonly maxQueue = Number.POSITIVE_INFINITY;
  readonly maxWorkers = 1;
  readonly isFull = false;
  #state: ExecutorState = 'open';
  readonly #own = new Set<number>();
  #submitted = 0;
  #end: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(path: HandlePath) {
    this.#path = path;
  }

  get state(): ExecutorState {
    return this.#state;
  }

  run(task: ByteTask, terms: Parameters<TaskPool['run']>[1]): TaskId {
    lastId += 1;
    const id = lastId;
    const { unit, ...payload } = task.payload;
    const { priority, retries, timeoutMs, graceMs } = terms;
    this.#own.add(id);
    this.#submitted += 1;
    waiting.set(id, { task, state: 'pending', end: () => this.#drop(id) });
    // It must be known here that it has begun, or nobody could tell whether it can be cancelled.
    const told = { ...payload, startNews: 'needed' } as const;
    ask({ ask: 'run', id, path: this.#path, unit: unit.bytes, priority, retries, timeoutMs, graceMs, ...told });
    return id;
  }

  cancel(id: TaskId): void {
    const remote = waiting.get(id);
    if (remote?.state !== 'pending') return;
    waiting.delete(id);
    ask({ ask: 'cancel', id });
    remote.task.onSettle({ kind: 'cancelled' }, undefined);
    remote.end();
  }

  abort(id: TaskId): void {
    if (waiting.has(id)) ask({ ask: 'abort', id });
  }

  resize(): void {
    throw new TypeError('resize() is for the host: this executor is one of the host, as a task sees it');
  }

  shutdown({ cancelPending = false, killWorkers = false }: Parameters<TaskPool['shutdown']>[0]): Promise<void> {
    if (this.#end === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#end = { promise, resolve };
    }
    if (this.#state === 'open') this.#state = 'draining';
    for (const id of this.#own) {
      if (killWorkers) this.abort(id);
      else if (cancelPending) this.cancel(id);
    }
    this.#endIfDone();
    return this.#end.promise;
  }

  workers(): WorkerInfo[] {
    return [];
  }

  /** What was submitted through this view. */
  stats(): PoolStats {
    const nothing = { done: 0, failed: 0, cancelled: 0, lost: 0, retried: 0, workersStarted: 0, workersLost: 0 };
    const tasks = [...this.#own].flatMap((id) => waiting.get(id) ?? []);
    const running = tasks.filter(({ state }) => state === 'started').length;
    return { ...nothing, submitted: this.#submitted, running, pending: tasks.length - running };
  }

  #drop(id: number): void {
    this.#own.delete(id);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#state !== 'draining' || this.#own.size > 0) return;
    this.#state = 'closed';
    this.#end?.resolve();
  }
}

const KIND = 'executor of the host';
const LOAD_TIMEOUT_MS = 60_000;

/** One for each path: two closures that capture an executor capture the same one. */
const known = new Map<string, WeakRef<PoolExecutor>>();

/** The executor that a path leads to: itself where it lives, in a worker of that host one that stands for it. */
export function reviveExecutor(path: HandlePath): PoolExecutor {
  const here = findHere(path);
  if (here !== undefined) return openExecutor(here as Shared);
  if (!hasHost()) throw new TypeError('the executor is not there any more, or belongs to another program');
  const key = JSON.stringify(path);
  const before = known.get(key)?.deref();
  if (before?.state === 'open') return before;
  const port = createFunctionPort();
  const codec = createCodec({ functions: port, classes: 'load', reducers: new ReducerTable(port) });
  const executor = openExecutor(
    createHome({
      kind: KIND,
      executor: labelExecutor(KIND, undefined),
      attachments: 'refuse',
      pool: new RemotePool(path),
      codec,
      // What a task was given goes on to those that it submits.
      context: carriedStores,
      clock: wallClock,
      loadTimeoutMs: LOAD_TIMEOUT_MS,
      origin: path,
      label: 'the executor of the host',
    }),
  );
  known.set(key, new WeakRef(executor));
  return executor;
}
