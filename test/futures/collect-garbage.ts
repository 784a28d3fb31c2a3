/** Garbage collection on demand, for tests that something is not kept. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Collects garbage until `isGone` says so, or after a bounded number of rounds. */
export async function collectGarbage(isGone: () => boolean): Promise<void> {
  for (let round = 0; round < 20 && !isGone(); round += 1) {
    // A WeakRef that was looked at stays alive until the current job is over.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}
