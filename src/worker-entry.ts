/**
 * The entry point of a worker of either kind, for bundles: `tardigrade/worker-entry`. What a worker loads later must be in the
 * bundle, too, and is handed over by the global object, as the bundle may load the worker as another file.
 *
 * Rules: names what to load, and nothing else.
 */

import { isMainThread } from 'node:worker_threads';

Object.defineProperty(globalThis, Symbol.for('tardigrade.bundled-arrival'), {
  value: () => import('./executor-arrival.js'),
  configurable: true,
});
if (isMainThread) void import('./worker/main.js');
else void import('./worker/thread-main.js');
