// piscina: worker threads.

import Piscina from 'piscina';

export const piscinaThreads = {
  name: 'piscina, threads',
  async open({ workers }) {
    const pool = new Piscina({
      filename: new URL('./tasks.mjs', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
    });
    return {
      run: (task, value) => pool.run(value, { name: task }),
      close: () => pool.destroy(),
    };
  },
};
