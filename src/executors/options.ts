/**
 * The options of pools, tasks, maps and shutdowns: what each may be, and what it is when it is not given.
 *
 * Rules: checks and defaults only. Split by who uses an option: the pool, the workers' environment, the task.
 */

import { isAbsolute } from 'node:path';
import { types } from 'node:util';
import {
  abortSignal,
  anything,
  arrayOf,
  boolean,
  callback,
  checkOptions,
  duration,
  either,
  environment,
  integer,
  matching,
  nullable,
  oneOf,
  shape,
  string,
} from '../base/validate.js';
import { show } from '../base/wording.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { type ContextStores, contextStores, listStores } from './context-option.js';
import type { ErrorClass, MapOptions, ShutdownOptions, TaskOptions } from './executor.js';
import { instrumentOf } from './instrument.js';
import type { OutputListener } from './on-output.js';
import { checkReducers, type PoolReducers, reducerList } from './reducer-option.js';
import { cpuShare } from './worker-environment.js';

const { isSharedArrayBuffer } = types;

/** Options of a pool. */
export interface PoolOptions {
  /**
   * The most workers at a time. Default `availableCpus()`; in a task, that divided by the workers of the pool in which the
   * task runs, and at least 1.
   */
  readonly maxWorkers?: number | undefined;
  /** Workers that are kept even when idle, and started at once. Default 0: workers start on demand. */
  readonly minWorkers?: number | undefined;
  /** How long an idle worker stays, in milliseconds. Default `null`: for ever. */
  readonly idleTimeoutMs?: number | null | undefined;
  /** Called once in each worker before its first task. If it fails, the pool breaks with `InitializerError`. */
  readonly initializer?: ((...args: never[]) => unknown) | undefined;
  /** The arguments of `initializer`. Default `[]`. */
  readonly initializerArgs?: readonly unknown[] | undefined;
  /**
   * Environment variables for the workers, laid over this program's; `undefined` takes one away. Unless they are set here or
   * in the program, `OMP_NUM_THREADS` and its like (also for OpenBLAS, MKL, Rayon, libvips …) and, in processes,
   * `UV_THREADPOOL_SIZE` are set to each worker's share: `availableCpus()` divided by `maxWorkers`, at least 1.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Node's own options for the workers. Default: this program's, without those that make no sense there (`--inspect`, `-e` …). */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * The file that workers start with: a bundle of `tardigrade/worker-entry`, as a `file:` URL or an absolute path. Only for
   * programs that were bundled together with this package and are deployed without it. Default: the environment variable
   * `TARDIGRADE_WORKER_ENTRY`, else the package's own.
   */
  readonly workerEntry?: string | URL | undefined;
  /** Limits on a worker's heap and stack, in MB; as those of Node's `Worker`. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** A worker is replaced after this many tasks. Default `null`: never. */
  readonly maxTasksPerWorker?: number | null | undefined;
  /**
   * A worker is replaced, between tasks, when its resident memory has grown by more than this since its first task.
   * Default 300 MB (314 572 800); `null` for never. From loky.
   */
  readonly maxMemoryGrowthBytes?: number | null | undefined;
  /**
   * `'fail-task'` (default): a worker that dies costs its running task. `'break-pool'`: it breaks the pool, as in loky and
   * CPython.
   */
  readonly onWorkerLost?: 'fail-task' | 'break-pool' | undefined;
  /**
   * The circuit breaker: more than `count` workers that die `withinMs` before they finish a task break the pool. By default
   * (3 within 60 s) only workers count that died before they had begun one: a task that kills its worker costs only itself.
   * The count starts anew when a task finishes; and a pool with a healthy worker goes on with that, and starts no others
   * until the deaths are long enough ago.
   */
  readonly maxRestarts?: { readonly count: number; readonly withinMs: number } | undefined;
  /** How long a worker may take to be ready, its initializer included. Default 60 000. */
  readonly startupTimeoutMs?: number | undefined;
  /** How many tasks may wait for a worker; one more fails with `QueueFullError`. Default: no limit. */
  readonly maxQueue?: number | undefined;
  /**
   * What becomes of the workers' output: shown as this program's own (default), handed to this program with the task that
   * wrote it (`'pipe'`: see `Future.output` and `onOutput`), or dropped. stderr's last lines are kept for crash reports in any case.
   */
  readonly stdio?: 'inherit' | 'pipe' | 'ignore' | undefined;
  /**
   * Called with everything that is written in the workers, as it comes; only with `stdio: 'pipe'`. What no task wrote, or what
   * came past JavaScript's streams (native code, programs that a task started), comes without a task. Default: nobody hears it.
   */
  readonly onOutput?: OutputListener | undefined;
  /**
   * How instances of some classes travel in this pool, both ways: see `registerReducer`, which says it for all pools.
   * A list of `{ type, reduce, revive }`, or a `Map` from classes to `{ reduce, revive }`. Default: none.
   */
  readonly reducers?: PoolReducers | undefined;
  /**
   * Stores of the submitter's async context that tasks are given, by name: what each `AsyncLocalStorage` holds at the submit is
   * copied, as an argument is, and found with `carriedContext(name)` of `tardigrade/worker`. Default: none.
   */
  readonly context?: ContextStores | undefined;
  /** Named in errors. Default: none. */
  readonly name?: string | undefined;
}

