/**
 * Gives a promise an end.
 *
 * Guarantees: what settles late is ignored; the program stays alive until then.
 */

import type { Clock, Timer } from '../base/clock.js';
import { TimeoutError } from '../base/errors.js';

/** The end that a promise is given. */
export interface SettleWithinOptions {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Of the `TimeoutError`. */
  readonly message: string;
}

/** What the promise settles with, or `TimeoutError` when it takes longer. */
export async function settleWithin<T>(promise: Promise<T>, options: SettleWithinOptions): Promise<T> {
  const { clock, limitMs, message } = options;
  let timer: Timer | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = clock.startTimer(limitMs, () => reject(new TimeoutError(message)), { keepAlive: true });
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    timer?.stop();
  }
}
