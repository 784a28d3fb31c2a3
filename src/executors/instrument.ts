/**
 * The way for `tardigrade/testing` to stand between a pool and its workers. It comes with the options of a pool, under a
 * symbol, so that a pool without it does not even look.
 *
 * Rules: types and one key.
 */

import type { TaskId } from '../core/events.js';
import type { Launcher } from '../core/ports.js';
import type { WorkerEntry } from '../supervision/worker-entry.js';

/** Where an instrument stands in the options of a pool. */
export const INSTRUMENT = Symbol('tardigrade.instrument');

/** What an instrument is told of the executor that it is used with. */
export interface InstrumentedExecutor {
  /** `'ProcessPoolExecutor'`, say. */
  readonly kind: string;
  nameOf(task: TaskId): string;
}

/** Something that stands between a pool and its workers. */
export interface Instrument {
  /** What one pool is given. Throws `TypeError` when this kind of executor cannot be used with it. */
  attach(executor: InstrumentedExecutor): {
    readonly entry: WorkerEntry;
    wrap(launcher: Launcher): Launcher;
  };
}

/** The instrument in some options, if any. */
export function instrumentOf(options: object | undefined): Instrument | undefined {
  return (options as { readonly [INSTRUMENT]?: Instrument } | undefined)?.[INSTRUMENT];
}
