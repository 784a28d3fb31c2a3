// This package, as it was built last.

import { ProcessPoolExecutor } from '../../dist/lib/index.js';
import { identity } from './tasks.mjs';

const tasks = { identity };

export const tardigradeProcesses = {
  name: 'tardigrade, processes',
  isOurs: true,
  async open({ workers }) {
    const pool = new ProcessPoolExecutor({ maxWorkers: workers });
    return {
      run: (task, value) => pool.submit(tasks[task], value),
      close: () => pool.shutdown(),
    };
  },
};

/** As most people write it: a new function for every call. */
export const tardigradeNewArrows = {
  name: 'tardigrade, processes, a new arrow function each time',
  isOurs: true,
  async open({ workers }) {
    const pool = new ProcessPoolExecutor({ maxWorkers: workers });
    return {
      run: (_task, value) => pool.submit((x) => x, value),
      close: () => pool.shutdown(),
    };
  },
};
