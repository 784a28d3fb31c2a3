/**
 * A task that tries to break the wire costs itself at most: afterwards the pool answers, from that worker or another.
 */

import assert from 'node:assert/strict';
import { CancelledError, TerminatedWorkerError, ThreadPoolExecutor } from 'tardigrade';
import type { AnyPool } from '../support/matrix/stages.js';
import { poolTest } from '../support/pools.js';

/** Runs the attack, then what other users of the pool would; a pool of one, so that they meet the same worker. */
async function attack(pool: AnyPool, task: () => unknown): Promise<unknown> {
  const outcome = await pool.submit(task).then(
    (value) => value,
    (error: unknown) => error,
  );
  const value = { list: [1, new Map([['key', 'value']])], text: 'text' };
  assert.deepEqual(await pool.submit((given: unknown) => given, value), value);
  assert.equal(await pool.submit(async () => 'later'), 'later');
  await assert.rejects(
    pool.submit(() => {
      throw new TypeError('expected');
    }),
    { name: 'TypeError', message: 'expected' },
  );
  assert.deepEqual(await pool.map((n) => n * 2, [1, 2, 3, 4], { chunkSize: 2 }).toArray(), [2, 4, 6, 8]);
  return outcome;
}

const descriptors = [0, 1, 2, 3, 4, 5];

