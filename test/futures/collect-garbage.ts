/** Garbage collection on demand, for tests that something is not kept. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

const MOST_ROUNDS = 6;

/**
 * By how many bytes the heap is larger after `act`, garbage apart: the least of some rounds, as many as it takes to see
 * less than `enoughBytes`. What leaks grows in every round; what V8 compiles and remembers comes once, and not always in
 * the first one.
 */
export async function measureGrowth(act: () => Promise<void>, enoughBytes: number): Promise<number> {
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 3; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      gc();
    }
    return process.memoryUsage().heapUsed;
  };
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS && least >= enoughBytes; round += 1) {
    const before = await settle();
    await act();
    least = Math.min(least, (await settle()) - before);
  }
  return least;
}

/** How many bytes this thread's heap and what belongs to it take, garbage apart. */
export function readHeldBytes(): number {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Collects garbage until `isGone` says so, or after a bounded number of rounds. */
export async function collectGarbage(isGone: () => boolean, { rounds = 100 } = {}): Promise<void> {
  for (let round = 0; round < rounds && !isGone(); round += 1) {
    // A WeakRef that was looked at stays alive until the current job is over.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}
