/**
 * The life of a future as a table.
 *
 * Rules: data only; a future changes its state in one place, by this table.
 */

/** Where a future stands. `pending` means: not known to have started. */
export type FutureState = 'pending' | 'running' | 'fulfilled' | 'rejected' | 'cancelled';
/** What can happen to a future. */
export type FutureStep = 'start' | 'requeue' | 'fulfil' | 'reject' | 'cancel';

/** The life of a future. A step that is not here throws. */
export const FUTURE_TRANSITIONS = {
  pending: { start: 'running', fulfil: 'fulfilled', reject: 'rejected', cancel: 'cancelled' },
  running: { requeue: 'pending', fulfil: 'fulfilled', reject: 'rejected', cancel: 'cancelled' },
  fulfilled: {},
  rejected: {},
  cancelled: {},
} as const satisfies Record<FutureState, Partial<Record<FutureStep, FutureState>>>;
