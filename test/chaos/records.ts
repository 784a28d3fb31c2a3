/** What the host wrote down of a round, for the checker to hold against the ledger. */

import type { RoundPlan } from './plan.js';

/** How a future ended. */
export interface Settlement {
  readonly task: number;
  readonly outcome: 'result' | 'threw' | 'lost' | 'cancelled' | 'timed out' | 'shut down' | 'unexpected';
  /** The attempt that gave the result. */
  readonly attempt: number | undefined;
  /** The workers that died under it, as its error tells: of each lost attempt, the last one too. */
  readonly losses: readonly { readonly attempt: number; readonly worker: number | undefined }[];
  /** For people. */
  readonly detail: string;
}

/** A worker that was struck from outside. */
export interface Strike {
  readonly worker: number;
  readonly how: string;
}

/** See the file's header. */
export interface RoundRecord {
  readonly plan: RoundPlan;
  /** Of every task that was accepted, in the order in which they settled; twice if its future told twice. */
  readonly settlements: readonly Settlement[];
  readonly strikes: readonly Strike[];
  /** Nothing settled for so long that the rest was given up. */
  readonly hang: string | undefined;
  /** Processes, handles and files that were there after the end. */
  readonly leftovers: readonly string[];
  /** How many workers the pool says it has started and lost. */
  readonly workersStarted: number;
  readonly workersLost: number;
}
