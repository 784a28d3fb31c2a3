/**
 * `map`: runs a function over many items with bounded look-ahead, and hands out results as an async iterator.
 *
 * One `MapRun` is one walk: chunks come from its feed (`map-feed`), are submitted, and stand in a line (in order) or in two (as
 * they come).
 *
 * Rules: submits through the function it is given; knows no pool.
 * Guarantees: each result is handed out once. The first failure that the consumer meets ends the walk: what has not begun
 * is cancelled, the input is closed, and nothing stays unobserved. Nothing is taken from the input after that.
 */

import type { Clock, Timer } from '../base/clock.js';
import { CancelledError, TimeoutError } from '../base/errors.js';
import type { Future } from '../futures/future.js';
import type { MapOptions, MapResults } from './executor.js';
import { MapFeed } from './map-feed.js';

/** Submits some items as one task, or as several when they cannot travel together. */
export type SubmitChunk = (
  items: readonly unknown[],
  firstIndex: number,
  terms: { readonly signal: AbortSignal; onDuration(durationUs: number): void },
) => readonly SubmittedChunk[];

/** A chunk on its way. */
export interface SubmittedChunk {
  readonly future: Future<unknown>;
  /** What the future's value says. */
  read(value: unknown): ChunkResults | Promise<ChunkResults>;
}

/** What one chunk gave: the values up to the first failure, and that failure. They belong to who gets them. */
export interface ChunkResults {
  readonly values: unknown[];
  readonly failure?: { readonly thrown: unknown } | undefined;
}

/** What a walk is made of. */
export interface MapRunOptions {
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  readonly submit: SubmitChunk;
  readonly options: MapOptions;
  readonly maxWorkers: number;
  /** Whether items that nobody wants in chunks travel one by one, however short they take. */
  readonly isPacedByItem: boolean;
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
  readonly #feed: MapFeed;
  readonly #ordered: boolean;
  readonly #abort = new AbortController();
  readonly #onSignal: (() => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: Timer | undefined;
  #state: State = 'open';
  /** In the order of the input, or of completion. */
  #line: Slot[] = [];
  /** Unordered: chunks that are still running. */
  readonly #running = new Set<Slot>();
  /** Results of the first slot that was done, not yet handed out. */
  #ready: unknown[] = [];
  #readyAt = 0;
  /** Consumers that wait. */
  readonly #waiting: Settler[] = [];

  constructor({ items, submit, options, maxWorkers, isPacedByItem, clock }: MapRunOptions) {
    const { chunkSize = 'auto', bufferSize, ordered = true, signal, timeoutMs } = options;
    this.#submit = submit;
    this.#ordered = ordered;
    this.#feed = new MapFeed({
      items,
      chunkSize: chunkSize === 'auto' && isPacedByItem ? 1 : chunkSize,
      bufferSize,
      maxWorkers,
      send: (chunk, firstIndex, onDuration) => this.#send(chunk, firstIndex, onDuration),
      onOver: (failure) => this.#endInput(failure),
    });
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
    if (this.#state === 'open') this.#feed.take();
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#waiting.length === 0 && this.#readyAt < this.#ready.length) {
      return Promise.resolve({ done: false, value: this.#takeReady() as R });
    }
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
    for (;;) {
      while (this.#waiting.length === 0 && this.#readyAt < this.#ready.length) values.push(this.#takeReady() as R);
      const step = await this.next();
      if (step.done === true) return values;
      values.push(step.value);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #send(items: readonly unknown[], firstIndex: number, onDuration: (durationUs: number) => void): number {
    const chunks = this.#submit(items, firstIndex, { signal: this.#abort.signal, onDuration });
    for (const chunk of chunks) this.#expect(chunk);
    return chunks.length;
  }

  #endInput(failure: { readonly thrown: unknown } | undefined): void {
    this.#state = 'input-over';
    if (failure !== undefined) this.#line.push(failedSlot(failure.thrown));
    this.#serve();
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
    this.#feed.noteArrival();
    if (this.#running.delete(slot)) this.#line.push(slot);
    this.#serve();
  }

  /** Hands out what is there to whoever waits. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      if (this.#readyAt < this.#ready.length) {
        this.#waiting.shift()?.resolve({ done: false, value: this.#takeReady() });
        continue;
      }
      const outcome = this.#line[0]?.outcome;
      if (outcome !== undefined) this.#open(outcome);
      else if (this.#isOver()) this.#waiting.shift()?.resolve({ done: true, value: undefined });
      else return;
    }
  }

  /** Takes one of the results that are there, and from the input what there is room for then. */
  #takeReady(): unknown {
    const value = this.#ready[this.#readyAt];
    this.#ready[this.#readyAt] = undefined;
    this.#readyAt += 1;
    this.#feed.noteHandedOut();
    return value;
  }

  #open({ values, failure }: ChunkResults): void {
    this.#line.shift();
    this.#ready = values;
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
    this.#feed.close();
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
