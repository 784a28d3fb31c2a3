// This package, as it was built last.

import { ProcessPoolExecutor, share, ThreadPoolExecutor } from '../../dist/lib/index.js';
import * as tasks from './tasks.mjs';

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

export const tardigradeThreads = {
  name: 'tardigrade, threads',
  isOurs: true,
  async open({ workers }) {
    const pool = new ThreadPoolExecutor({ maxWorkers: workers });
    return {
      run: (task, value) => pool.submit(tasks[task], value),
      close: () => pool.shutdown(),
    };
  },
};

/** With arrays that were shared once. */
export const tardigradeShared = {
  name: 'tardigrade, processes, share()',
  isOurs: true,
  async open({ workers }) {
    const pool = new ProcessPoolExecutor({ maxWorkers: workers });
    const shared = new WeakMap();
    return {
      run(task, value) {
        if (!shared.has(value)) shared.set(value, share(value));
        return pool.submit(tasks[task], shared.get(value));
      },
      close: () => pool.shutdown(),
    };
  },
};
