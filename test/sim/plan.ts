/**
 * What a seed decides before its storm begins: how the pool is set up, how bad the world is, and what its user does when.
 */

import type { BreakerOptions } from '#src/core/circuit-breaker.js';
import type { TaskTerms } from '#src/core/events.js';
import type { SchedulerOptions } from '#src/core/model.js';
import type { Random } from '#src/testing/random.js';

/** How a task behaves once it runs. */
export interface Behaviour {
  /** `Infinity`: it never ends by itself. */
  readonly durationMs: number;
  readonly failed: boolean;
  /** Whether it ends soon after its own signal fired. */
  readonly obeysAbort: boolean;
  readonly progressReports: number;
  /** Whether its owner wants it tried again when it fails. */
  readonly wantsRetry: boolean;
  /** How many tasks it submits itself, and waits for. */
  readonly children?: number;
}

/** How likely the faults are, and how slow the links. */
export interface Climate {
  /** The chance of a fault at each step of the protocol that can go wrong. */
  readonly faultChance: number;
  /** After so many faults the weather is fine, so that every storm ends. */
  readonly faultLimit: number;
  /** Whether initializers may fail, which breaks the pool at once. */
  readonly initializersFail: boolean;
  readonly latencyMs: number;
  /** How often a message takes longer than anybody would expect. */
  readonly lateChance: number;
  /** `'exact'`: a recall is doubtful only about the task that the worker looks at. `'loose'`: about any it received. */
  readonly recalls: 'exact' | 'loose';
  readonly startupMs: number;
}

/** How a pool is shut down. */
export interface ShutdownForm {
  readonly cancelPending: boolean;
  readonly killWorkers: boolean;
  readonly timeoutMs: number | null;
}

/** What a user does. */
export type UserAction =
  | { readonly kind: 'submit'; readonly terms: Omit<TaskTerms, 'task'>; readonly behaviour: Behaviour }
  | { readonly kind: 'cancel' | 'abort' }
  | { readonly kind: 'resize'; readonly maxWorkers: number }
  | ({ readonly kind: 'shut-down' } & ShutdownForm)
  | { readonly kind: 'kill-some-worker' };

/** Everything that a seed decides beforehand. */
export interface Plan {
  readonly options: SchedulerOptions & { readonly breaker: BreakerOptions };
  readonly climate: Climate;
  readonly actions: readonly { readonly atMs: number; readonly action: UserAction }[];
  /** How often the user reacts to an announcement from inside the callback. */
  readonly reactionChance: number;
  /** When the user shuts the pool down for good, in which form. */
  readonly end: { readonly atMs: number; readonly form: ShutdownForm };
}

/** The longest that a task which ends by itself runs. */
const LONGEST_TASK_MS = 2_000;
/** The longest time limit and the longest grace that a user gives. */
const LONGEST_LIMIT_MS = 500;
const LONGEST_GRACE_MS = 100;
/** How long somebody takes to notice a worker that stands still, and to kill it. */
export const WATCHDOG_MS = 10_000;

/** Draws a plan. */
export function drawPlan(random: Random): Plan {
  const climate = drawClimate(random);
  const actions = drawActions(random);
  const lastMs = Math.max(0, ...actions.map(({ atMs }) => atMs));
  const options = drawOptions(random, climate);
  const reactionChance = random.pick([0, 0.05, 0.3]);
  const end = { atMs: lastMs + random.pick([0, 5, 500, 30_000]), form: drawShutdown(random) };
  if (random.chance(0.3)) {
    // Somebody is impatient, or has second thoughts.
    const atMs = Math.max(0, end.atMs + random.between(-20, 20));
    actions.push({ atMs, action: { kind: 'shut-down', ...drawShutdown(random) } });
  }
  return { options, climate, actions, reactionChance, end };
}

function drawClimate(random: Random): Climate {
  return {
    faultChance: random.pick([0, 0.002, 0.01, 0.02, 0.05, 0.3]),
    faultLimit: random.pick([3, 10, 40]),
    initializersFail: random.chance(0.1),
    latencyMs: random.pick([0, 0.1, 1, 10]),
    lateChance: random.pick([0, 0, 0.02]),
    recalls: random.chance(0.7) ? 'exact' : 'loose',
    startupMs: random.pick([1, 30, 100]),
  };
}

