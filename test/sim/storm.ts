/**
 * One storm: a seed decides a pool, a world and a user; the real scheduler and the real driver run in it, in virtual time,
 * until the pool is over. Checked after every step and at the end.
 *
 * Guarantees: one seed tells one story. Throws a `Violation` (or whatever the core threw) when a promise is broken.
 */

import type { Command, Event, TaskId } from '#src/core/events.js';
import type { Scheduler } from '#src/core/scheduler.js';
import { Random } from '#src/testing/random.js';
import { VirtualClock } from '#src/testing/virtual-clock.js';
import type { Core } from './core.js';
import { Invariants } from './invariants.js';
import { lookBefore, noteStep, type OutcomeCounts } from './outcomes.js';
import { deadlineOf, drawPlan, type Plan } from './plan.js';
import { RestartRule } from './restart-rule.js';
import { SimulatedLauncher } from './simulated-launcher.js';
import { describe, type Trace } from './trace.js';
import { Truth } from './truth.js';
import { User } from './user.js';
import { promise } from './violation.js';
import { World } from './world.js';

/** What a storm needs. */
export interface StormParts {
  readonly seed: number;
  readonly core: Core;
  readonly counts: OutcomeCounts;
  readonly trace: Trace;
}

/** How many steps may happen without time passing: far more than there are tasks and workers. */
const MOST_STEPS_AT_ONCE = 5_000;

/** Runs one storm to its end. */
export function runStorm({ seed, core, counts, trace }: StormParts): void {
  const random = new Random(seed);
  const plan = drawPlan(random);
  const clock = new VirtualClock();
  const truth = new Truth();
  trace.line(0, () => `seed ${seed}: ${JSON.stringify({ ...plan.options, ...plan.climate, actions: undefined })}`);

  const scheduler = new core.Scheduler(plan.options);
  const watched = new WatchedScheduler(scheduler, { clock, counts, trace, plan });
  const families = seed % 5 === 4 ? new Random(seed) : undefined;
  const user = new User({ plan, families, random, clock, truth, counts, trace, scheduler });
  const world = new World({
    clock,
    random,
    climate: plan.climate,
    truth,
    behaviourOf: (task) => user.behaviourOf(task),
    onFault: (fault, worker) => {
      counts.note(`fault: ${fault}`);
      if (fault === 'late-message') user.history.lateWorkers.add(worker);
      trace.line(clock.nowMs(), () => `    ! ${fault}, worker ${worker}`);
    },
  });
  const launcher = new SimulatedLauncher(world);
  const driver = new core.Driver({ scheduler: watched, launcher, clock, client: user });
  user.begin(driver, launcher, world);
  runToTheEnd({ plan, clock, user });

  user.checkEnd();
  promise(clock.runningTimers === 0, () => `${clock.runningTimers} timers run on after the end`);
  promise(launcher.workers.length === 0, () => `${launcher.workers.length} workers outlive the pool`);
  promise(scheduler.viewWorkers().length === 0, 'the scheduler remembers workers after the end');
}

function runToTheEnd({ plan, clock, user }: { plan: Plan; clock: VirtualClock; user: User }): void {
  while (clock.advance()) {
    promise(clock.nowMs() <= deadlineOf(plan, user.mostAttempts), 'the pool is not over in time');
  }
  promise(user.isOver, 'nothing is going to happen any more, and the pool is not over');
}

/** A scheduler that is looked at before and after every step. */
class WatchedScheduler implements Pick<Scheduler, 'step'> {
  readonly #scheduler: Scheduler;
  readonly #clock: VirtualClock;
  readonly #counts: OutcomeCounts;
  readonly #trace: Trace;
  readonly #invariants = new Invariants();
  readonly #restarts: RestartRule;
  #lastMs = -1;
  #stepsAtOnce = 0;
  /** Tasks that were taken from a worker which stood still. */
  readonly #moved = new Set<TaskId>();

  constructor(scheduler: Scheduler, watch: Pick<StormParts, 'counts' | 'trace'> & { clock: VirtualClock; plan: Plan }) {
    this.#scheduler = scheduler;
    this.#restarts = new RestartRule(watch.plan.options.breaker);
    this.#clock = watch.clock;
    this.#counts = watch.counts;
    this.#trace = watch.trace;
  }

  step(event: Event): Command[] {
    const { model } = this.#scheduler;
    const before = lookBefore(model, event);
    const commands = this.#scheduler.step(event);
    this.#trace.line(this.#clock.nowMs(), () => tellStep(event, commands));
    noteStep(this.#counts, { before, event, commands, model });
    this.#noteMoved(event, commands);
    this.#invariants.check(model, event, commands);
    this.#restarts.check(event, { nowMs: this.#clock.nowMs(), before, commands, model });
    this.#countStep();
    return commands;
  }

  #noteMoved(event: Event, commands: readonly Command[]): void {
    for (const command of commands) {
      const isStall = command.kind === 'kill' && command.cause === 'unresponsive';
      if (isStall && event.kind === 'recalled') for (const task of event.tasks) this.#moved.add(task);
      const isDone = command.kind === 'settle' && command.verdict.kind === 'finished';
      if (isDone && this.#moved.has(command.task)) this.#counts.note('task: done after its worker stood still');
    }
  }

  #countStep(): void {
    const nowMs = this.#clock.nowMs();
    this.#stepsAtOnce = nowMs === this.#lastMs ? this.#stepsAtOnce + 1 : 1;
    this.#lastMs = nowMs;
    promise(this.#stepsAtOnce < MOST_STEPS_AT_ONCE, 'the scheduler goes round in circles');
  }
}

function tellStep(event: Event, commands: Command[]): string {
  return [describe(event), ...commands.map((command) => `              → ${describe(command)}`)].join('\n');
}
