// piscina: worker threads. Its documentation advises FixedQueue for long queues.

async function open({ workers }) {
  const { default: Piscina, FixedQueue } = await import('piscina');
  const pool = new Piscina({
    filename: new URL('./tasks.mjs', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    taskQueue: new FixedQueue(),
  });
  return {
    run: (task, value) => pool.run(value, { name: task }),
    close: () => pool.destroy(),
  };
}

export const piscinaThreads = { name: 'piscina, threads', kind: 'threads', open };
