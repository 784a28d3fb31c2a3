/**
 * The executors whose workers are on this machine.
 *
 * Rules: each is a `PoolExecutor` with a launcher; no behaviour of its own stands here.
 */

import { createRequire } from 'node:module';
import { wallClock } from '../base/clock.js';
import { lazily } from '../base/lazily.js';
import type { Launcher } from '../core/ports.js';
import { createHostMemory, localMemory } from '../memory/ports.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { EXECUTOR_ARRIVAL, provideModule } from '../serialization/functions/provided-modules.js';
import { ReducerTable } from '../serialization/reducers.js';
import { encodeThrown } from '../serialization/remote-error.js';
import { findEntry } from '../supervision/find-entry.js';
import { inheritExecArgv, inheritThreadExecArgv } from './exec-argv.js';
import { InlinePool } from './inline-pool.js';
import { makeHello } from './make-hello.js';
import { checkInlineOptions, checkPoolOptions, type PoolOptions, type ResourceLimits } from './options.js';
import { PoolExecutor } from './pool-executor.js';
import { reviveExecutor } from './remote-executor.js';
import { depthInline, nextDepth, workerEnvironment } from './worker-environment.js';

// Executors come back to the host, too.
provideModule(EXECUTOR_ARRIVAL, async () => ({ reviveExecutor }));

const requireOwn = createRequire(import.meta.url);
/** Most programs have pools of one kind. */
const processes = lazily(
  () => requireOwn('../supervision/process-launcher.js') as typeof import('../supervision/process-launcher.js'),
);
const threads = lazily(
  () => requireOwn('../supervision/thread-launcher.js') as typeof import('../supervision/thread-launcher.js'),
);
const inline = lazily(() => requireOwn('./inline-launcher.js') as typeof import('./inline-launcher.js'));

/**
 * Runs functions in child processes. A crash, native ones included, costs the task that was running. The default choice.
 * From loky's and CPython's `ProcessPoolExecutor`.
 *
 * Workers start on demand, one for each task that waits, up to `maxWorkers`; nothing is started by the constructor. Throws
 * `TypeError` or `RangeError` for bad options, `RecursionDepthError` when pools are nested too deep.
 */
export class ProcessPoolExecutor extends PoolExecutor {
  constructor(options?: PoolOptions) {
    const settings = checkPoolOptions(options);
    const depth = nextDepth();
    const memory = createHostMemory();
    super({
      kind: 'ProcessPoolExecutor',
      attachments: 'refuse',
      memory,
      settings,
      createLauncher: ({ codec, port, entry }) =>
        processes().createProcessLauncher({
          entry: entry ?? findEntry('process', settings.workerEntry),
          slots: memory.slots,
          execPath: process.execPath,
          execArgv: [
            ...(settings.execArgv ?? inheritExecArgv(process.execArgv)),
            ...limitFlags(settings.resourceLimits),
          ],
          env: workerEnvironment({ settings, depth, kind: 'process' }),
          stdio: settings.stdio,
          ...makeHello({ settings, depth, codec, port }),
          clock: wallClock,
        }),
    });
  }
}

/**
 * Runs functions in threads of this program: they start faster than processes and can share memory. What a task throws,
 * an endless loop, `process.exit()` and a heap at its limit cost that task, as in a `ProcessPoolExecutor`. A native crash
 * costs the program. From CPython's `ThreadPoolExecutor`.
 *
 * Throws `TypeError` or `RangeError` for bad options, `RecursionDepthError` when pools are nested too deep.
 */
export class ThreadPoolExecutor extends PoolExecutor {
  constructor(options?: PoolOptions) {
    const settings = checkPoolOptions(options);
    const depth = nextDepth();
    super({
      kind: 'ThreadPoolExecutor',
      attachments: 'carry',
      memory: createHostMemory(),
      settings,
      createLauncher: ({ codec, port, entry }) =>
        threads().createThreadLauncher({
          entry: entry ?? findEntry('thread', settings.workerEntry),
          execArgv: settings.execArgv ?? inheritThreadExecArgv(process.execArgv),
          // A thread would take `undefined` for a text.
          env: definedOnly(workerEnvironment({ settings, depth, kind: 'thread' })),
          stdio: settings.stdio,
          resourceLimits: definedOnly({ ...settings.resourceLimits }),
          ...makeHello({ settings, depth, codec, port }),
          clock: wallClock,
        }),
    });
  }
}

function definedOnly<T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined));
}

/** Options of an `InlineExecutor`: those of `PoolOptions` that mean something without a pool. */
export type InlineOptions = Pick<
  PoolOptions,
  'initializer' | 'initializerArgs' | 'maxQueue' | 'reducers' | 'context' | 'name'
>;

/**
 * Runs functions in the calling thread, one at a time, through the same serialization as the pools: for debugging, for
 * tests, and where there is one CPU. A task that is to be ended while it runs is given up, not stopped. From joblib's
 * `n_jobs=1`.
 *
 * Throws `TypeError` or `RangeError` for bad options, `RecursionDepthError` when they are nested too deep.
 */
export class InlineExecutor extends PoolExecutor {
  constructor(options?: InlineOptions) {
    const { initializer, initializerArgs } = checkInlineOptions(options);
    const settings = { ...checkPoolOptions({ ...options, maxWorkers: 1 }), maxMemoryGrowthBytes: null };
    const depth = depthInline();
    const port = createFunctionPort();
    const reducers = new ReducerTable(port, settings.reducers);
    const codec = createCodec({ functions: port, classes: 'load', reducers, memory: localMemory });
    let pool: InlinePool | undefined;
    const launch = (initialize: () => Promise<Uint8Array | undefined>): Launcher =>
      inline().createInlineLauncher({ codec, depth, initialize, onGivenUp: (task) => pool?.giveUp(task) });
    super({
      kind: 'InlineExecutor',
      attachments: 'refuse',
      memory: localMemory,
      settings,
      createLauncher: () => launch(() => callInitializer(codec, initializer, initializerArgs ?? [])),
      arrange: (launcher, makePool) => {
        // The thread is initialized when a task of it submits.
        pool = new InlinePool({ launcher, makePool, makeLauncher: () => launch(async () => undefined) });
        return pool;
      },
    });
  }
}

async function callInitializer(
  codec: Codec,
  initializer: InlineOptions['initializer'],
  args: readonly unknown[],
): Promise<Uint8Array | undefined> {
  try {
    await (initializer as ((...args: readonly unknown[]) => unknown) | undefined)?.(...args);
    return undefined;
  } catch (error) {
    return encodeThrown(codec, error);
  }
}

/** Node's command line knows the same limits as its `Worker`, under V8's names. */
function limitFlags({ maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb }: ResourceLimits): string[] {
  const flags: string[] = [];
  if (maxOldGenerationSizeMb !== undefined) flags.push(`--max-old-space-size=${maxOldGenerationSizeMb}`);
  // V8 gives the young generation three semi-spaces.
  if (maxYoungGenerationSizeMb !== undefined) {
    flags.push(`--max-semi-space-size=${Math.max(1, Math.floor(maxYoungGenerationSizeMb / 3))}`);
  }
  if (stackSizeMb !== undefined) flags.push(`--stack-size=${stackSizeMb * 1024}`);
  return flags;
}
