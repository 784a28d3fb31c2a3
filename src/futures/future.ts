/**
 * The outcome of a task that may still be coming: what `submit` gives back.
 *
 * Rules: knows no executor and no worker. Whoever made it steps it through `futureSteps`; `cancel` only asks them.
 * Guarantees: settles exactly once. A failure that nobody observes is an unhandled rejection, once. Callbacks cannot harm
 * each other or whoever settles the future. A future that nobody waits for costs one object: promises, listeners and the
 * progress log are made when they are asked for.
 */

import { inspect } from 'node:util';
import { TardigradeError, TimeoutError } from '../base/errors.js';
import { callback, checkArgument, checkOptions, duration } from '../base/validate.js';
import type { FutureOptions, ResultOptions } from './future-options.js';
import { FUTURE_TRANSITIONS, type FutureState, type FutureStep } from './future-states.js';
import { guardCallback } from './guard-callback.js';
import { happensWithin } from './happens-within.js';
import { ProgressLog } from './progress.js';
import { outputOf, type TaskOutput } from './task-output.js';

/** Called when a future is done. */
export type FutureListener = () => void;

/** What settles a promise. */
interface Settlers {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Who is told that a future is done: a listener, or a promise. */
type Waiter = FutureListener | Settlers;

let captured: Settlers | undefined;
/** Given to `new Promise`: one function for all, and one object for each instead of two closures. */
const capture = (resolve: Settlers['resolve'], reject: Settlers['reject']): void => {
  captured = { resolve, reject };
};

const constructorKey = Symbol('tardigrade.future');
const ignore = (): void => {};
const waitChecks = { timeoutMs: duration() };

// What this file does to a future from outside the class. Set once, in its static block.
let create: <T>(Type: typeof Future, options: FutureOptions) => Future<T>;
/** Takes a step with the outcome that it brings; throws when `FUTURE_TRANSITIONS` does not have it. See `futureSteps`. */
export let stepFuture: (future: Future<unknown>, to: FutureStep, outcome?: unknown) => void;
/** Hands on what the task reported; ignored when the future is done. */
export let reportTo: (future: Future<unknown>, value: unknown) => void;
let watch: (future: Future<unknown>, listener: FutureListener) => () => void;

/**
 * The outcome of a submitted task. `await` it like a promise, or look at `state`, `cancel()` it, add callbacks to it.
 * From `concurrent.futures.Future`.
 */
export class Future<T> implements PromiseLike<T> {
  readonly #name: string;
  /** Dropped when done, so that a future that is kept does not keep its task. */
  #source: FutureOptions | undefined;
  #state: FutureState = 'pending';
  /** The value or the error, when done. */
  #outcome: unknown = undefined;
  /** Somebody takes care of a failure. */
  #observed = false;
  #waiters: Waiter | Set<Waiter> | undefined = undefined;
  #promise: Promise<T> | undefined = undefined;
  #progress: ProgressLog | undefined = undefined;

  static {
    // The class is handed in: one that names itself in its own body is renamed by the bundler.
    create = (Type, options) => new Type(constructorKey, options);
    stepFuture = (future, to, outcome) => future.#step(to, outcome);
    reportTo = (future, value) => future.#report(value);
    watch = (future, listener) => future.#subscribe(listener);
  }

  private constructor(key: symbol, options: FutureOptions) {
    if (key !== constructorKey) throw new TypeError('A Future cannot be made by hand; use executor.submit().');
    this.#name = options.name;
    this.#source = options;
  }

  /** `'pending'` (not known to have started), `'running'`, `'fulfilled'`, `'rejected'` or `'cancelled'`. */
  get state(): FutureState {
    return this.#state;
  }

  /** Asks for the task not to be started. `true` only if it was pending and is now cancelled, with `reason` as the cause. */
  cancel(reason?: unknown): boolean {
    return this.#state === 'pending' && this.#source !== undefined && this.#source.onCancel(reason);
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#state === 'cancelled';
  }

  /** Whether the task is known to have started and is not done. */
  running(): boolean {
    return this.#state === 'running';
  }

  /** Whether it was fulfilled, rejected or cancelled. */
  done(): boolean {
    return this.#state !== 'pending' && this.#state !== 'running';
  }

  /** The task's value; rejects with what it threw, with `CancelledError`, or with `TimeoutError` (the task goes on). */
  async result(options?: ResultOptions): Promise<T> {
    this.#observe();
    if (options !== undefined) await this.#waitUntilDone(options);
    return this.#toPromise();
  }

