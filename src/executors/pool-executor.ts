/**
 * The executor that users hold: a codec in front of a byte pool. A view made by `withOptions` is another one on the same
 * pool.
 *
 * Rules: knows nothing of processes and threads: it is handed a launcher.
 * Guarantees: what cannot travel fails its own future before a worker or a place in the queue is taken. Bad arguments throw
 * at the call; everything else is told by the future.
 */

import { QueueFullError, ShutdownExecutorError } from '../base/errors.js';
import { callback, checkArgument, integer } from '../base/validate.js';
import type { FunctionUnit, TaskPayload } from '../core/ports.js';
import type { Future } from '../futures/future.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { describeFunctionName } from '../serialization/functions/function-name.js';
import { REDUCE } from '../serialization/reducers.js';
import { joinSite } from '../serialization/remote-error.js';
import { captureSubmitSite, type SubmitSite } from '../serialization/submit-site.js';
import { joinSignals } from './abort-relay.js';
import { brokenError } from './broken-error.js';
import { Call } from './call.js';
import { type CallTerms, termsOf } from './call-terms.js';
import { createChunkSubmitter } from './chunk-submitter.js';
import { packContext } from './context-option.js';
import type {
  Executor,
  ExecutorState,
  MapOptions,
  MapResults,
  PoolStats,
  ShutdownOptions,
  TaskOptions,
  WorkerInfo,
} from './executor.js';
import { type HandlePath, pathOf, reviveExecutor } from './executor-handle.js';
import { type PackedCall, packOnce } from './function-units.js';
import { type Grip, gripOf } from './letting-go.js';
import { checkIterable, MapRun } from './map.js';
import { checkMapOptions, checkShutdownOptions, checkTaskOptions } from './options.js';
import { checkPossible } from './possible-options.js';
import { createShared, currentOf, heirOf, type PoolExecutorParts, type Shared, SUPERSEDE } from './shared-parts.js';
import { isTaskWatched, type TaskTrace, traceSubmit } from './task-events.js';
import type { TaskPool } from './task-pool.js';
import { tooDeepError } from './worker-environment.js';

interface Submission {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  readonly terms: CallTerms;
  readonly site: SubmitSite;
  /** The function, packed once for several calls. */
  readonly packed?: (shared: Shared) => FunctionUnit;
  readonly onDuration?: (durationUs: number) => void;
}

interface ViewParts {
  readonly shared: Shared;
  readonly options: TaskOptions;
  readonly grip: Grip;
}

/** What an executor is at its base, for who sends it elsewhere. */
let homeOf: (executor: PoolExecutor) => Shared;

/** See the file's header. */
export class PoolExecutor implements Executor {
  readonly #shared: Shared;
  readonly #terms: CallTerms;
  /** While a view has it, the pool keeps its workers. */
  readonly #grip: Grip;

  /** It travels by its path. A view's options stay. */
  static readonly [REDUCE] = {
    reduce: (executor: PoolExecutor): HandlePath => pathOf(homeOf(executor)),
    revive: reviveExecutor,
  };

  static {
    homeOf = (executor) => executor.#shared;
  }

  /** @internal */
  constructor(parts: PoolExecutorParts | ViewParts) {
    if ('shared' in parts) {
      this.#shared = parts.shared;
    } else {
      this.#shared = createShared(parts);
    }
    this.#terms = termsOf('options' in parts ? parts.options : {}, 'call');
    this.#grip = 'grip' in parts ? parts.grip : gripOf(this.#shared);
  }

