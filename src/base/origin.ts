/**
 * A name for where something comes from.
 *
 * Rules: made without `node:worker_threads`, which takes a worker process a millisecond to load for one number.
 */

import { loadedAtNs } from './clock.js';

/** Tells this copy of the package, in this thread, from every other: with `--random-seed` chance alone would not. */
export const origin = `${process.pid}.${loadedAtNs}.${Math.random().toString(36).slice(2)}`;
