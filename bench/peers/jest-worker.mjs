// jest-worker: child processes.

import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';

export const jestWorkerProcesses = {
  name: 'jest-worker, processes',
  async open({ workers }) {
    const pool = new Worker(fileURLToPath(new URL('./tasks.mjs', import.meta.url)), {
      numWorkers: workers,
      exposedMethods: ['identity', 'lengthOf', 'makeArray'],
    });
    return {
      run: (task, value) => pool[task](value),
      close: () => pool.end(),
    };
  },
};
