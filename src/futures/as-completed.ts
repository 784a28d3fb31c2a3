/**
 * Hands out futures in the order in which they are done.
 *
 * Rules: knows no executor; takes anything that has a `then`.
 * Guarantees: each item once; none is kept after it was handed out; what is done is handed out before the time is looked at.
 * A timer runs only while somebody waits for the next item, and leaving leaves no listener.
 */

import { type Timer, wallClock } from '../base/clock.js';
import { TimeoutError } from '../base/errors.js';
import { checkOptions, duration } from '../base/validate.js';
import { collectFutures, isFuture, type Watch, watchFutures } from './watch.js';

/** Options of `asCompleted`. */
export interface AsCompletedOptions {
  /** Throw `TimeoutError` when this time after the call not all are done; 0 means: what is done now. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * What `asCompleted` gives: an `AsyncIterableIterator<F>`, spelled out because TypeScript takes the items of that one for
 * awaited, which here they are not.
 */
export interface CompletedFutures<F> {
  /** The next one that is done. */
  next(): Promise<IteratorResult<F, undefined>>;
  /** Leaves; what `for await` calls when it is left early. */
  return(): Promise<IteratorResult<F, undefined>>;
  [Symbol.asyncIterator](): CompletedFutures<F>;
}

const asCompletedChecks = { timeoutMs: duration() };

/**
 * An async iterable of `futures` in the order of completion, the futures themselves, so that one that failed does not end
 * the loop. Takes futures of different executors, promises, and the same one twice. Counts as observing.
 * From `concurrent.futures.as_completed`.
 */
export function asCompleted<F extends PromiseLike<unknown>>(
  futures: Iterable<F>,
  options?: AsCompletedOptions,
): CompletedFutures<F> {
  const { timeoutMs = Infinity } = checkOptions('AsCompletedOptions', options, asCompletedChecks);
  return new CompletionIterator(collectFutures(futures), timeoutMs);
}

/** What a reader is told. */
type Answer<F> = { readonly kind: 'item'; readonly item: F } | { readonly kind: 'end' } | { readonly kind: 'timeout' };

const END = { kind: 'end' } as const;
const TIMEOUT = { kind: 'timeout' } as const;

class CompletionIterator<F extends PromiseLike<unknown>> implements CompletedFutures<F> {
  readonly #total: number;
  readonly #deadlineMs: number;
  readonly #watch: Watch;
  /** Done and not handed out: from `#firstReady` on; what stands before it is cleared. */
  #ready: (F | undefined)[] = [];
  #firstReady = 0;
  #unsettled: number;
  readonly #hasPromises: boolean;
  /** Those who wait for the next item; nothing is ready while there is one. */
  #readers: Set<(answer: Answer<F>) => void> = new Set();
  #timer: Timer | undefined;
  #hasEnded = false;

  constructor(items: ReadonlySet<F>, timeoutMs: number) {
    this.#total = items.size;
    this.#unsettled = items.size;
    this.#deadlineMs = wallClock.nowMs() + timeoutMs;
    this.#hasPromises = ![...items].every(isFuture);
    this.#watch = watchFutures(items, (item) => this.#onSettled(item));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<F, undefined>> {
    const answer = this.#takeReady() ?? (await this.#waitForNext());
    switch (answer.kind) {
      case 'item':
        return { done: false, value: answer.item };
      case 'end':
        return { done: true, value: undefined };
      case 'timeout':
        // Thrown here, after the `await`, so that its stack shows whose loop it ends.
        throw new TimeoutError(`${this.#unsettled} (of ${this.#total}) futures unfinished`);
      default:
        return answer satisfies never;
    }
  }

  async return(): Promise<IteratorResult<F, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  #takeReady(): Answer<F> | undefined {
    const item = this.#ready[this.#firstReady];
    if (item === undefined) return undefined;
    this.#ready[this.#firstReady] = undefined;
    this.#firstReady += 1;
    return { kind: 'item', item };
  }

  #waitForNext(): Promise<Answer<F>> | Answer<F> {
    if (this.#hasEnded || this.#unsettled <= this.#readers.size) return END;
    const remainingMs = this.#deadlineMs - wallClock.nowMs();
    // A promise that has settled says so only after a turn of the event loop.
    if (remainingMs <= 0 && !this.#hasPromises) return this.#timeOut();
    return new Promise((resolve) => {
      this.#readers.add(resolve);
      if (remainingMs < Infinity) this.#startTimer(Math.max(remainingMs, 0));
    });
  }

  #startTimer(delayMs: number): void {
    this.#timer ??= wallClock.startTimer(delayMs, () => this.#timeOut(), { keepAlive: true });
  }

  #onSettled(item: F): void {
    this.#unsettled -= 1;
    const [reader] = this.#readers;
    if (reader === undefined) this.#ready.push(item);
    else this.#answer(reader, { kind: 'item', item });
  }

  #answer(reader: (answer: Answer<F>) => void, answer: Answer<F>): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#stopTimer();
    reader(answer);
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** The first reader is told of the timeout; for the others the loop is over. */
  #timeOut(): Answer<F> {
    const [reader] = this.#readers;
    if (reader !== undefined) this.#answer(reader, TIMEOUT);
    this.#end();
    return TIMEOUT;
  }

  #end(): void {
    this.#hasEnded = true;
    this.#watch.stop();
    this.#ready = [];
    for (const reader of this.#readers) this.#answer(reader, END);
  }
}