  /**
   * What the task threw, or `null` if it did not fail. Rejects with `CancelledError` or `TimeoutError`. A task that threw
   * `null` itself gives a `TardigradeError` whose `cause` is `null`; every other value comes as it was thrown.
   */
  async exception(options?: ResultOptions): Promise<unknown> {
    this.#observe();
    await this.#waitUntilDone(options ?? {});
    if (this.#state === 'cancelled') throw this.#outcome;
    if (this.#state === 'fulfilled') return null;
    return this.#outcome === null ? new TardigradeError('The task threw null.', { cause: null }) : this.#outcome;
  }

  /**
   * Calls `fn` with this future when it is done; at once if it is. What `fn` throws (or rejects with, if it is async) is
   * reported as a warning with the code `TARDIGRADE_CALLBACK_FAILED`. Counts as observing a failure.
   */
  addDoneCallback(fn: (future: Future<T>) => unknown): void {
    checkArgument('fn', fn, callback());
    this.#observe();
    const call = guardCallback(fn, this.#name);
    this.#listen(() => call(this));
  }

  /**
   * What the task reports with `reportProgress`, for any number of consumers. One that comes late gets the latest report
   * first. Ends when the future is done, however it ends; never rejects, and does not count as observing a failure.
   */
  get progress(): AsyncIterable<unknown> {
    if (this.#progress === undefined) {
      this.#progress = new ProgressLog();
      if (this.done()) this.#progress.end();
    }
    return this.#progress;
  }

  /**
   * What the task has written to stdout and stderr so far, the last 64 KiB of each; in its last attempt, if it was tried again.
   * Empty unless the pool has `stdio: 'pipe'`.
   */
  get output(): TaskOutput {
    return outputOf(this);
  }

  /** As a promise's `then`. */
  // biome-ignore lint/suspicious/noThenProperty: a future is a thenable, so that `await` works on it.
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    this.#observe();
    return this.#toPromise().then(onFulfilled, onRejected);
  }

  /** As a promise's `catch`. */
  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<T | E> {
    return this.then(undefined, onRejected);
  }

  /** As a promise's `finally`. */
  finally(onFinally?: (() => void) | null): Promise<T> {
    this.#observe();
    return this.#toPromise().finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return 'Future';
  }

  [inspect.custom](depth: number, options: object): string {
    if (depth < 0) return '[Future]';
    const outcome =
      this.#state === 'fulfilled' ? { value: this.#outcome } : this.done() ? { error: this.#outcome } : undefined;
    return `Future ${inspect({ state: this.#state, ...outcome, name: this.#name }, { ...options, depth })}`;
  }

  #step(to: FutureStep, outcome: unknown): void {
    const allowed: Partial<Record<FutureStep, FutureState>> = FUTURE_TRANSITIONS[this.#state];
    const next = allowed[to];
    if (next === undefined) throw new Error(`Illegal step: ${to} of future ${this.#name} in state ${this.#state}.`);
    this.#state = next;
    if (this.done()) this.#settle(outcome);
  }

  #settle(outcome: unknown): void {
    this.#outcome = outcome;
    this.#source = undefined;
    this.#progress?.end();
    // The promise makes a failure that nobody observes an unhandled rejection; who comes late is handed the same one.
    if (this.#state === 'rejected' && !this.#observed) this.#promise = Promise.reject(outcome);
    const waiters = this.#waiters;
    if (waiters === undefined) return;
    // One that another removes before its turn is not told: a Set does that while it is walked.
    if (waiters instanceof Set) for (const waiter of waiters) this.#tell(waiter);
    else this.#tell(waiters);
    this.#waiters = undefined;
  }

  #tell(waiter: Waiter): void {
    if (typeof waiter === 'function') waiter();
    else if (this.#state === 'fulfilled') waiter.resolve(this.#outcome as never);
    else waiter.reject(this.#outcome);
  }

  #report(value: unknown): void {
    if (this.done()) return;
    this.#progress ??= new ProgressLog();
    this.#progress.report(value);
  }

  #observe(): void {
    if (this.#observed) return;
    this.#observed = true;
    this.#promise?.catch(ignore);
  }

  /** Tells `waiter` when done, at once if so. */
  #listen(waiter: Waiter): void {
    if (this.done()) return this.#tell(waiter);
    const waiters = this.#waiters;
    if (waiters === undefined) this.#waiters = waiter;
    else if (waiters instanceof Set) waiters.add(waiter);
    else this.#waiters = new Set([waiters, waiter]);
  }

  /** As `#listen`, for one who takes care of a failure; returns what forgets the listener. */
  #subscribe(listener: FutureListener): () => void {
    this.#observe();
    this.#listen(listener);
    return () => this.#unsubscribe(listener);
  }

  #unsubscribe(listener: FutureListener): void {
    if (this.#waiters === listener) this.#waiters = undefined;
    else if (this.#waiters instanceof Set) this.#waiters.delete(listener);
  }

  #toPromise(): Promise<T> {
    if (this.#promise !== undefined) return this.#promise;
    const promise = new Promise<T>(capture);
    this.#promise = promise;
    const settlers = captured as Settlers;
    // They know the promise, and so its value.
    captured = undefined;
    this.#listen(settlers);
    return promise;
  }

  /** Throws after its `await`, so that the stack of the error shows who waited. */
  async #waitUntilDone(options: ResultOptions): Promise<void> {
    const { timeoutMs = Infinity } = checkOptions('ResultOptions', options, waitChecks);
    if (this.done()) return;
    const isDone = timeoutMs > 0 && (await happensWithin(timeoutMs, (happened) => this.#subscribe(happened)));
    if (!isDone) throw new TimeoutError(`task ${this.#name} was not done within ${timeoutMs} ms`);
  }
}

/** Makes a pending future. */
export function createFuture<T>(options: FutureOptions): Future<T> {
  return create(Future, options);
}

/**
 * Calls `listener`, which must not throw, when `future` is done; at once if it is. Returns what forgets the listener, also in
 * the middle of a round of calls. Counts as observing a failure.
 */
export function onFutureDone(future: Future<unknown>, listener: FutureListener): () => void {
  return watch(future, listener);
}
