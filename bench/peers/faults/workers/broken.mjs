// A module of tasks that cannot be loaded in a worker. jest-worker may look at it in the host, so it loads there.

import { isMainThread } from 'node:worker_threads';

if (!isMainThread || process.env.FAULTS_HOST !== String(process.pid)) throw new Error('this module does not load');

export function echo(value) {
  return value;
}
