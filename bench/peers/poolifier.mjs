// poolifier: worker threads or a cluster of processes. Without its own queue, as it is by default, it posts tasks at once.

import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`./workers/${name}`, import.meta.url));

const wrap = (pool) => ({
  run: (task, value) => pool.execute(value, task),
  close: () => pool.destroy(),
});

async function openThreads({ workers }) {
  const { FixedThreadPool } = await import('poolifier');
  return wrap(new FixedThreadPool(workers, path('poolifier-thread.mjs')));
}

async function openProcesses({ workers, binary = false }) {
  const { FixedClusterPool } = await import('poolifier');
  const options = binary ? { settings: { serialization: 'advanced' } } : {};
  return wrap(new FixedClusterPool(workers, path('poolifier-cluster.cjs'), options));
}

export const poolifierThreads = { name: 'poolifier, threads', kind: 'threads', open: openThreads };
export const poolifierProcesses = { name: 'poolifier, processes', kind: 'processes', open: openProcesses };
