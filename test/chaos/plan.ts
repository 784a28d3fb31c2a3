/**
 * What one round of chaos is made of, drawn from its seed: a pool, its tasks, what kills their workers from outside, and
 * how the pool is ended.
 *
 * Rules: the seed decides what is done; the machine decides when each thing happens, so a seed repeats a round only roughly.
 */

import { Random } from '#src/testing/random.js';
import { type Fate, MOMENTS, type Order, WAYS, type Way } from './orders.js';

/** Which workers. */
export type Kind = 'process' | 'thread';

/** One task and the options that it is submitted with. */
export interface PlannedTask {
  readonly order: Order;
  readonly retries: number;
  /** Given to those only that would run for ever. */
  readonly timeoutMs: number | undefined;
  /** When it is aborted, counted in settled tasks of the round. */
  readonly abortAfter: number | undefined;
}

/** See the file's header. */
export interface RoundPlan {
  readonly seed: number;
  readonly kind: Kind;
  readonly maxWorkers: number;
  readonly minWorkers: number;
  readonly maxTasksPerWorker: number | null;
  readonly idleTimeoutMs: number | null;
  readonly tasks: readonly PlannedTask[];
  /** How many workers are killed from outside, unless the tasks are done before. */
  readonly strikes: number;
  readonly meanStrikeMs: number;
  /** `'the host'`: no worker is killed from outside, but the host is busy now and then. */
  readonly strikesAt: 'workers' | 'the host';
  /** What happens when this many tasks are settled. */
  readonly ending: { readonly how: 'shutdown' | 'cancelPending' | 'killWorkers'; readonly afterSettled: number };
}

/** Ways that do not wait until the worker's event loop comes round. */
const SUDDEN = {
  thread: ['exit 0', 'exit 7'],
  process: ['exit 7', 'SIGKILL', 'SIGKILL', 'SIGSEGV'],
} as const satisfies Record<Kind, readonly Way[]>;

const TASKS = { process: 300, thread: 500 } as const;

/**
 * Some rounds are all deaths, some few. Workers are given many tasks ahead only while tasks are short, and let their answers
 * wait for one another only after many that were.
 */
const TEMPERS = [
  { deadliness: 0.01, slowness: 0, times: 5 },
  { deadliness: 0.03, slowness: 0.02, times: 2 },
  { deadliness: 0.1, slowness: 0.02, times: 1 },
  { deadliness: 0.3, slowness: 0, times: 1 },
  { deadliness: 0.1, slowness: 0.5, times: 1 },
] as const;

/** As often a round is calm. */
const CALM_CHANCE = 0.25;
/** In a calm round, every so many instant tasks one ends its worker. */
const CALM_ROW = 250;

/** Which rounds are played. */
export type Weather = 'calm' | 'wild' | 'any';

/** Draws a round. */
export function planRound(seed: number, kind: Kind, weather: Weather = 'any'): RoundPlan {
  const random = new Random(seed);
  const isCalm = weather === 'calm' || (random.chance(CALM_CHANCE) && weather === 'any');
  return isCalm ? planCalmRound(random, seed, kind) : planWildRound(random, seed, kind);
}

/**
 * One worker runs instant tasks of one function, so many in a row that their answers wait for one another; then one of the
 * same function ends it, in the middle of a row. Nobody kills it from outside, but the host is often too busy to look.
 */
function planCalmRound(random: Random, seed: number, kind: Kind): RoundPlan {
  const count = TASKS[kind] * 10;
  const tasks = Array.from({ length: count }, (_, id): PlannedTask => {
    const fate = random.chance(1 / CALM_ROW) ? planSuddenFate(random, kind) : undefined;
    const order: Order = { id, wait: 'none', waitMs: 0, ends: 'returns', fate };
    return { order, retries: 0, timeoutMs: undefined, abortAfter: undefined };
  });
  return {
    seed,
    kind,
    maxWorkers: 1,
    minWorkers: 0,
    maxTasksPerWorker: null,
    idleTimeoutMs: null,
    tasks,
    strikes: 1000,
    meanStrikeMs: 5,
    strikesAt: 'the host',
    ending: { how: 'shutdown', afterSettled: count },
  };
}

function planSuddenFate(random: Random, kind: Kind): Fate {
  return { way: random.pick(SUDDEN[kind]), moment: random.pick(['begin', 'end', 'answer'] as const), attempts: 1 };
}

function planWildRound(random: Random, seed: number, kind: Kind): RoundPlan {
  const temper = random.pick(TEMPERS);
  const count = TASKS[kind] * temper.times;
  const tasks = Array.from({ length: count }, (_, id) => planTask(random, { id, kind, count, ...temper }));
  const maxWorkers = random.int(1, 4);
  return {
    seed,
    kind,
    maxWorkers,
    minWorkers: random.chance(0.3) ? random.int(0, maxWorkers) : 0,
    maxTasksPerWorker: random.chance(0.15) ? random.int(5, 50) : null,
    idleTimeoutMs: random.chance(0.2) ? random.int(0, 20) : null,
    tasks,
    strikes: random.int(0, 60),
    meanStrikeMs: random.pick([2, 10, 30]),
    strikesAt: 'workers',
    ending: random.chance(0.8)
      ? { how: 'shutdown', afterSettled: random.chance(0.5) ? 0 : count }
      : { how: random.pick(['cancelPending', 'killWorkers'] as const), afterSettled: random.int(count / 2, count) },
  };
}

interface Terms {
  readonly id: number;
  readonly kind: Kind;
  readonly deadliness: number;
  readonly slowness: number;
  readonly count: number;
}

function planTask(random: Random, { id, kind, deadliness, slowness, count }: Terms): PlannedTask {
  const retries = random.chance(0.25) ? random.int(1, 3) : 0;
  const ends = random.chance(0.05) ? 'throws' : 'returns';
  const abortAfter = random.chance(0.2 * deadliness) ? random.int(0, count - 1) : undefined;
  const task = { retries, timeoutMs: undefined, abortAfter };
  if (random.chance(0.05 * deadliness)) {
    const wait = random.pick(['for ever, blocking', 'for ever, async'] as const);
    return { ...task, order: { id, wait, waitMs: 0, ends, fate: undefined }, timeoutMs: random.int(1, 30) };
  }
  const fate = random.chance(deadliness) ? planFate(random, kind) : undefined;
  const wait = random.chance(slowness) ? random.pick(['blocking', 'async'] as const) : 'none';
  return { ...task, order: { id, wait, waitMs: random.int(0, 3), ends, fate } };
}

function planFate(random: Random, kind: Kind): Fate {
  return { way: random.pick(WAYS[kind]), moment: random.pick(MOMENTS), attempts: random.int(1, 3) };
}