  /** @internal */
  [SUPERSEDE](heir: Executor): void {
    // Two copies of this package know each other's executors by their public members only.
    if (#shared in heir) this.#shared.successor = heir.#shared;
    else this.#shared.heir = heir;
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    checkArgument('fn', fn, callback());
    const site = captureSubmitSite(this.submit);
    const call = submitCall(this.#shared, { fn, args, terms: this.#terms, site });
    return call as Future<Awaited<R>>;
  }

  map<T, R>(
    fn: (item: T, index: number) => R,
    items: Iterable<T> | AsyncIterable<T>,
    mapOptions?: MapOptions,
  ): MapResults<Awaited<R>> {
    checkArgument('fn', fn, callback());
    checkIterable(items);
    const checked = checkMapOptions(mapOptions);
    const site = captureSubmitSite(this.map);
    const shared = this.#shared;
    const heir = heirOf(currentOf(shared));
    if (heir !== undefined) return heir.withOptions(this.#terms.options).map(fn, items, mapOptions);
    const packed = packOnce<Shared>(fn);
    // The same for all chunks of a shape, so made once.
    const terms: { [shape in TaskPayload['shape']]?: CallTerms } = {};
    return new MapRun<Awaited<R>>({
      items,
      options: checked,
      maxWorkers: shared.pool.maxWorkers,
      // What is limited or tried again is one item, as long as nobody asks for more.
      isPacedByItem: this.#terms.options.timeoutMs !== undefined || this.#terms.options.retries !== undefined,
      clock: shared.clock,
      submit: createChunkSubmitter({
        submit: (args, { shape, signal, onDuration }) => {
          // Through `this`: a map that is not at its end keeps its pool.
          const { options } = this.#terms;
          terms[shape] ??= termsOf({ ...options, signal: joinSignals(options.signal, signal) }, shape);
          return submitCall(shared, { fn, args, terms: terms[shape], site, packed, onDuration });
        },
        codec: shared.codec,
        site,
      }),
    });
  }

  withOptions(options: TaskOptions): Executor {
    const checked = checkTaskOptions(options);
    checkPossible(checked, this.#shared);
    return createView({ shared: this.#shared, options: { ...this.#terms.options, ...checked }, grip: this.#grip });
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    const { pool, onShutdown } = this.#shared;
    const ended = pool.shutdown(checkShutdownOptions(options));
    this.#shared.successor = undefined;
    this.#shared.heir = undefined;
    onShutdown?.();
    return ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  get state(): ExecutorState {
    return this.#shared.pool.state;
  }

  /** Changes how many workers there may be: grows at once when tasks wait; surplus workers finish their task, then leave. */
  resize(maxWorkers: number): void {
    checkArgument('maxWorkers', maxWorkers, integer({ min: 1, max: 4096 }));
    this.#shared.pool.resize(maxWorkers);
  }

  /** The workers that are alive. */
  get workers(): readonly WorkerInfo[] {
    return this.#shared.pool.workers();
  }

  /** The pool in numbers. */
  stats(): PoolStats {
    return this.#shared.pool.stats();
  }
}

/** A view of an executor, by what its views share. */
export function openExecutor(shared: Shared): PoolExecutor {
  return new PoolExecutor({ shared, options: {}, grip: gripOf(shared) });
}

/** Another executor on the same pool. A class that names itself in its own body is renamed by the bundler. */
function createView(parts: ViewParts): Executor {
  return new PoolExecutor(parts);
}

/** Submits a call, and tells of it if anybody wants to know. */
function submitCall(first: Shared, submission: Submission): Future<unknown> {
  const shared = currentOf(first);
  const heir = heirOf(shared);
  const { fn, args, terms } = submission;
  if (heir !== undefined && terms.shape === 'call') {
    return heir.withOptions(terms.options).submit(fn as (...values: readonly unknown[]) => unknown, ...args);
  }
  if (!isTaskWatched()) return submitTo(shared, submission, undefined);
  const name = terms.name ?? describeFunctionName(fn);
  const items = terms.shape === 'chunk' ? (args[0] as readonly unknown[]).length : undefined;
  return traceSubmit({ executor: shared.executor, name, items }, (trace) => submitTo(shared, submission, trace));
}

/** Packs a call and gives it to the pool; what stands in its way fails its future. */
function submitTo(shared: Shared, submission: Submission, trace: TaskTrace | undefined): Future<unknown> {
  const { fn, terms, site, onDuration } = submission;
  const { pool } = shared;
  const { signal } = terms;
  let packed: PackedCall = NOT_PACKED;
  let context: Uint8Array | undefined;
  let failure: unknown;
  try {
    context = shared.context && packContext(shared.context(), shared.codec);
    packed = packCall(shared, submission);
  } catch (error) {
    failure = error;
  }
  const isPlain = trace === undefined && onDuration === undefined && context === undefined;
  const call = new Call({
    home: shared,
    terms,
    unit: packed.unit,
    args: packed.args,
    fn: shared.units.isShared(packed.unit) ? fn : undefined,
    name: terms.name ?? describeFunctionName(fn),
    site,
    extras: isPlain ? undefined : { trace, onDuration, context },
  });
  if (pool.state !== 'open' && pool.acceptsHere?.() !== true) refuseClosed(shared, call, site);
  else if (pool.isTooDeep?.()) call.refuse(joinSite(tooDeepError(), site));
  else if (packed === NOT_PACKED) call.refuse(failure);
  else if (signal?.aborted) call.refuseCancelled(signal.reason);
  else if (pool.isFull) {
    call.refuse(joinSite(new QueueFullError(`${pool.maxQueue} tasks (maxQueue) are waiting in ${shared.label}`), site));
  } else {
    if (signal !== undefined) shared.relay.watch(signal, call);
    call.id = pool.run(call, terms);
    trace?.number(call.id);
  }
  return call.future;
}

function packCall(shared: Shared, { fn, args, terms, packed }: Submission): PackedCall {
  const { units, pool } = shared;
  // What is transferred is gone afterwards, so not for a call that will be refused.
  const isMoving = terms.packing.transfer !== undefined;
  const packing = isMoving && !canTake(pool, terms.signal) ? terms.packingRefused : terms.packing;
  if (packed === undefined) return units.packCall(fn, args, packing);
  return { unit: packed(shared), args: units.packArguments(args, packing) };
}

function canTake(pool: TaskPool, signal: AbortSignal | undefined): boolean {
  return pool.state === 'open' && signal?.aborted !== true && !pool.isFull;
}

/** Stands for what could not be packed; it is never sent. */
const NOT_PACKED: PackedCall = { unit: { id: 0, bytes: new Uint8Array(0) }, args: new Uint8Array(0) };

function refuseClosed(shared: Shared, call: Call, site: SubmitSite): void {
  const { pool, label } = shared;
  if (pool.broken !== undefined) {
    void brokenError(pool.broken, shared).then((error) => call.refuse(joinSite(error, site)));
    return;
  }
  call.refuse(joinSite(new ShutdownExecutorError(`${label} was shut down; it takes no more tasks`), site));
}