/** Limits on a worker's memory, in MB. */
export interface ResourceLimits {
  /** The heap of what lives long. */
  readonly maxOldGenerationSizeMb?: number | undefined;
  /** The heap of what was just made. */
  readonly maxYoungGenerationSizeMb?: number | undefined;
  /** The stack of JavaScript. */
  readonly stackSizeMb?: number | undefined;
}

/** What each of `PoolOptions` must be. */
export const POOL_CHECKS = {
  maxWorkers: integer({ min: 1, max: 4096 }),
  minWorkers: integer({ min: 0, max: 4096 }),
  idleTimeoutMs: nullable(duration()),
  initializer: callback<AnyFunction>(),
  initializerArgs: arrayOf(anything()),
  env: environment(),
  execArgv: arrayOf(string()),
  workerEntry: matching<string | URL>('a file: URL or an absolute path', isFilePlace),
  resourceLimits: shape({
    maxOldGenerationSizeMb: optional(integer({ min: 1 })),
    maxYoungGenerationSizeMb: optional(integer({ min: 1 })),
    stackSizeMb: optional(integer({ min: 1 })),
  }),
  maxTasksPerWorker: nullable(integer({ min: 1 })),
  maxMemoryGrowthBytes: nullable(integer({ min: 1 })),
  onWorkerLost: oneOf('fail-task', 'break-pool'),
  maxRestarts: shape({ count: integer({ min: 0 }), withinMs: duration() }),
  startupTimeoutMs: duration({ min: 1 }),
  maxQueue: either(integer({ min: 0 }), oneOf(Number.POSITIVE_INFINITY)),
  stdio: oneOf('inherit', 'pipe', 'ignore'),
  reducers: reducerList(),
  context: contextStores(),
  onOutput: callback<OutputListener>(),
  name: string({ minLength: 1 }),
};

function optional<C extends ReturnType<typeof integer>>(check: C): C {
  return { ...check, findProblem: (value, path) => (value === undefined ? undefined : check.findProblem(value, path)) };
}

function isFilePlace(value: unknown): boolean {
  if (value instanceof URL) return value.protocol === 'file:';
  return typeof value === 'string' && (isAbsolute(value) || value.startsWith('file:'));
}

const MEGABYTE = 1024 * 1024;
const DEFAULT_MEMORY_GROWTH_BYTES = 300 * MEGABYTE;
const DEFAULT_RESTARTS = { count: 3, withinMs: 60_000 } as const;
const DEFAULT_STARTUP_TIMEOUT_MS = 60_000;

/** Checked options, with their defaults. */
export type PoolSettings = ReturnType<typeof checkPoolOptions>;