for (const fd of descriptors) {
  poolTest(`a task that closes descriptor ${fd} costs at most itself (faults 270)`, async ({ open }) => {
    const pool = open();
    const close = `() => process.getBuiltinModule('fs').closeSync(${fd})`;
    const outcome = await attack(pool, evaluate(close));
    if (fd === 4) assertLost(outcome, /link to its host is broken/);
    // Node itself aborts when it opens and closes something that got one of the first three numbers.
    else if (fd < 3 && outcome !== undefined) assertLost(outcome, /SIGABRT/);
    else assert.equal(outcome, undefined);
  });

  if (fd > 0) {
    poolTest(`a task that writes garbage to descriptor ${fd} costs at most itself (faults 270)`, async ({ open }) => {
      const write = `() => void process.getBuiltinModule('fs').writeSync(${fd}, 'garbage, and more garbage')`;
      const outcome = await attack(open(), evaluate(write));
      // It may have answered before it is killed, and then the answer counts.
      if (fd === 4 && outcome !== undefined) assertLost(outcome, /broke the protocol.*not a frame: "garbage, and/s);
      else assert.equal(outcome, undefined);
    });
  }
}

/** A function of this text: the tests differ in one number. */
function evaluate(text: string): () => unknown {
  return new Function(`return ${text}`)() as () => unknown;
}

function assertLost(outcome: unknown, message: RegExp): void {
  assert.ok(outcome instanceof TerminatedWorkerError, String(outcome));
  assert.match(outcome.message, message);
}

poolTest('a task that cuts the shared claims off costs at most itself', async ({ open }) => {
  assert.equal(await attack(open(), () => process.getBuiltinModule('node:fs').ftruncateSync(5)), undefined);
});

poolTest('a task that reads the frames meant for its worker costs at most itself', async ({ open }) => {
  const pool = open();
  const controller = new AbortController();
  // An abort with a grace is what a worker is told while a task runs.
  const thief = pool.withOptions({ signal: controller.signal, graceMs: 20_000 }).submit(() => {
    const fs = process.getBuiltinModule('node:fs');
    const loot = Buffer.alloc(10);
    for (;;) {
      try {
        return fs.readSync(3, loot, 0, 10, null);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
  });
  const next = pool.submit(() => 'next');
  while (thief.state === 'pending') await new Promise(setImmediate);
  controller.abort();
  await assert.rejects(thief, CancelledError);
  assert.equal(await next, 'next');
  assert.equal(pool.stats().workersLost, 1);
});

const patches: Readonly<Record<string, () => void>> = {
  'process.exit, process.reallyExit and process.kill': () => {
    process.exit = process.kill = (() => {}) as never;
    (process as { reallyExit?: unknown }).reallyExit = () => {};
  },
  'console.log and process.stdout.write': () => {
    console.log = process.stdout.write = () => {
      throw new Error('patched');
    };
  },
  'process.send and process.emit': () => {
    process.send = process.emit = (() => true) as never;
  },
  'Error.prepareStackTrace': () => {
    Error.prepareStackTrace = () => {
      throw new Error('patched');
    };
  },
  'Error.stackTraceLimit': () => {
    Error.stackTraceLimit = 0;
  },
  'Object.prototype': () => {
    Object.assign(Object.prototype, {
      get: 5,
      set: 6,
      value: 7,
      kind: 8,
      failure: 9,
      signal: 10,
      thrown: 11,
      next: 12,
    });
  },
  'Array.prototype': () => {
    for (const name of ['push', 'shift', 'splice', 'map', 'slice', 'join', 'indexOf'] as const) {
      Array.prototype[name] = () => {
        throw new Error('patched');
      };
    }
  },
  'the iterator of arrays': () => {
    Array.prototype[Symbol.iterator] = () => {
      throw new Error('patched');
    };
  },
  'Map.prototype and Set.prototype': () => {
    for (const name of ['get', 'set', 'has', 'delete'] as const) {
      (Map.prototype as unknown as Record<string, unknown>)[name] = () => {
        throw new Error('patched');
      };
    }
    Set.prototype.add = Set.prototype.has = () => {
      throw new Error('patched');
    };
  },
  'Promise.prototype.then, to fail': () => {
    // biome-ignore lint/suspicious/noThenProperty: that is the attack.
    Promise.prototype.then = () => {
      throw new Error('patched');
    };
  },
  'Promise.prototype.then, to never call back': () => {
    // biome-ignore lint/suspicious/noThenProperty: that is the attack.
    Promise.prototype.then = (() => new Promise(() => {})) as never;
  },
  JSON: () => {
    JSON.parse = JSON.stringify = () => {
      throw new Error('patched');
    };
  },
  'Buffer and its methods': () => {
    Buffer.prototype.readUInt32LE = () => 0;
    Object.assign(globalThis, { Buffer: undefined });
  },
  'timers, time and Promise': () => {
    performance.now = Date.now = () => {
      throw new Error('patched');
    };
    Object.assign(globalThis, { setImmediate: undefined, setTimeout: undefined, Promise: undefined });
  },
  'the methods of fs': () => {
    const fs = process.getBuiltinModule('node:fs');
    fs.writeSync = fs.readSync = (() => 0) as never;
  },
  'the emit of all emitters': () => {
    process.getBuiltinModule('node:events').prototype.emit = () => false;
  },
  'the listeners of the process': () => {
    process.removeAllListeners();
  },
};

for (const [what, patch] of Object.entries(patches)) {
  poolTest(`a task that replaces ${what} costs at most itself (faults 276)`, async ({ open }) => {
    assert.equal(await attack(open(), patch), undefined);
  });

  poolTest(`a task on a thread that replaces ${what} costs at most itself (faults 276)`, async ({ use }) => {
    const pool = use(new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' }));
    assert.equal(await attack(pool, patch), undefined);
  });
}

poolTest(
  'a worker has no channel of Node to misuse: send and disconnect are not there (faults 269)',
  async ({ open }) => {
    const pool = open();
    assert.deepEqual(await pool.submit(() => [typeof process.send, typeof process.disconnect]), [
      'undefined',
      'undefined',
    ]);
  },
);

poolTest(
  'a large result is whole although the process exits right after it was returned (faults 269, faults 185)',
  async ({ open }) => {
    const pool = open();
    const size = 8 * 1024 * 1024;
    const bytes = await pool.submit((length: number) => {
      // The answer is written after this function returned, so the exit is put behind it.
      setImmediate(() => process.exit(0));
      return new Uint8Array(length).fill(7);
    }, size);
    assert.equal(bytes.length, size);
    assert.ok(bytes.every((byte) => byte === 7));
    assert.equal(await pool.submit(() => 'next'), 'next');
  },
);

/** What a thread may post to its host, if it asks Node for the port. */
const garbage: Readonly<Record<string, () => void>> = {
  'a text': () => postEverywhere('garbage'),
  'an object': () => postEverywhere({ task: 1, bytes: 5, items: 7, moved: null }),
  nothing: () => postEverywhere(undefined),
  null: () => postEverywhere(null),
  'bytes that are no frame': () => postEverywhere(new Uint8Array(100).fill(255)),
  'a large frame that never ends': () => postEverywhere(new Uint8Array([1, 0, 0, 0, 255, 255, 255, 15])),
};

/** Task's part: posts on every port that Node knows of. */
function postEverywhere(value: unknown): void {
  const { MessagePort } = process.getBuiltinModule('node:worker_threads');
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  for (const handle of handles) if (handle instanceof MessagePort) handle.postMessage(value);
}

for (const [what, post] of Object.entries(garbage)) {
  poolTest(`a task on a thread that posts ${what} to the host costs at most itself (faults 270)`, async ({ use }) => {
    const outcome = await attack(use(new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' })), post);
    if (outcome !== undefined) assertLost(outcome, /broke the protocol/);
  });
}

poolTest('a task that uses every way of a thread to talk to its program costs at most itself', async ({ use }) => {
  const pool = use(new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' }));
  const outcome = await attack(pool, () => {
    const { parentPort, BroadcastChannel } = process.getBuiltinModule('node:worker_threads');
    parentPort?.postMessage({ kind: 'finished', task: 1 });
    parentPort?.removeAllListeners();
    parentPort?.close();
    new BroadcastChannel('tardigrade').postMessage('garbage');
    process.emit('workerMessage' as never, 'garbage' as never);
    process.emit('message' as never, 'garbage' as never);
  });
  assert.equal(outcome, undefined);
});

/** Each replaces one thing that everybody uses, and returns. */
const REPLACEMENTS: readonly (readonly [name: string, replace: () => void])[] = [
  ['Object.getOwnPropertyDescriptor', () => void Reflect.set(Object, 'getOwnPropertyDescriptor', null)],
  ['String.prototype.match', () => void Reflect.set(String.prototype, 'match', null)],
  ['WeakMap.prototype.set', () => void Reflect.set(WeakMap.prototype, 'set', null)],
  ['RegExp.prototype.exec', () => void Reflect.set(RegExp.prototype, 'exec', null)],
  ['RegExp.prototype.test', () => void Reflect.set(RegExp.prototype, 'test', null)],
  ['Object', () => void Reflect.deleteProperty(globalThis, 'Object')],
];

for (const [name, replace] of REPLACEMENTS) {
  poolTest(`a task that has replaced ${name} harms no closure that comes after it`, async ({ open, use }) => {
    for (const pool of [open(), use(new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'ignore' }))]) {
      await pool.submit(replace);
      for (const captured of [1, 2]) {
        assert.deepEqual(await pool.submit((values: Map<string, number>) => [captured, values], new Map([['a', 1]])), [
          captured,
          new Map([['a', 1]]),
        ]);
      }
    }
  });
}
