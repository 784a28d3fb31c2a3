/**
 * What a running task reported, for any number of consumers: a list in which each consumer stands at its own place.
 *
 * Rules: knows no future; whoever owns the log says what was reported and when it ends.
 * Guarantees: the log itself holds the latest value only. What a consumer has not read yet is held by that consumer alone,
 * so an iterator that is dropped half-way holds nothing, and with no consumer memory does not grow. Never rejects.
 */

/** One place in the list. `next` is unset at the end of the list. */
interface Link {
  readonly value: unknown;
  next: Link | undefined;
}

/** The reports of one task. One who starts to read late gets the latest report first, then what follows. */
export class ProgressLog implements AsyncIterable<unknown> {
  /** The latest report; before the first one, a place whose value nobody reads. */
  #last: Link = { value: undefined, next: undefined };
  #hasReports = false;
  #ended = false;
  #sleepers: Set<() => void> | undefined;

  /** Adds a report. Ignored after the end. */
  report(value: unknown): void {
    if (this.#ended) return;
    const link: Link = { value, next: undefined };
    this.#last.next = link;
    this.#last = link;
    this.#hasReports = true;
    this.#wakeAll();
  }

  /** No report follows: each consumer reads what it has not read, then ends. */
  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  /** A new consumer. */
  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    let place: Link = this.#hasReports ? { value: undefined, next: this.#last } : this.#last;
    let closed = false;
    let wake: (() => void) | undefined;
    const read = async (): Promise<IteratorResult<unknown>> => {
      while (!closed) {
        if (place.next !== undefined) {
          place = place.next;
          return { done: false, value: place.value };
        }
        if (this.#ended) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          this.#addSleeper(resolve);
        });
      }
      return { done: true, value: undefined };
    };
    // Reads that are asked for before the last one was answered take turns, so that each gets what is next.
    let turn: Promise<unknown> = Promise.resolve();
    const next = (): Promise<IteratorResult<unknown>> => {
      const answer = turn.then(read);
      turn = answer;
      return answer;
    };
    const leave = async (): Promise<IteratorResult<unknown>> => {
      closed = true;
      if (wake !== undefined) {
        this.#sleepers?.delete(wake);
        wake();
      }
      return { done: true, value: undefined };
    };
    return { next, return: leave, [Symbol.asyncIterator]: thisIterator };
  }

  #addSleeper(wake: () => void): void {
    this.#sleepers ??= new Set();
    this.#sleepers.add(wake);
  }

  #wakeAll(): void {
    const sleepers = this.#sleepers;
    if (sleepers === undefined) return;
    this.#sleepers = undefined;
    for (const wake of sleepers) wake();
  }
}

function thisIterator<T>(this: T): T {
  return this;
}
