// Every pool for Node that is compared, and this package.

import { jestWorkerProcesses, jestWorkerThreads } from './jest-worker.mjs';
import { piscinaThreads } from './piscina.mjs';
import { poolifierProcesses, poolifierThreads } from './poolifier.mjs';
import { tardigradeProcesses, tardigradeThreads } from './tardigrade.mjs';
import { tinypoolProcesses, tinypoolThreads } from './tinypool.mjs';
import { workerpoolProcesses, workerpoolThreads } from './workerpool.mjs';

export const ours = [tardigradeProcesses, tardigradeThreads];

export const peers = [
  piscinaThreads,
  tinypoolThreads,
  workerpoolThreads,
  poolifierThreads,
  jestWorkerThreads,
  tinypoolProcesses,
  workerpoolProcesses,
  poolifierProcesses,
  jestWorkerProcesses,
];

/** Found by name, for programs that measure one pool each. */
export const byName = (name) => [...ours, ...peers].find((pool) => pool.name === name);

/** Loads the library of a pool, and opens nothing. */
export function load({ name }) {
  const [library] = name.split(',');
  return import(library === 'tardigrade' ? '../../dist/lib/index.js' : library);
}
