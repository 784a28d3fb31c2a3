/**
 * The taking side of a `map`: items come from the input while fewer than `bufferSize` are ahead of the consumer, and leave in
 * chunks.
 *
 * Rules: knows no results but their number. Where chunks are paced, an item waits for others of its chunk only while all
 * workers have enough to do, and never for a slow input.
 * Guarantees: nothing is taken after `close`; the input is closed then, unless it is over.
 */

import { AsyncResource } from 'node:async_hooks';
import { ChunkPace, lengthOf } from './chunk-pace.js';
import { type ChunkRead, ChunkReader } from './chunk-reader.js';

/** What a feed is made of. */
export interface MapFeedOptions {
  readonly items: Iterable<unknown> | AsyncIterable<unknown>;
  readonly chunkSize: number | 'auto';
  readonly bufferSize: number | undefined;
  readonly maxWorkers: number;
  /** Sends some items; `onDuration` hears how long they took in their worker. Says how many tasks they became. */
  send(items: readonly unknown[], firstIndex: number, onDuration: (durationUs: number) => void): number;
  /** The input is over, or has failed; all its items were sent. */
  onOver(failure: { readonly thrown: unknown } | undefined): void;
}

/** See the file's header. */
export class MapFeed {
  readonly #options: MapFeedOptions;
  readonly #input: ChunkReader;
  readonly #isAsync: boolean;
  readonly #length: number | undefined;
  /** How many items travel together, or what finds it out. */
  readonly #chunkSize: number | ChunkPace;
  /** The async context of the call of `map`: the input is read there, and the chunks are submitted. */
  readonly #scope = new AsyncResource('TARDIGRADE_MAP');
  #state: 'open' | 'over' = 'open';
  #taking: 'no' | 'yes' = 'no';
  /** Taken and not yet sent. */
  #gathered: unknown[] = [];
  #sent = 0;
  /** Items that were taken and not handed out. */
  #ahead = 0;
  /** Tasks on their way. */
  #outstanding = 0;

  constructor(options: MapFeedOptions) {
    const { items, chunkSize, bufferSize, maxWorkers } = options;
    this.#options = options;
    this.#input = new ChunkReader(items);
    this.#isAsync = typeof (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
    this.#length = lengthOf(items);
    if (chunkSize === 'auto') this.#chunkSize = new ChunkPace({ maxWorkers });
    else this.#chunkSize = Math.min(chunkSize, bufferSize ?? chunkSize);
  }

  /** Takes what the buffer allows. */
  take(): void {
    // Mostly there is no room, and to change the context is not for nothing.
    if (this.#mayTake() && this.#room() > 0) this.#scope.runInAsyncScope(this.#takeHere, this);
  }

  #mayTake(): boolean {
    return this.#state === 'open' && this.#taking === 'no';
  }

  #takeHere(): void {
    while (this.#mayTake()) {
      const count = this.#room();
      if (count === 0) return;
      const read = this.#input.read(count);
      if (!(read instanceof Promise)) {
        this.#accept(read);
        continue;
      }
      this.#taking = 'yes';
      void read.then((later) => {
        this.#taking = 'no';
        this.#accept(later);
        this.take();
      });
    }
  }

  /** A result was handed out. */
  noteHandedOut(): void {
    this.#ahead -= 1;
    this.take();
  }

  /** A task has come to its end. */
  noteArrival(): void {
    this.#outstanding -= 1;
    if (this.#gathered.length > 0) this.#scope.runInAsyncScope(this.#sendIfIdle, this);
  }

  /** Nothing more is taken or sent. */
  close(): void {
    const wasOpen = this.#state === 'open';
    this.#state = 'over';
    this.#gathered = [];
    if (wasOpen) this.#scope.runInAsyncScope(this.#input.close, this.#input);
  }

  /** How many items to take now, up to a whole chunk. */
  #room(): number {
    const { bufferSize, maxWorkers } = this.#options;
    const chunk = this.#nextSize();
    const missing = Math.max(chunk - this.#gathered.length, 1);
    const room = (bufferSize ?? 2 * maxWorkers * chunk) - this.#ahead;
    if (!(this.#chunkSize instanceof ChunkPace)) return room >= missing ? missing : 0;
    // What is there of a slow input does not wait for what is not.
    if (this.#isAsync) return room > 0 ? 1 : 0;
    // A buffer that the user has bounded is kept full to the last item; otherwise whole chunks are cheaper.
    if (bufferSize !== undefined) return Math.max(0, Math.min(room, missing));
    return room >= missing ? missing : 0;
  }

  #nextSize(): number {
    if (!(this.#chunkSize instanceof ChunkPace)) return this.#chunkSize;
    const left = this.#length === undefined ? undefined : this.#length - this.#sent;
    return Math.min(this.#chunkSize.next(left), this.#options.bufferSize ?? Number.POSITIVE_INFINITY);
  }

  #accept({ items, isLast, failure }: ChunkRead): void {
    if (this.#state !== 'open') return;
    this.#ahead += items.length;
    if (this.#gathered.length === 0) this.#gathered = items;
    else for (const item of items) this.#gathered.push(item);
    if (isLast || this.#gathered.length >= this.#nextSize()) this.#send();
    else this.#sendIfIdle();
    if (!isLast) return;
    this.#state = 'over';
    this.#options.onOver(failure);
  }

  /** Sends what is no whole chunk yet where workers would otherwise have nothing to do. */
  #sendIfIdle(): void {
    if (this.#outstanding < 2 * this.#options.maxWorkers) this.#send();
  }

  #send(): void {
    const items = this.#gathered;
    if (items.length === 0) return;
    this.#gathered = [];
    const first = this.#sent;
    this.#sent += items.length;
    const pace = this.#chunkSize;
    this.#outstanding += this.#options.send(items, first, (durationUs) => {
      if (pace instanceof ChunkPace) pace.note(items.length, durationUs);
    });
  }
}
