// Every pool with one worker, opened as its documentation says, behind the same few members. What a pool does not offer is
// absent: `limit` (a task that runs too long is ended), `heapMb`.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const HEAP_MB = 40;
const heapArgv = [`--max-old-space-size=${HEAP_MB}`];
const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };

const tasksFile = () => (process.env.FAULTS_MODULE === 'broken' ? './workers/broken.mjs' : './tasks.mjs');
const version = (name) => require(`../node_modules/${name}/package.json`).version;

async function openTardigrade(kind) {
  const { importTasks, ProcessPoolExecutor, ThreadPoolExecutor } = await import('../../../dist/lib/index.js');
  const Pool = kind === 'processes' ? ProcessPoolExecutor : ThreadPoolExecutor;
  const pool = new Pool({ maxWorkers: 1, resourceLimits });
  const tasks = importTasks(new URL(tasksFile(), import.meta.url));
  return {
    run: (task, value) => pool.submit(tasks[task], value),
    runLimited: (task, value, ms) => pool.withOptions({ timeoutMs: ms }).submit(tasks[task], value),
  };
}

async function openPiscina() {
  const { default: Piscina } = await import('piscina');
  const filename = new URL(tasksFile(), import.meta.url).href;
  const pool = new Piscina({ filename, minThreads: 1, maxThreads: 1, resourceLimits });
  pool.on('error', () => {});
  return {
    run: (task, value) => pool.run(value, { name: task }),
    runLimited: (task, value, ms) => pool.run(value, { name: task, signal: AbortSignal.timeout(ms) }),
  };
}

async function openTinypool(kind) {
  const { default: Tinypool } = await import('tinypool');
  const limits = kind === 'processes' ? { execArgv: heapArgv } : { resourceLimits };
  const pool = new Tinypool({
    filename: new URL(tasksFile(), import.meta.url).href,
    runtime: kind === 'processes' ? 'child_process' : 'worker_threads',
    serialization: 'advanced',
    minThreads: 1,
    maxThreads: 1,
    ...limits,
  });
  pool.on('error', () => {});
  return {
    run: (task, value) => pool.run(value, { name: task }),
    runLimited: (task, value, ms) => pool.run(value, { name: task, signal: AbortSignal.timeout(ms) }),
  };
}

async function openWorkerpool(kind) {
  const { default: workerpool } = await import('workerpool');
  const pool = workerpool.pool(path('./workers/workerpool.mjs'), {
    maxWorkers: 1,
    workerType: kind === 'processes' ? 'process' : 'thread',
    forkArgs: [],
    forkOpts: { serialization: 'advanced', execArgv: heapArgv },
    workerThreadOpts: { resourceLimits },
  });
  const exec = (task, value) => pool.exec(task, [value]);
  return {
    run: async (task, value) => exec(task, value),
    runLimited: async (task, value, ms) => exec(task, value).timeout(ms),
  };
}

async function openPoolifier(kind) {
  const { FixedClusterPool, FixedThreadPool } = await import('poolifier');
  const common = { enableTasksQueue: true, errorHandler: () => {} };
  const pool =
    kind === 'processes'
      ? new FixedClusterPool(1, path('./workers/poolifier-cluster.cjs'), {
          ...common,
          settings: { serialization: 'advanced', execArgv: heapArgv },
        })
      : new FixedThreadPool(1, path('./workers/poolifier-thread.mjs'), {
          ...common,
          workerOptions: { resourceLimits },
        });
  pool.emitter?.on('error', () => {});
  return {
    run: (task, value) => pool.execute(value, task),
    runLimited: (task, value, ms) => pool.execute(value, task, AbortSignal.timeout(ms)),
  };
}

async function openJest(kind) {
  const { Worker } = await import('jest-worker');
  const exposedMethods = Object.keys(await import('./tasks.mjs'));
  const pool = new Worker(path(tasksFile()), {
    numWorkers: 1,
    exposedMethods,
    enableWorkerThreads: kind === 'threads',
    resourceLimits,
    ...(kind === 'processes' ? { forkOptions: { execArgv: heapArgv } } : {}),
  });
  return { run: async (task, value) => pool[task](value) };
}

const OPENERS = [
  ['tardigrade', ['processes', 'threads'], openTardigrade],
  ['piscina', ['threads'], openPiscina],
  ['tinypool', ['processes', 'threads'], openTinypool],
  ['workerpool', ['processes', 'threads'], openWorkerpool],
  ['poolifier', ['processes', 'threads'], openPoolifier],
  ['jest-worker', ['processes', 'threads'], openJest],
];

/** All of them. */
export const pools = OPENERS.flatMap(([name, kinds, open]) =>
  kinds.map((kind) => ({ id: `${name}-${kind}`, name, kind, open: () => open(kind) })),
);

/** The version that is installed. */
export function versionOf(name) {
  return name === 'tardigrade' ? require('../../../package.json').version : version(name);
}
