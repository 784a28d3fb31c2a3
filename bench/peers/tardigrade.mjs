// This package, as it was built last.

import * as exported from './tasks.mjs';

const tasks = { ...exported };
const load = () => import('../../dist/lib/index.js');
const choose = (lib, kind) => (kind === 'processes' ? lib.ProcessPoolExecutor : lib.ThreadPoolExecutor);

function define(kind, { name = `tardigrade, ${kind}`, prepare }) {
  return {
    name,
    kind,
    isOurs: true,
    async open({ workers }) {
      const lib = await load();
      const pool = new (choose(lib, kind))({ maxWorkers: workers });
      return { run: prepare(pool, lib), pool, close: () => pool.shutdown() };
    },
  };
}

const plain = (pool) => (task, value) => pool.submit(tasks[task], value);

export const tardigradeProcesses = define('processes', { prepare: plain });
export const tardigradeThreads = define('threads', { prepare: plain });

/** As most people write it: a new function for every call. */
export const tardigradeNewArrows = define('processes', {
  name: 'tardigrade, processes, new arrows',
  prepare: (pool) => (_task, value) => pool.submit((x) => x, value),
});

/** With arrays that were shared once. */
export const tardigradeShared = define('processes', {
  name: 'tardigrade, processes, share()',
  prepare(pool, { share }) {
    const shared = new WeakMap();
    return (task, value) => {
      if (!shared.has(value)) shared.set(value, share(value));
      return pool.submit(tasks[task], shared.get(value));
    };
  },
});
