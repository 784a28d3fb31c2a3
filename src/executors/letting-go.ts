/**
 * Notices when nobody can submit to an executor any more, because all of its views were garbage, and lets its workers go.
 *
 * The views of an executor share a grip, an object that nothing else refers to. The executor's machinery, which its living
 * workers hold on to, does not.
 *
 * Rules: keeps neither executors nor pools alive. What a task may still come back to is not shut down.
 * Guarantees: costs nothing for each task.
 */

import { hasTravelled, type Travelled } from './executor-handle.js';

/** What all views of one executor hold. */
export type Grip = object;

/** A pool whose workers can be let go. */
export interface Releasable {
  /**
   * Nobody in this process can submit any more: what was submitted is finished, and then the workers leave. `'until-asked'`:
   * a task elsewhere still may.
   */
  letGo?(how: 'for-good' | 'until-asked'): void;
}

interface Home extends Travelled {
  readonly pool: Releasable;
}

interface Dropped {
  readonly home: WeakRef<Home>;
  readonly pool: WeakRef<Releasable>;
}

const dropped = new FinalizationRegistry<Dropped>(({ home, pool }) => {
  const travelled = home.deref();
  pool.deref()?.letGo?.(travelled !== undefined && hasTravelled(travelled) ? 'until-asked' : 'for-good');
});

const grips = new WeakMap<Home, WeakRef<Grip>>();

/** What a view of this executor must hold as long as it lives. */
export function gripOf(home: Home): Grip {
  const known = grips.get(home)?.deref();
  if (known !== undefined) return known;
  const grip = {};
  grips.set(home, new WeakRef(grip));
  dropped.register(grip, { home: new WeakRef(home), pool: new WeakRef(home.pool) });
  return grip;
}
