/** Garbage collection on demand, for tests that something is not kept. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** By how many bytes the heap is larger after `act`, garbage apart. */
export async function measureGrowth(act: () => Promise<void>): Promise<number> {
  const settle = async (): Promise<number> => {
    for (let round = 0; round < 3; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      gc();
    }
    return process.memoryUsage().heapUsed;
  };
  const before = await settle();
  await act();
  return (await settle()) - before;
}

/** Collects garbage until `isGone` says so, or after a bounded number of rounds. */
export async function collectGarbage(isGone: () => boolean): Promise<void> {
  for (let round = 0; round < 20 && !isGone(); round += 1) {
    // A WeakRef that was looked at stays alive until the current job is over.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}
