// The floor: what any pool must spend on a task, a promise and an entry in a map. There is no worker.

async function open() {
  const waiting = new Map();
  let nextId = 0;
  let isAnswering = false;
  function answer() {
    isAnswering = false;
    for (const [id, { resolve, value }] of waiting) {
      waiting.delete(id);
      resolve(value);
    }
  }
  return {
    run(_task, value) {
      const id = nextId++;
      if (!isAnswering) {
        isAnswering = true;
        setImmediate(answer);
      }
      return new Promise((resolve) => waiting.set(id, { resolve, value }));
    },
    close() {},
  };
}

export const floor = { name: 'floor: a promise and a map entry', kind: 'floor', open };
