/**
 * Takes items from the input of a `map`, a chunk at a time, whether the input answers at once or with promises.
 *
 * Rules: takes only what it is asked for; knows nothing of tasks and results.
 * Guarantees: `read` never throws and never rejects: what the input fails with is part of the answer. `close` tells the
 * input that nothing more will be taken, and what fails then is reported as a warning, as nobody waits any more.
 */

import { warn } from '../base/warning.js';

/** What one `read` brought. */
export interface ChunkRead {
  readonly items: unknown[];
  /** The input is over. */
  readonly isLast: boolean;
  /** What the input failed with, after these items. */
  readonly failure?: { readonly thrown: unknown };
}

type Input = Iterator<unknown> | AsyncIterator<unknown>;
type Step = IteratorResult<unknown>;

/** See the file's header. */
export class ChunkReader {
  readonly #input: Input;

  constructor(items: Iterable<unknown> | AsyncIterable<unknown>) {
    const asyncOf = (items as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    this.#input = typeof asyncOf === 'function' ? asyncOf.call(items) : (items as Iterable<unknown>)[Symbol.iterator]();
  }

  /** The next `count` items, or what is left. */
  read(count: number): ChunkRead | Promise<ChunkRead> {
    const items: unknown[] = [];
    while (items.length < count) {
      let step: Step | Promise<Step>;
      try {
        step = this.#input.next();
      } catch (thrown) {
        return { items, isLast: true, failure: { thrown } };
      }
      if (isPromise(step)) return this.#readLater(items, count, step);
      if (!isObject(step)) return { items, isLast: true, failure: { thrown: notAnObject(step) } };
      if (step.done === true) return { items, isLast: true };
      items.push(step.value);
    }
    return { items, isLast: false };
  }

  async #readLater(items: unknown[], count: number, first: Promise<Step>): Promise<ChunkRead> {
    try {
      for (let pending: Step | Promise<Step> = first; ; pending = this.#input.next()) {
        const step = await pending;
        if (!isObject(step)) throw notAnObject(step);
        if (step.done === true) return { items, isLast: true };
        items.push(step.value);
        if (items.length === count) return { items, isLast: false };
      }
    } catch (thrown) {
      return { items, isLast: true, failure: { thrown } };
    }
  }

  /** Nothing more will be taken. */
  close(): void {
    try {
      const closing = this.#input.return?.() as Promise<unknown> | undefined;
      if (typeof closing?.then === 'function') closing.then(undefined, reportClosing);
    } catch (error) {
      reportClosing(error);
    }
  }
}

function isObject(step: unknown): step is object {
  return typeof step === 'object' && step !== null;
}

function notAnObject(step: unknown): TypeError {
  return new TypeError(`the input of a map gave ${String(step)} for a result of next(), which is not an object`);
}

function isPromise(step: Step | Promise<Step>): step is Promise<Step> {
  return typeof (step as { then?: unknown } | undefined)?.then === 'function';
}

function reportClosing(error: unknown): void {
  warn({ code: 'TARDIGRADE_MAP_INPUT', message: 'The input of a map failed while it was closed.', cause: error });
}
