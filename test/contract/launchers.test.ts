/** The launchers' contract, on the simulated launcher, on processes, on threads and in the calling thread. */

import { once } from 'node:events';
import { createKeepAlive, wallClock } from '#src/base/clock.js';
import type { Launcher, TaskPayload, WorkerHandle } from '#src/core/ports.js';
import { FunctionUnits } from '#src/executors/function-units.js';
import { createInlineLauncher } from '#src/executors/inline-launcher.js';
import { type Codec, createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { createProcessLauncher } from '#src/supervision/process-launcher.js';
import { createThreadLauncher } from '#src/supervision/thread-launcher.js';
import { writeTaskOrder } from '#src/testing/fault-orders.js';
import { Random } from '#src/testing/random.js';
import { SimulatedLauncher as TestingLauncher } from '#src/testing/simulated-launcher.js';
import { checkSimulatedOptions } from '#src/testing/simulated-options.js';
import { SimulatedWorld } from '#src/testing/simulated-world.js';
import { VirtualClock } from '#src/testing/virtual-clock.js';
import { PROTOCOL_VERSION } from '#src/transport/wire.js';
import type { Behaviour } from '../sim/plan.js';
import { SimulatedLauncher } from '../sim/simulated-launcher.js';
import { Truth } from '../sim/truth.js';
import { World } from '../sim/world.js';
import { type LauncherSubject, testLauncher } from './launcher-contract.js';

const CALM = {
  faultChance: 0,
  faultLimit: 0,
  initializersFail: false,
  latencyMs: 1,
  lateChance: 0,
  recalls: 'exact',
  startupMs: 10,
} as const;

function simulate(seed: number): LauncherSubject {
  const clock = new VirtualClock();
  const behaviours = new Map<number, Behaviour>();
  const world = new World({
    clock,
    random: new Random(seed),
    climate: CALM,
    truth: new Truth(),
    behaviourOf: (task) => behaviours.get(task) as Behaviour,
    onFault: () => {},
  });
  const inner = new SimulatedLauncher(world);
  const usual = { durationMs: 1, failed: false, obeysAbort: true, progressReports: 0, wantsRetry: false };
  const kinds: Record<string, Behaviour> = {
    quick: usual,
    failing: { ...usual, failed: true },
    endless: { ...usual, durationMs: Infinity },
  };
  // A simulated worker knows its tasks by their numbers, so the payload's name is looked at on the way.
  const launcher: Launcher = {
    close: () => inner.close(),
    launch(listener) {
      const worker = inner.launch(listener);
      const handle: WorkerHandle = {
        pid: worker.pid,
        threadId: undefined,
        rssBytes: undefined,
        recall: () => worker.recall(),
        kill: (cause) => worker.kill(cause),
        send(message) {
          if (message.kind === 'run') {
            behaviours.set(message.task, kinds[message.payload.name as string] as Behaviour);
          }
          worker.send(message);
        },
      };
      return handle;
    },
  };
  const payload = (name: string): TaskPayload => ({
    unit: { id: 1, bytes: new Uint8Array() },
    args: new Uint8Array(),
    shape: 'call',
    name,
    startNews: 'needed',
  });
  return {
    launcher,
    quick: payload('quick'),
    failing: payload('failing'),
    endless: payload('endless'),
    async waitFor(isDone) {
      while (!isDone()) if (!clock.advance()) throw new Error('nothing is going to happen any more');
    },
    close: async () => {},
  };
}

/** Longer than anything here takes, so that a broken promise ends the test rather than the patience of the reader. */
const LIMIT_MS = 300_000;

/** Wraps a launcher of this machine: tells when something was heard, and ends all workers in the end. */
function observe(
  launcher: Launcher,
  unable?: Launcher,
): Pick<LauncherSubject, 'launcher' | 'unable' | 'waitFor' | 'close'> {
  const news = new EventTarget();
  const alive = new Set<WorkerHandle>();
  // A worker keeps no program alive.
  const keepAlive = createKeepAlive();
  keepAlive.hold();
  const tell = () => news.dispatchEvent(new Event('news'));
  const waitFor = async (isDone: () => boolean): Promise<void> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), LIMIT_MS);
    try {
      while (!isDone()) await once(news, 'news', { signal: limit.signal });
    } finally {
      clearTimeout(timer);
    }
  };
  const watch = (inner: Launcher): Launcher => ({
    close: () => inner.close(),
    launch(listener) {
      const handle = inner.launch({
        onMessage(message) {
          listener.onMessage(message);
          tell();
        },
        onExit(exit) {
          alive.delete(handle);
          listener.onExit(exit);
          tell();
        },
      });
      alive.add(handle);
      return handle;
    },
  });
  return {
    waitFor,
    launcher: watch(launcher),
    ...(unable === undefined ? {} : { unable: watch(unable) }),
    async close() {
      for (const handle of alive) handle.kill('shutdown');
      await waitFor(() => alive.size === 0);
      await launcher.close();
      keepAlive.close();
    },
  };
}

