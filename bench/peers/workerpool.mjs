// workerpool: worker threads or child processes, which speak JSON unless they are told otherwise.

import { fileURLToPath } from 'node:url';

const open =
  (workerType) =>
  async ({ workers, binary = false }) => {
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(fileURLToPath(new URL('./workers/workerpool.mjs', import.meta.url)), {
      workerType,
      minWorkers: workers,
      maxWorkers: workers,
      ...(binary && workerType === 'process' ? { forkOpts: { serialization: 'advanced' } } : {}),
    });
    return {
      run: (task, value) => pool.exec(task, [value]),
      close: () => pool.terminate(true),
    };
  };

export const workerpoolThreads = { name: 'workerpool, threads', kind: 'threads', open: open('thread') };
export const workerpoolProcesses = { name: 'workerpool, processes', kind: 'processes', open: open('process') };
