/**
 * One submitted call on the host: its future on one side, its bytes on the other. The only place where an answer becomes a
 * value, and a verdict an error.
 *
 * Rules: knows no worker and no queue.
 * Guarantees: its future settles exactly once; every failure is a fresh object that carries the submit site.
 */

import { AsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { CancelledError, ShutdownExecutorError, TerminatedWorkerError, TimeoutError } from '../base/errors.js';
import { warn } from '../base/warning.js';
import type { Outcome } from '../core/driver.js';
import type { Verdict, WorkerId } from '../core/events.js';
import type { FunctionUnit, TaskPayload } from '../core/ports.js';
import { createFuture, type Future } from '../futures/future.js';
import { type FutureSteps, futureSteps } from '../futures/future-steps.js';
import { forgetOutput, keeperOf, outputOf } from '../futures/task-output.js';
import { attachmentsOf } from '../serialization/attachments.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { restorePositions } from '../serialization/functions/original-positions.js';
import { isHolding, releaseMessage } from '../serialization/memory-port.js';
import { decodeThrown, joinSite } from '../serialization/remote-error.js';
import type { SubmitSite } from '../serialization/submit-site.js';
import type { WrittenChunk } from '../worker/answer.js';
import { brokenError } from './broken-error.js';
import type { CallHome, CallOptions } from './call-parts.js';
import type { CallExtras, CallTerms } from './call-terms.js';
import { settleWithin } from './settle-within.js';
import type { ByteTask } from './task-pool.js';

const RESULT = { direction: 'result', root: 'result' } as const;

/** See the file's header. */
export class Call implements ByteTask {
  readonly name: string;
  readonly future: Future<unknown>;
  readonly #home: CallHome;
  readonly #terms: CallTerms;
  readonly #unit: FunctionUnit;
  /** The arguments; or, when nothing goes beside them, the memory that holds them: a view of it would take 100 bytes more. */
  readonly #args: Uint8Array | ArrayBufferLike;
  readonly #argsAt: number;
  readonly byteLength: number;
  readonly #fn: AnyFunction | undefined;
  readonly #site: SubmitSite;
  readonly #extras: CallExtras | undefined;
  /** Its number in the pool; 0 before it has one. */
  id = 0;
  #cancelReason: unknown;
  /** The async context of the submit: what reads the answer runs there. */
  readonly #scope = new AsyncResource('TARDIGRADE_TASK');

  constructor({ home, terms, unit, args, fn, name, site, extras }: CallOptions) {
    this.#home = home;
    this.#terms = terms;
    this.#unit = unit;
    const isAlone = !isHolding(args) && attachmentsOf(args) === undefined;
    this.#args = isAlone ? args.buffer : args;
    this.#argsAt = args.byteOffset;
    this.byteLength = args.length;
    this.name = name;
    this.#fn = fn;
    this.#site = site;
    this.#extras = extras;
    this.future = createFuture<unknown>(this);
  }

  /** Made when a worker is to have it: while the call waits, there is none. */
  get payload(): TaskPayload {
    const { shape, name, startNews } = this.#terms;
    const args = ArrayBuffer.isView(this.#args)
      ? this.#args
      : new Uint8Array(this.#args, this.#argsAt, this.byteLength);
    return { unit: this.#unit, args, shape, name, startNews, context: this.#extras?.context };
  }

  get signal(): AbortSignal | undefined {
    return this.#terms.signal;
  }

  /** Its future asks it to end, if it has not begun. */
  onCancel(reason: unknown): boolean {
    const before = this.#cancelReason;
    this.#cancelReason = reason;
    this.#home.cancel(this);
    if (this.future.cancelled()) return true;
    this.#cancelReason = before;
    return false;
  }

  get #steps(): FutureSteps {
    return this.#extras?.trace === undefined ? futureSteps : this.#extras.trace.steps;
  }

  /** Its `signal` fired. */
  abort(reason: unknown): void {
    this.#cancelReason = reason;
    this.#home.abort(this);
  }

  onStart(attempt: number, worker: WorkerId): void {
    this.#extras?.trace?.begin(attempt, worker);
    this.#steps.start(this.future);
  }

  onRequeue(): void {
    this.#steps.requeue(this.future);
    forgetOutput(this.future);
  }

  onProgress(bytes: Uint8Array): void {
    this.#scope.runInAsyncScope(this.#readProgress, this, bytes);
  }

  #readProgress(bytes: Uint8Array): void {
    const report = (value: unknown): void => this.#steps.reportProgress(this.future, value);
    try {
      const value = this.#home.codec.decode(bytes, { direction: 'result', root: 'progress' });
      // Progress that cannot be read here is dropped: it is news, not the answer.
      if (value instanceof Promise) value.then(report, () => {});
      else report(value);
    } catch {}
  }

  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    keeperOf(this.future).push(stream, bytes);
  }

  /** An error that can only be read later, because a module must be loaded first, is not worth the wait. */
  wantsRetry(outcome: Outcome): boolean {
    const { retryOn } = this.#terms;
    return retryOn !== undefined && this.#scope.runInAsyncScope(this.#isRetried, this, retryOn, outcome);
  }

  #isRetried(retryOn: NonNullable<CallTerms['retryOn']>, outcome: Outcome): boolean {
    const thrown = this.#thrownIn(outcome);
    if (thrown === undefined || thrown.value instanceof Promise) return false;
    try {
      return retryOn(thrown.value) === true;
    } catch (error) {
      const message = `retryOn of ${this.#label()} threw, so the task is not tried again`;
      warn({ code: 'TARDIGRADE_RETRY_ON', message, cause: error });
      return false;
    }
  }

  #thrownIn({ failed, bytes }: Outcome): { readonly value: unknown } | undefined {
    const { codec } = this.#home;
    if (failed) return { value: decodeThrown(codec, bytes, this.#site) };
    if (this.#terms.shape === 'call') return undefined;
    try {
      const { failure } = codec.decode(bytes, RESULT) as WrittenChunk;
      return failure && { value: decodeThrown(codec, failure, this.#site) };
    } catch {
      return undefined;
    }
  }

  onSettle(verdict: Verdict, outcome: Outcome | undefined): void {
    this.#home.forget(this);
    this.#releaseArgs();
    if (outcome !== undefined) this.#extras?.onDuration?.(outcome.durationUs);
    this.#scope.runInAsyncScope(this.#settle, this, verdict, outcome);
  }

  #settle(verdict: Verdict, outcome: Outcome | undefined): void {
    switch (verdict.kind) {
      case 'finished':
        return this.#read(outcome as Outcome);
      case 'cancelled':
        return this.#steps.cancelled(this.future, this.#cancelledError());
      case 'timed-out':
        return this.#fail(
          new TimeoutError(`${this.#label()} took longer than timeoutMs (${this.#terms.timeoutMs} ms)`),
        );
      case 'lost':
        return this.#fail(
          new TerminatedWorkerError({
            taskId: this.id,
            taskName: this.name,
            attempt: verdict.attempt,
            exit: verdict.exit,
            earlier: verdict.earlier,
            output: outputOf(this.future),
          }),
        );
      case 'shut-down':
        return this.#fail(
          new ShutdownExecutorError(
            `${this.#home.label} was shut down with killWorkers before ${this.#label()} had finished`,
          ),
        );
      case 'broken':
        return this.#failWithPool(verdict);
      default:
        verdict satisfies never;
    }
  }

  within(act: () => void): void {
    this.#scope.runInAsyncScope(act);
  }

  /** Fails before it was ever in a pool. */
  refuse(error: unknown): void {
    this.#releaseArgs();
    this.#home.forget(this);
    this.#steps.reject(this.future, error);
  }

  /** Is cancelled before it was ever in a pool. */
  refuseCancelled(reason: unknown): void {
    this.#releaseArgs();
    this.#cancelReason = reason;
    this.#steps.cancelled(this.future, this.#cancelledError());
  }

  #releaseArgs(): void {
    if (ArrayBuffer.isView(this.#args)) releaseMessage(this.#args);
  }

  #label(): string {
    return `task ${this.id} (${this.name})`;
  }

  #cancelledError(): CancelledError {
    const reason = this.#cancelReason;
    const message = `${this.#label()} was cancelled`;
    const error = new CancelledError(message, reason === undefined ? undefined : { cause: reason });
    joinSite(error, this.#site);
    return error;
  }

  #fail(error: Error): void {
    this.#steps.reject(this.future, joinSite(error, this.#site));
  }

  #reject(thrown: unknown): void {
    if (this.#fn !== undefined && types.isNativeError(thrown)) {
      this.#home.units.correctPlace(thrown, { fn: this.#fn, unit: this.#unit });
    }
    restorePositions(thrown);
    this.#steps.reject(this.future, thrown);
  }

  #failWithPool(verdict: Verdict & { kind: 'broken' }): void {
    brokenError(verdict, this.#home).then((error) => this.#fail(error));
  }

  #read({ failed, bytes }: Outcome): void {
    const { codec } = this.#home;
    const fulfil = (value: unknown): void => (failed ? this.#reject(value) : this.#steps.fulfil(this.future, value));
    const refuse = (error: unknown): void => this.#fail(error as Error);
    try {
      const value = failed ? decodeThrown(codec, bytes, this.#site) : codec.decode(bytes, RESULT);
      if (value instanceof Promise) this.#limitReading(value).then(fulfil, refuse);
      else fulfil(value);
    } catch (error) {
      refuse(error);
    }
  }

  /** A module that never finishes loading must not keep the future for ever. */
  #limitReading(value: Promise<unknown>): Promise<unknown> {
    const { clock, loadTimeoutMs } = this.#home;
    const limitMs = this.#terms.timeoutMs ?? loadTimeoutMs;
    const message = `${this.#label()} has answered, but a module that its answer needs did not load here in ${limitMs} ms`;
    return settleWithin(value, { clock, limitMs, message });
  }
}
