/**
 * Waits for one thing, with or without a limit.
 *
 * Rules: knows neither futures nor errors; what a limit means is said by the caller.
 * Guarantees: leaves no timer and no listener, whichever comes first. While it waits with a limit the program stays alive.
 */

import { type Timer, wallClock } from '../base/clock.js';

/**
 * Whether something happens within `timeoutMs` (`Infinity`: no limit). `subscribe` is handed what to call when it happens
 * (it may do so at once), and returns what forgets the subscription, which is called if the time passes first.
 */
export function happensWithin(timeoutMs: number, subscribe: (happened: () => void) => () => void): Promise<boolean> {
  return new Promise((resolve) => {
    let hasHappened = false;
    let timer: Timer | undefined;
    const unsubscribe = subscribe(() => {
      hasHappened = true;
      timer?.stop();
      resolve(true);
    });
    if (hasHappened || timeoutMs === Infinity) return;
    const onTimeout = (): void => {
      unsubscribe();
      resolve(false);
    };
    timer = wallClock.startTimer(timeoutMs, onTimeout, { keepAlive: true });
  });
}
