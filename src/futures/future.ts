/**
 * The outcome of a task that may still be coming: what `submit` gives back.
 *
 * Rules: knows no executor and no worker. Whoever made it steps it through a `FutureController`; `cancel` only asks them.
 * Guarantees: settles exactly once. A failure that nobody observes is an unhandled rejection, once. Callbacks cannot harm
 * each other or whoever settles the future. A future that nobody waits for costs one object: promises, listeners and the
 * progress log are made when they are asked for.
 */

import { inspect } from 'node:util';
import { type CancelledError, TardigradeError, TimeoutError } from '../base/errors.js';
import { callback, checkArgument, checkOptions, duration } from '../base/validate.js';
import type { FutureOptions, ResultOptions } from './future-options.js';
import { FUTURE_TRANSITIONS, type FutureState, type FutureStep } from './future-states.js';
import { guardCallback } from './guard-callback.js';
import { happensWithin } from './happens-within.js';
import { ProgressLog } from './progress.js';
import { outputOf, type TaskOutput } from './task-output.js';

/** Called when a future is done. */
export type FutureListener = () => void;

const constructorKey = Symbol('tardigrade.future');
const ignore = (): void => {};
const waitChecks = { timeoutMs: duration() };

// What this file does to a future from outside the class. Set once, in its static block.
let create: <T>(Type: typeof Future, options: FutureOptions) => Future<T>;
let step: (future: Future<unknown>, to: FutureStep, outcome?: unknown) => void;
let report: (future: Future<unknown>, value: unknown) => void;
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
  #listeners: FutureListener | Set<FutureListener> | undefined = undefined;
  #promise: Promise<T> | undefined = undefined;
  #progress: ProgressLog | undefined = undefined;

  static {
    // The class is handed in: one that names itself in its own body is renamed by the bundler.
    create = (Type, options) => new Type(constructorKey, options);
    step = (future, to, outcome) => future.#step(to, outcome);
    report = (future, value) => future.#report(value);
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
    const listeners = this.#listeners;
    if (listeners === undefined) return;
    if (typeof listeners === 'function') listeners();
    // A listener that another one removes before its turn is not called: a Set does that while it is walked.
    else for (const listener of listeners) listener();
    this.#listeners = undefined;
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

  /** Calls `listener` when done, at once if so. */
  #listen(listener: FutureListener): void {
    if (this.done()) return listener();
    const listeners = this.#listeners;
    if (listeners === undefined) this.#listeners = listener;
    else if (typeof listeners === 'function') this.#listeners = new Set([listeners, listener]);
    else listeners.add(listener);
  }

  /** As `#listen`, for one who takes care of a failure; returns what forgets the listener. */
  #subscribe(listener: FutureListener): () => void {
    this.#observe();
    this.#listen(listener);
    return () => this.#unsubscribe(listener);
  }

  #unsubscribe(listener: FutureListener): void {
    if (this.#listeners === listener) this.#listeners = undefined;
    else if (typeof this.#listeners === 'object') this.#listeners.delete(listener);
  }

  #toPromise(): Promise<T> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#listen(() => {
        if (this.#state === 'fulfilled') resolve(this.#outcome as T);
        else reject(this.#outcome);
      });
    });
    return this.#promise;
  }

  /** Throws after its `await`, so that the stack of the error shows who waited. */
  async #waitUntilDone(options: ResultOptions): Promise<void> {
    const { timeoutMs = Infinity } = checkOptions('ResultOptions', options, waitChecks);
    if (this.done()) return;
    const isDone = timeoutMs > 0 && (await happensWithin(timeoutMs, (happened) => this.#subscribe(happened)));
    if (!isDone) throw new TimeoutError(`task ${this.#name} was not done within ${timeoutMs} ms`);
  }
}

/** The side of a future that belongs to whoever runs its task. A step that `FUTURE_TRANSITIONS` does not have throws. */
export class FutureController<T> {
  readonly future: Future<T>;

  /** @internal */
  constructor(options: FutureOptions) {
    this.future = create(Future, options);
  }

  /** The task is known to have started. */
  start(): void {
    step(this.future, 'start');
  }

  /** The task will be started again. */
  requeue(): void {
    step(this.future, 'requeue');
  }

  /** The task gave `value`. */
  fulfil(value: T): void {
    step(this.future, 'fulfil', value);
  }

  /** The task failed with `error`, which may be anything. */
  reject(error: unknown): void {
    step(this.future, 'reject', error);
  }

  /** The task was cancelled. */
  cancelled(error: CancelledError): void {
    step(this.future, 'cancel', error);
  }

  /** Hands on what the task reported; ignored when the future is done. */
  reportProgress(value: unknown): void {
    report(this.future, value);
  }
}

/** Makes a pending future and the controller that steps it. */
export function createFuture<T>(options: FutureOptions): FutureController<T> {
  return new FutureController<T>(options);
}

/**
 * Calls `listener`, which must not throw, when `future` is done; at once if it is. Returns what forgets the listener, also in
 * the middle of a round of calls. Counts as observing a failure.
 */
export function onFutureDone(future: Future<unknown>, listener: FutureListener): () => void {
  return watch(future, listener);
}
