// tinypool: worker threads or child processes, which speak JSON unless they are told otherwise.

const open =
  (runtime) =>
  async ({ workers, binary = false }) => {
    const { default: Tinypool } = await import('tinypool');
    const pool = new Tinypool({
      filename: new URL('./tasks.mjs', import.meta.url).href,
      runtime,
      minThreads: workers,
      maxThreads: workers,
      ...(binary ? { serialization: 'advanced' } : {}),
    });
    return {
      run: (task, value) => pool.run(value, { name: task }),
      close: () => pool.destroy(),
    };
  };

export const tinypoolThreads = { name: 'tinypool, threads', kind: 'threads', open: open('worker_threads') };
export const tinypoolProcesses = { name: 'tinypool, processes', kind: 'processes', open: open('child_process') };
