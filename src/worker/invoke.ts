/**
 * Calls a user's function, for one call or for each item of a chunk.
 *
 * Rules: knows no link and no task. Uses nothing that a task before may have replaced.
 */

import type { TaskPayload } from '../core/ports.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { apply, isPromise, uncurry } from '../serialization/intrinsics.js';

const promiseThen = uncurry(Promise.prototype.then) as (promise: Promise<unknown>, ...on: (() => void)[]) => unknown;
const ignore = (): void => {};

/** Whether a value is to be waited for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

/** Says that somebody will look at the failure of a promise, later. */
export function ignoreFailure(value: unknown): void {
  if (isPromise(value)) promiseThen(value as Promise<unknown>, ignore, ignore);
}

/** What one chunk of a `map` answers: the values up to the first failure, and that failure. */
export interface ChunkAnswer {
  readonly values: unknown[];
  /** Always its own: a task may have given all objects one. */
  readonly failure: { readonly thrown: unknown } | undefined;
}

/** `'call'`: the function's own value. `'chunk'`: a `ChunkAnswer`. */
export function invoke(fn: AnyFunction, args: unknown[], shape: TaskPayload['shape']): unknown {
  if (shape === 'call') return apply(fn, undefined, args as never[]);
  return runChunk(fn, args[0] as unknown[], args[1] as number);
}

async function runChunk(fn: AnyFunction, items: unknown[], firstIndex: number): Promise<ChunkAnswer> {
  const values: unknown[] = [];
  const call = fn as (item: unknown, index: number) => unknown;
  try {
    for (let index = 0; index < items.length; index += 1) {
      const value: unknown = call(items[index], firstIndex + index);
      // To wait for what is there already would cost more than most functions of a large map.
      values[index] = isThenable(value) ? await value : value;
    }
  } catch (thrown) {
    return { values, failure: { thrown } };
  }
  return { values, failure: undefined };
}
