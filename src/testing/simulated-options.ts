/**
 * The options of a simulated executor: what each may be, and what it is when it is not given.
 *
 * Rules: checks and defaults only.
 */

import {
  anything,
  boolean,
  callback,
  checkArgument,
  checkOptions,
  duration,
  either,
  integer,
  matching,
} from '../base/validate.js';
import { checkPoolOptions, type PoolOptions } from '../executors/options.js';
import type { Fault } from './fault.js';
import { createFaults, type Faults } from './faults.js';
import type { Random } from './random.js';

/** A length of virtual time in milliseconds: always the same, or drawn from the seed, both ends included. */
export type SimulatedSpan = number | { readonly min: number; readonly max: number };

/** A task that has begun in a simulated worker. */
export interface SimulatedTask {
  /** Its number in the executor, from 1. */
  readonly id: number;
  /** Its name: the option `name`, else its function's. */
  readonly name: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** The worker's number in the executor, from 1. */
  readonly workerId: number;
}

/** Options of a `SimulatedExecutor`: those of a pool that mean something without a process or a thread, and its own. */
export interface SimulatedOptions
  extends Pick<
    PoolOptions,
    | 'minWorkers'
    | 'idleTimeoutMs'
    | 'initializer'
    | 'initializerArgs'
    | 'maxTasksPerWorker'
    | 'onWorkerLost'
    | 'maxRestarts'
    | 'startupTimeoutMs'
    | 'maxQueue'
    | 'reducers'
    | 'context'
    | 'name'
  > {
  /** The most workers at a time. Default 2, on every machine. */
  readonly maxWorkers?: number | undefined;
  /** What all chance comes from: one seed gives one story. Default 1. */
  readonly seed?: number | undefined;
  /** How long a worker takes to start, before its initializer. Default 0. */
  readonly startupMs?: SimulatedSpan | undefined;
  /** How long a message takes, one way. Default 0. */
  readonly latencyMs?: SimulatedSpan | undefined;
  /**
   * How long a task keeps its worker busy: its function is called when it begins, and its answer leaves that much later.
   * Default 0.
   */
  readonly taskMs?: SimulatedSpan | ((task: SimulatedTask) => number) | undefined;
  /** How likely it is, from 0 to 1, that a worker dies under a task: before its function is called, or after. Default 0. */
  readonly lossRate?: number | undefined;
  /** Faults at named steps, as `createFaults` takes them, or makes them. Default: none. */
  readonly faults?: readonly Fault[] | Faults | undefined;
  /** Whether time passes by itself as soon as there is something to wait for. Default `false`: when it is told to. */
  readonly autoAdvance?: boolean | undefined;
}

const isSpan = (value: unknown): boolean => {
  if (typeof value === 'number') return value >= 0;
  if (typeof value !== 'object' || value === null) return false;
  const { min, max } = value as { min?: unknown; max?: unknown };
  return typeof min === 'number' && typeof max === 'number' && min >= 0 && max >= min && max < Number.POSITIVE_INFINITY;
};
const isFaults = (value: unknown): boolean =>
  Array.isArray(value) || (typeof value === 'object' && value !== null && 'inject' in value && 'struck' in value);
const span = () => matching<SimulatedSpan>('milliseconds of at least 0, or { min, max } of them', isSpan);
const isRate = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

const CHECKS = {
  maxWorkers: anything<number>(),
  minWorkers: anything<number>(),
  idleTimeoutMs: anything<number>(),
  initializer: anything(),
  initializerArgs: anything(),
  maxTasksPerWorker: anything<number>(),
  onWorkerLost: anything(),
  maxRestarts: anything(),
  startupTimeoutMs: anything<number>(),
  maxQueue: anything<number>(),
  reducers: anything(),
  context: anything(),
  name: anything<string>(),
  seed: integer(),
  startupMs: span(),
  latencyMs: span(),
  taskMs: either(span(), callback<(task: SimulatedTask) => number>()),
  lossRate: matching<number>('a number from 0 to 1', isRate),
  faults: matching<readonly Fault[] | Faults>('an array of faults, or what createFaults made', isFaults),
  autoAdvance: boolean(),
};

const DEFAULT_WORKERS = 2;

/** Checked options, with their defaults. */
export type SimulatedSettings = ReturnType<typeof checkSimulatedOptions>;

/** Checks the options and fills in the defaults. Throws `TypeError` or `RangeError`. */
export function checkSimulatedOptions(options: SimulatedOptions | undefined) {
  const given = checkOptions('SimulatedOptions', options, CHECKS);
  const { seed = 1, startupMs = 0, latencyMs = 0, taskMs = 0, lossRate = 0, faults, autoAdvance = false } = given;
  const {
    seed: _1,
    startupMs: _2,
    latencyMs: _3,
    taskMs: _4,
    lossRate: _5,
    faults: _6,
    autoAdvance: _7,
    ...rest
  } = {
    maxWorkers: DEFAULT_WORKERS,
    ...options,
  };
  const plan = faults === undefined || 'inject' in faults ? faults : createFaults(faults);
  const settings = checkPoolOptions((plan as Faults | undefined)?.inject(rest) ?? rest);
  return {
    pool: { ...settings, maxMemoryGrowthBytes: null },
    seed,
    startupMs,
    latencyMs,
    taskMs,
    lossRate,
    autoAdvance,
  };
}

/** Checks how far time is to go. Throws `TypeError` or `RangeError`. */
export function checkAdvance(ms: number): void {
  checkArgument('ms', ms, duration());
  if (ms === Number.POSITIVE_INFINITY)
    throw new RangeError('ms must be finite; runUntilIdle() goes as far as it takes');
}

const RUN_CHECKS = { patienceMs: duration() };
const DEFAULT_PATIENCE_MS = 10_000;

/** Options of `runUntil` and `runUntilIdle`. */
export interface RunOptions {
  /** How long, in real time, tasks may wait for something real before this gives up and says which. Default 10 000. */
  readonly patienceMs?: number | undefined;
}

/** Checks how to wait. Throws `TypeError` or `RangeError`. */
export function readPatience(options: RunOptions | undefined): number {
  return checkOptions('RunOptions', options, RUN_CHECKS).patienceMs ?? DEFAULT_PATIENCE_MS;
}

/** Draws a length of time. */
export function draw(spanMs: SimulatedSpan, random: Pick<Random, 'between'>): number {
  return typeof spanMs === 'number' ? spanMs : random.between(spanMs.min, spanMs.max);
}

/** How long a task takes. Throws `TypeError` when the function that should say so says something else. */
export function drawTaskMs(
  taskMs: SimulatedSettings['taskMs'],
  { task, random }: { readonly task: SimulatedTask; readonly random: Random },
): number {
  const ms = typeof taskMs === 'function' ? taskMs(task) : draw(taskMs as SimulatedSpan, random);
  if (typeof ms === 'number' && ms >= 0) return ms;
  throw new TypeError(`options.taskMs must return milliseconds of at least 0, got ${String(ms)} for task ${task.id}`);
}
