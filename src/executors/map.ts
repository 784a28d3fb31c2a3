/**
 * `map`: runs a function over many items with bounded look-ahead, and hands out results as an async iterator.
 *
 * One `MapRun` is one walk: it takes items from the input while fewer than `bufferSize` are ahead of the consumer, submits
 * them in chunks, and keeps the chunks in a line (in order) or in two (as they come).
 *
 * Rules: submits through the function it is given; knows no pool.
 * Guarantees: each result is handed out once. The first failure that the consumer meets ends the walk: what has not begun
 * is cancelled, the input is closed, and nothing stays unobserved. Nothing is taken from the input after that.
 */

import { AsyncResource } from 'node:async_hooks';
import type { Clock, Timer } from '../base/clock.js';
import { CancelledError, TimeoutError } from '../base/errors.js';
import type { Future } from '../futures/future.js';
import { type ChunkRead, ChunkReader } from './chunk-reader.js';
import type { MapOptions, MapResults } from './executor.js';

/** Submits some items as one task, or as several when they cannot travel together. */
export type SubmitChunk = (
  items: readonly unknown[],
  firstIndex: number,
  signal: AbortSignal,
) => readonly SubmittedChunk[];

/** A chunk on its way. */
export interface SubmittedChunk {
  readonly future: Future<unknown>;
  /** What the future's value says. */
  read(value: unknown): ChunkResults | Promise<ChunkResults>;
}

/** What one chunk gave: the values up to the first failure, and that failure. */
export interface ChunkResults {
  readonly values: readonly unknown[];
  readonly failure?: { readonly thrown: unknown } | undefined;
}

/** What a walk is made of. */
export interface MapRunOptions {
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  readonly submit: SubmitChunk;
  readonly options: MapOptions;
  readonly maxWorkers: number;
  readonly clock: Clock;
}

type State = 'open' | 'input-over' | 'closed';
type Settler = { resolve(result: IteratorResult<unknown, undefined>): void; reject(error: unknown): void };

/** Something that will come: results of a chunk, or what the input failed with. */
interface Slot {
  readonly future: Future<unknown> | undefined;
  outcome: ChunkResults | undefined;
}

/** See the file's header. */
export class MapRun<R> implements MapResults<R> {
  readonly #submit: SubmitChunk;
  readonly #input: ChunkReader;
  readonly #chunkSize: number;
  readonly #bufferSize: number;
  readonly #ordered: boolean;
  readonly #abort = new AbortController();
  readonly #onSignal: (() => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: Timer | undefined;
  #state: State = 'open';
  #taking: 'no' | 'yes' = 'no';
  #taken = 0;
  /** Items that were taken and not handed out. */
  #ahead = 0;
  /** In the order of the input, or of completion. */
  #line: Slot[] = [];
  /** Unordered: chunks that are still running. */
  readonly #running = new Set<Slot>();
  /** Results of the first slot that was done, not yet handed out. */
  #ready: unknown[] = [];
  #readyAt = 0;
  /** The async context of the call of `map`: the input is read there, and the chunks are submitted. */
  readonly #scope = new AsyncResource('TARDIGRADE_MAP');
  /** Consumers that wait. */
  readonly #waiting: Settler[] = [];

  constructor({ items, submit, options, maxWorkers, clock }: MapRunOptions) {
    const { chunkSize = 'auto', bufferSize, ordered = true, signal, timeoutMs } = options;
    this.#submit = submit;
    const wanted = chunkSize === 'auto' ? 1 : chunkSize;
    this.#bufferSize = bufferSize ?? 2 * maxWorkers * wanted;
    this.#chunkSize = Math.min(wanted, this.#bufferSize);
    this.#ordered = ordered;
    this.#input = new ChunkReader(items);
    this.#signal = signal;
    this.#onSignal =
      signal === undefined
        ? undefined
        : () => this.#stop(new CancelledError('map was cancelled', { cause: signal.reason }));
    if (signal?.aborted) this.#onSignal?.();
    else if (this.#onSignal !== undefined) signal?.addEventListener('abort', this.#onSignal, { once: true });
    if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) {
      const late = (): void => this.#stop(new TimeoutError(`map took longer than timeoutMs (${timeoutMs} ms)`));
      this.#timer = clock.startTimer(timeoutMs, late);
    }
    this.#take();
  }

