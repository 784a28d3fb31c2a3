/**
 * What a call is made of, and what it needs of its executor.
 *
 * Rules: types only.
 */

import type { Clock } from '../base/clock.js';
import type { FunctionUnit } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import type { SubmitSite } from '../serialization/submit-site.js';
import type { CallExtras, CallTerms } from './call-terms.js';
import type { FunctionUnits } from './function-units.js';

/** A call, as its executor sees it. */
export interface HomedCall {
  readonly id: number;
  readonly signal: AbortSignal | undefined;
  abort(reason: unknown): void;
}

/** Where a call lives while it is not settled. */
export interface CallHome {
  readonly codec: Codec;
  readonly units: Pick<FunctionUnits, 'correctPlace'>;
  /** Ends the call if it has not begun. */
  cancel(call: HomedCall): void;
  /** Ends the call wherever it is. */
  abort(call: HomedCall): void;
  /** The call is settled. */
  forget(call: HomedCall): void;
  /** How to name the executor in errors. */
  readonly label: string;
  readonly clock: Clock;
  /** How long a module that an answer needs may take to load here, where the call has no limit of its own. */
  readonly loadTimeoutMs: number;
}

/** What a call is made of. */
export interface CallOptions {
  readonly home: CallHome;
  readonly terms: CallTerms;
  readonly unit: FunctionUnit;
  readonly args: Uint8Array;
  /** The function, if its unit is shared with functions of other places. */
  readonly fn: AnyFunction | undefined;
  readonly name: string;
  readonly site: SubmitSite;
  /** What few calls have. */
  readonly extras: CallExtras | undefined;
}
