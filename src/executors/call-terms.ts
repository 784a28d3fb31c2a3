/**
 * What the calls of one view of an executor have in common, worked out once: a million of them that wait share it. And what
 * few calls have beside that.
 *
 * Rules: data only.
 */

import type { TaskPayload } from '../core/ports.js';
import type { TaskOptions } from './executor.js';
import type { CallTerms as PackingTerms } from './function-units.js';
import { toPredicate } from './retry-on.js';
import type { TaskTrace } from './task-events.js';

/** See the file's header. */
export interface CallTerms {
  /** What they were made from. */
  readonly options: TaskOptions;
  readonly shape: TaskPayload['shape'];
  /** `undefined`: each is named like its function. */
  readonly name: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** `null` for no limit. */
  readonly timeoutMs: number | null;
  readonly graceMs: number;
  readonly retries: number;
  readonly priority: number;
  /** Which failures are worth another try. */
  readonly retryOn: ((error: unknown) => boolean) | undefined;
  readonly startNews: TaskPayload['startNews'];
  /** How calls are packed that will be taken. */
  readonly packing: PackingTerms;
  /** How those are that will be refused: what is transferred would be gone afterwards. */
  readonly packingRefused: PackingTerms;
}

/** What few calls have. */
export interface CallExtras {
  /** Who is told of its life. */
  readonly trace: TaskTrace | undefined;
  /** Hears how long it took in its worker, before it settles. */
  readonly onDuration: ((durationUs: number) => void) | undefined;
  /** What the submitter's async context holds; see `TaskPayload`. */
  readonly context: Uint8Array | undefined;
}

const PLAIN = { transfer: undefined, keeps: false } as const;

/** The terms that follow from options. */
export function termsOf(options: TaskOptions, shape: TaskPayload['shape']): CallTerms {
  const { name, signal, timeoutMs, graceMs = 0, retries = 0, priority = 0, transfer } = options;
  const packingRefused = retries === 0 ? PLAIN : { transfer: undefined, keeps: true };
  const isTimed = signal !== undefined || timeoutMs !== undefined || transfer !== undefined;
  return {
    options,
    shape,
    name,
    signal,
    timeoutMs: timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY ? null : timeoutMs,
    graceMs,
    retries,
    priority,
    retryOn: toPredicate(options.retryOn),
    startNews: isTimed ? 'needed' : 'may-wait',
    packing: transfer === undefined ? packingRefused : { transfer, keeps: retries > 0 },
    packingRefused,
  };
}