  next(): Promise<IteratorResult<R, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as Settler['resolve'], reject });
      this.#serve();
    });
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    this.#close();
    this.#serve();
    return { done: true, value: undefined };
  }

  async toArray(): Promise<R[]> {
    const values: R[] = [];
    for await (const value of this) values.push(value);
    return values;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Takes from the input what the buffer allows. */
  #take(): void {
    this.#scope.runInAsyncScope(this.#takeHere, this);
  }

  #takeHere(): void {
    while (this.#state === 'open' && this.#taking === 'no' && this.#ahead + this.#chunkSize <= this.#bufferSize) {
      const read = this.#input.read(this.#chunkSize);
      if (!(read instanceof Promise)) {
        this.#accept(read);
        continue;
      }
      this.#taking = 'yes';
      void read.then((later) => {
        this.#taking = 'no';
        this.#accept(later);
        this.#take();
      });
    }
  }

  #accept({ items, isLast, failure }: ChunkRead): void {
    if (this.#state !== 'open') return;
    if (isLast) this.#state = 'input-over';
    if (items.length > 0) this.#send(items);
    if (failure !== undefined) this.#line.push(failedSlot(failure.thrown));
    if (isLast) this.#serve();
  }

  #send(items: unknown[]): void {
    const chunks = this.#submit(items, this.#taken, this.#abort.signal);
    this.#taken += items.length;
    this.#ahead += items.length;
    for (const chunk of chunks) this.#expect(chunk);
  }

  #expect({ future, read }: SubmittedChunk): void {
    const slot: Slot = { future, outcome: undefined };
    if (this.#ordered) this.#line.push(slot);
    else this.#running.add(slot);
    future.then(read).then(
      (results) => this.#arrive(slot, results),
      (thrown: unknown) => this.#arrive(slot, { values: [], failure: { thrown } }),
    );
  }

  #arrive(slot: Slot, outcome: ChunkResults): void {
    slot.outcome = outcome;
    if (this.#running.delete(slot)) this.#line.push(slot);
    this.#serve();
  }

  /** Hands out what is there to whoever waits. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      if (this.#readyAt < this.#ready.length) {
        const value = this.#ready[this.#readyAt];
        this.#ready[this.#readyAt] = undefined;
        this.#readyAt += 1;
        this.#ahead -= 1;
        this.#waiting.shift()?.resolve({ done: false, value });
        this.#take();
        continue;
      }
      const outcome = this.#line[0]?.outcome;
      if (outcome !== undefined) this.#open(outcome);
      else if (this.#isOver()) this.#waiting.shift()?.resolve({ done: true, value: undefined });
      else return;
    }
  }

  #open({ values, failure }: ChunkResults): void {
    this.#line.shift();
    this.#ready = [...values];
    this.#readyAt = 0;
    // A failure is met after the values before it.
    if (failure === undefined) return;
    if (values.length > 0) this.#line.unshift(failedSlot(failure.thrown));
    else this.#fail(failure.thrown);
  }

  #fail(error: unknown): void {
    this.#close();
    this.#waiting.shift()?.reject(error);
  }

  #isOver(): boolean {
    if (this.#state === 'closed') return true;
    const isEmpty = this.#line.length === 0 && this.#running.size === 0;
    if (this.#state !== 'input-over' || !isEmpty) return false;
    this.#close();
    return true;
  }

  /** Ends the walk with a failure that is not a task's: what runs is ended too. */
  #stop(error: Error): void {
    if (this.#state === 'closed') return;
    this.#close();
    this.#abort.abort(error);
    this.#line = [failedSlot(error)];
    this.#serve();
  }

  /** Cancels what has not begun and closes the input. */
  #close(): void {
    if (this.#state === 'closed') return;
    const inputIsOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#timer?.stop();
    if (this.#onSignal !== undefined) this.#signal?.removeEventListener('abort', this.#onSignal);
    const unfinished = [...this.#line, ...this.#running];
    this.#line = [];
    this.#running.clear();
    this.#ready = [];
    this.#readyAt = 0;
    // The last first: cancelling the first would let the next one begin.
    for (const slot of unfinished.reverse()) slot.future?.cancel();
    if (inputIsOpen) this.#scope.runInAsyncScope(this.#input.close, this.#input);
  }
}

function failedSlot(thrown: unknown): Slot {
  return { future: undefined, outcome: { values: [], failure: { thrown } } };
}

/** Refuses what cannot be walked. */
export function checkIterable(items: unknown): void {
  const isIterable =
    items !== null &&
    items !== undefined &&
    (typeof (items as Iterable<unknown>)[Symbol.iterator] === 'function' ||
      typeof (items as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function');
  if (!isIterable) throw new TypeError(`items must be an iterable or an async iterable, got ${typeof items}`);
}