/** Checks the options of a pool and fills in the defaults. Throws `TypeError` or `RangeError`. */
export function checkPoolOptions(options: PoolOptions | undefined) {
  const given = checkOptions('PoolOptions', options, POOL_CHECKS);
  const maxWorkers = given.maxWorkers ?? cpuShare();
  const minWorkers = given.minWorkers ?? 0;
  if (minWorkers > maxWorkers) {
    throw new RangeError(`options.minWorkers must be at most maxWorkers (${maxWorkers}), got ${minWorkers}`);
  }
  return {
    maxWorkers,
    minWorkers,
    idleTimeoutMs: given.idleTimeoutMs ?? null,
    initializer: given.initializer,
    // Copies: what becomes of the user's own objects is the user's.
    initializerArgs: [...(given.initializerArgs ?? [])],
    env: { ...given.env },
    execArgv: given.execArgv && [...given.execArgv],
    workerEntry: given.workerEntry,
    resourceLimits: { ...given.resourceLimits },
    maxTasksPerWorker: given.maxTasksPerWorker ?? null,
    maxMemoryGrowthBytes:
      given.maxMemoryGrowthBytes === undefined ? DEFAULT_MEMORY_GROWTH_BYTES : given.maxMemoryGrowthBytes,
    onWorkerLost: given.onWorkerLost ?? 'fail-task',
    breaker:
      given.maxRestarts === undefined
        ? ({ ...DEFAULT_RESTARTS, counts: 'never-started' } as const)
        : ({ ...given.maxRestarts, counts: 'never-finished' } as const),
    startupTimeoutMs: given.startupTimeoutMs ?? DEFAULT_STARTUP_TIMEOUT_MS,
    maxQueue: given.maxQueue ?? Number.POSITIVE_INFINITY,
    stdio: given.stdio ?? 'inherit',
    onOutput: checkOnOutput(given),
    reducers: checkReducers(given.reducers),
    context: listStores(given.context),
    name: given.name,
    instrument: instrumentOf(options),
  };
}

function checkOnOutput({ onOutput, stdio }: Pick<PoolOptions, 'onOutput' | 'stdio'>): OutputListener | undefined {
  if (onOutput !== undefined && stdio !== 'pipe') {
    throw Object.assign(new TypeError(`options.onOutput needs options.stdio to be 'pipe', got ${show(stdio)}`), {
      code: 'ERR_TARDIGRADE_INVALID_OPTION',
    });
  }
  return onOutput;
}

/** Checks the options of an inline executor. Throws `TypeError` or `RangeError`. */
export function checkInlineOptions(
  options:
    | Pick<PoolOptions, 'initializer' | 'initializerArgs' | 'maxQueue' | 'reducers' | 'context' | 'name'>
    | undefined,
) {
  const { initializer, initializerArgs, maxQueue, reducers, context, name } = POOL_CHECKS;
  return checkOptions('InlineOptions', options, { initializer, initializerArgs, maxQueue, reducers, context, name });
}

function errorMark() {
  const expected = "an error's class or its code";
  return matching<ErrorClass | string>(expected, (value) => typeof value === 'function' || typeof value === 'string');
}

function transferable() {
  const expected = 'an object that can be transferred, such as an ArrayBuffer (of a typed array, its buffer)';
  const isOne = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    !ArrayBuffer.isView(value) &&
    !isSharedArrayBuffer(value);
  return matching<object>(expected, isOne);
}

const TASK_CHECKS = {
  signal: abortSignal(),
  timeoutMs: duration(),
  graceMs: duration(),
  retries: integer({ min: 0 }),
  retryOn: either(callback<(error: unknown) => boolean>(), arrayOf(errorMark())),
  transfer: arrayOf(transferable()),
  priority: integer(),
  name: string({ minLength: 1 }),
};

/** Checks the options of a task. Throws `TypeError` or `RangeError`. */
export function checkTaskOptions(options: TaskOptions): TaskOptions {
  return checkOptions('TaskOptions', options, TASK_CHECKS);
}

const MAP_CHECKS = {
  chunkSize: either(integer({ min: 1 }), oneOf('auto')),
  bufferSize: integer({ min: 1 }),
  ordered: boolean(),
  signal: abortSignal(),
  timeoutMs: duration(),
};

/** Checks the options of a map. Throws `TypeError` or `RangeError`. */
export function checkMapOptions(options: MapOptions | undefined): MapOptions {
  return checkOptions('MapOptions', options, MAP_CHECKS);
}

const SHUTDOWN_CHECKS = { cancelPending: boolean(), killWorkers: boolean(), timeoutMs: duration() };

/** Checks the options of a shutdown. Throws `TypeError` or `RangeError`. */
export function checkShutdownOptions(options: ShutdownOptions | undefined): ShutdownOptions {
  return checkOptions('ShutdownOptions', options, SHUTDOWN_CHECKS);
}
