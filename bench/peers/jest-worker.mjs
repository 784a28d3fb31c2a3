// jest-worker: worker threads or child processes, which speak structured clone.

import { fileURLToPath } from 'node:url';

const open =
  (enableWorkerThreads) =>
  async ({ workers }) => {
    const { Worker } = await import('jest-worker');
    const pool = new Worker(fileURLToPath(new URL('./tasks.mjs', import.meta.url)), {
      numWorkers: workers,
      enableWorkerThreads,
      exposedMethods: ['identity', 'lengthOf', 'makeArray', 'double', 'block'],
    });
    return {
      run: (task, value) => pool[task](value),
      close: () => pool.end(),
    };
  };

export const jestWorkerThreads = { name: 'jest-worker, threads', kind: 'threads', open: open(true) };
export const jestWorkerProcesses = { name: 'jest-worker, processes', kind: 'processes', open: open(false) };
