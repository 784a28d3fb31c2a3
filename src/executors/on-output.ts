/**
 * What is told of the workers' output: the type of `PoolOptions.onOutput` and its guarded call.
 */

import { warn } from '../base/warning.js';

/** Something that was written in a worker. */
export interface OutputChunk {
  /** Where it was written. */
  readonly stream: 'stdout' | 'stderr';
  /** What was written: bytes that were written together mostly come together. */
  readonly bytes: Uint8Array;
  /** The number of the worker. */
  readonly workerId: number;
  /** The number of the task that wrote it; `undefined` if no task did, or if nobody knows which. */
  readonly taskId: number | undefined;
  /** The name of that task. */
  readonly taskName: string | undefined;
}

/** Hears the workers' output. */
export type OutputListener = (chunk: OutputChunk) => void;

/** Calls a user's listener so that it can harm nobody. */
export function tellOutput(listener: OutputListener, chunk: OutputChunk): void {
  try {
    listener(chunk);
  } catch (error) {
    warn({ code: 'TARDIGRADE_ON_OUTPUT', message: 'onOutput threw', cause: error });
  }
}
