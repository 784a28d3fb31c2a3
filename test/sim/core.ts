/** The part of the package that a storm drives, as a value: the real one, or a copy with a mutation in it. */

import { Driver } from '#src/core/driver.js';
import { Scheduler } from '#src/core/scheduler.js';

/** The two classes that a storm is run against. */
export interface Core {
  readonly Scheduler: typeof Scheduler;
  readonly Driver: typeof Driver;
}

/** The built package's own. */
export const realCore: Core = { Scheduler, Driver };
