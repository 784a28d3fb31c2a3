/**
 * The entry point of a worker of either kind, for bundles: `tardigrade/worker-entry`.
 *
 * Rules: chooses, and nothing else.
 */

import { isMainThread } from 'node:worker_threads';

if (isMainThread) void import('./main.js');
else void import('./thread-main.js');