function drawOptions(random: Random, climate: Climate): Plan['options'] {
  const maxWorkers = random.int(1, 6);
  return {
    maxWorkers,
    minWorkers: random.chance(0.7) ? 0 : random.int(0, maxWorkers),
    idleTimeoutMs: random.pick([null, 0, 5, 100, 5_000]),
    maxTasksPerWorker: random.pick([null, null, 1, 2, 7]),
    startupTimeoutMs: climate.startupMs * 10,
    leaveTimeoutMs: random.pick([20, 1_000]),
    stallTimeoutMs: random.pick([100, 1_000]),
    onWorkerLost: random.chance(0.85) ? 'fail-task' : 'break-pool',
    prefetch: {
      budgetUs: random.pick([0, 1_000, 10_000, 100_000]),
      maxTasks: random.pick([1, 2, 4, 32]),
      maxBytes: random.pick([100, 10_000, 1_000_000]),
    },
    breaker: {
      count: random.pick([0, 3, 10, 100, 100]),
      withinMs: random.pick([10, 1_000, 60_000]),
      counts: random.pick(['never-started', 'never-finished']),
    },
  };
}

function drawActions(random: Random): { atMs: number; action: UserAction }[] {
  const actions: { atMs: number; action: UserAction }[] = [];
  const tasks = random.pick([1, 5, 20, 50, 120]);
  const pauseMs = random.pick([0, 0, 0.2, 2, 40]);
  const taste = { priorities: random.pick([1, 1, 2, 5]), typicalMs: random.pick([0.05, 0.5, 5, 50]) };
  const whimChance = random.pick([0, 0.1, 0.4]);
  let atMs = 0;
  for (let task = 0; task < tasks; task += 1) {
    if (!random.chance(0.3)) atMs += random.between(0, 2 * pauseMs);
    const submit = drawSubmit(random, taste);
    actions.push({ atMs, action: submit });
    if (submit.behaviour.durationMs === Infinity && submit.terms.timeoutMs === null) {
      throw new Error('A task that never ends needs a time limit.');
    }
    if (random.chance(whimChance)) {
      actions.push({ atMs: atMs + random.between(0, 4 * pauseMs + 5), action: drawWhim(random) });
    }
  }
  return actions;
}

/** Something that a user does beside submitting. */
export function drawWhim(random: Random): UserAction {
  const roll = random.next();
  if (roll < 0.35) return { kind: 'cancel' };
  if (roll < 0.75) return { kind: 'abort' };
  if (roll < 0.87) return { kind: 'resize', maxWorkers: random.int(1, 8) };
  if (roll < 0.985) return { kind: 'kill-some-worker' };
  return { kind: 'shut-down', ...drawShutdown(random) };
}

/** Draws a task. */
export function drawSubmit(
  random: Random,
  taste: { readonly priorities: number; readonly typicalMs: number },
): Extract<UserAction, { kind: 'submit' }> {
  const timeoutMs = random.chance(0.15) ? random.between(1, LONGEST_LIMIT_MS) : null;
  const isEndless = timeoutMs !== null && random.chance(0.3);
  const isLong = random.chance(0.04);
  const ownMs = isLong ? random.between(100, LONGEST_TASK_MS) : random.between(0, 2 * taste.typicalMs);
  const terms = {
    priority: random.int(0, taste.priorities - 1),
    bytes: random.pick([10, 10, 80, 5_000]),
    retries: random.pick([0, 0, 0, 1, 3]),
    timeoutMs,
    graceMs: random.chance(0.6) ? 0 : random.between(1, LONGEST_GRACE_MS),
  };
  return {
    kind: 'submit',
    terms,
    behaviour: {
      durationMs: isEndless ? Infinity : ownMs,
      failed: random.chance(0.1),
      obeysAbort: random.chance(0.5),
      progressReports: random.chance(0.1) ? random.int(1, 3) : 0,
      wantsRetry: terms.retries !== 1,
    },
  };
}

function drawShutdown(random: Random): ShutdownForm {
  return {
    cancelPending: random.chance(0.3),
    killWorkers: random.chance(0.15),
    timeoutMs: random.chance(0.3) ? random.pick([0, 3, 200, 5_000]) : null,
  };
}

/** How long one attempt at a task can take, its worker's death included. */
const LONGEST_ATTEMPT_MS = LONGEST_TASK_MS + LONGEST_LIMIT_MS + LONGEST_GRACE_MS + 2_000;

/** The moment by which a storm is over, if every wait has an end: the worst of everything, one after the other. */
export function deadlineOf(plan: Plan, attempts: number): number {
  const { options, climate } = plan;
  // Starting may be paused until every death is forgotten.
  const pauseMs = options.breaker.withinMs;
  const perFaultMs = options.startupTimeoutMs + options.leaveTimeoutMs + WATCHDOG_MS + LONGEST_ATTEMPT_MS + pauseMs;
  const perAttemptMs = LONGEST_ATTEMPT_MS + options.startupTimeoutMs + options.leaveTimeoutMs;
  return plan.end.atMs + (climate.faultLimit + 10) * perFaultMs + (attempts + 10) * perAttemptMs;
}