function packPayloads(codec: Codec): Pick<LauncherSubject, 'quick' | 'failing' | 'endless'> & { deadly: TaskPayload } {
  const units = new FunctionUnits(codec);
  const pack = (fn: () => unknown): TaskPayload => ({
    unit: units.pack(fn),
    args: codec.encode([], { direction: 'argument', root: 'args' }),
    shape: 'call',
    name: undefined,
    startNews: 'may-wait',
  });
  return {
    quick: pack(() => 1),
    failing: pack(() => {
      throw new Error('on purpose');
    }),
    endless: pack(async () => {
      const { currentTask } = await import('#src/worker.js');
      const signal = currentTask()?.signal as AbortSignal;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }),
    deadly: pack(() => process.exit(3)),
  };
}

const hello = {
  protocol: PROTOCOL_VERSION,
  depth: 1,
  sourceMaps: false,
  maxMemoryGrowthBytes: null,
  initializer: null,
  reducers: [],
};

function createProcesses(execPath: string): Launcher {
  return createProcessLauncher({
    execPath,
    execArgv: [],
    env: process.env,
    stdio: 'ignore',
    clock: wallClock,
    hello,
  });
}

function createThreads(execArgv: readonly string[]): Launcher {
  return createThreadLauncher({
    execArgv,
    env: process.env,
    stdio: 'ignore',
    resourceLimits: {},
    clock: wallClock,
    hello,
  });
}

/** The simulated workers of `tardigrade/testing`, which run real functions in virtual time. */
function simulateForUsers(seed: number): LauncherSubject {
  const world = new SimulatedWorld(
    checkSimulatedOptions({
      seed,
      startupMs: { min: 1, max: 9 },
      latencyMs: { min: 0, max: 5 },
      taskMs: { min: 0, max: 5 },
    }),
  );
  const payloads = packPayloads(createCodec({ functions: createFunctionPort(), classes: 'known' }));
  const order = { at: 'run', how: 'exit', code: 3 } as const;
  return {
    ...payloads,
    launcher: new TestingLauncher({ world, hello, entry: undefined }),
    deadly: { ...payloads.quick, name: writeTaskOrder({ order, name: 'deadly' }) },
    async waitFor(isDone) {
      // What a task imports takes as many turns as it takes.
      for (let turns = 0; turns < 1_000_000; turns += 1) {
        if (isDone()) return;
        world.clock.advance();
        await new Promise((resolve) => setImmediate(resolve));
      }
      throw new Error('nothing is going to happen any more');
    },
    close: async () => {},
  };
}

for (const seed of [1, 2, 3]) testLauncher(`simulated for users, seed ${seed}`, async () => simulateForUsers(seed));

for (const seed of [1, 2, 3]) testLauncher(`simulated, seed ${seed}`, async () => simulate(seed));

testLauncher('processes', async () => ({
  ...observe(createProcesses(process.execPath), createProcesses('/nowhere/node')),
  ...packPayloads(createCodec({ functions: createFunctionPort(), classes: 'known' })),
}));

testLauncher('threads', async () => ({
  ...observe(createThreads([]), createThreads(['--max-old-space-size=64'])),
  ...packPayloads(createCodec({ functions: createFunctionPort(), classes: 'known' })),
}));

testLauncher('calling thread', async () => {
  const codec = createCodec({ functions: createFunctionPort(), classes: 'load' });
  const { deadly: _, ...payloads } = packPayloads(codec);
  return {
    ...observe(createInlineLauncher({ codec, depth: 0, initialize: async () => undefined })),
    ...payloads,
  };
});
