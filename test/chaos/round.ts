/**
 * One round of chaos: opens a pool, submits everything, has workers killed meanwhile, ends the pool, and writes down what
 * the pool said of each task and what was left at the end.
 *
 * Guarantees: it ends. When nothing settles for a minute, that is written down and the pool is killed.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type * as hostSide from 'tardigrade';
import { Random } from '#src/testing/random.js';
import { findLeftovers, lookAround } from '../support/leftovers.js';
import { libraryEntry } from './library.js';
import { type Answer, describeThrow } from './orders.js';
import type { PlannedTask, RoundPlan } from './plan.js';
import type { RoundRecord, Settlement } from './records.js';
import { type Pool, Striker } from './striker.js';
import { obey } from './tasks.js';

const library = (await import(libraryEntry('index'))) as typeof hostSide;

/** How long a round may stand still. */
const STANDSTILL_MS = 60_000;

function openPool(plan: RoundPlan, ledger: string): Pool {
  const { maxWorkers, minWorkers, maxTasksPerWorker, idleTimeoutMs } = plan;
  const options: hostSide.PoolOptions = {
    maxWorkers,
    minWorkers,
    maxTasksPerWorker,
    idleTimeoutMs,
    stdio: 'ignore',
    env: { TARDIGRADE_CHAOS_LEDGER: ledger },
    // Workers are killed all the time, while they start too: that is no reason to give up here.
    maxRestarts: { count: 1_000_000, withinMs: 1 },
  };
  return plan.kind === 'process' ? new library.ProcessPoolExecutor(options) : new library.ThreadPoolExecutor(options);
}

function describeError(task: number, error: unknown): Settlement {
  const rest = { task, attempt: undefined, losses: [], detail: String(error) };
  if (!(error instanceof Error)) return { ...rest, outcome: 'unexpected' };
  if (error instanceof library.TerminatedWorkerError) {
    const losses = error.losses.map(({ pid, threadId }, index) => ({ attempt: index + 1, worker: pid ?? threadId }));
    return { ...rest, outcome: 'lost', losses };
  }
  if (error instanceof library.CancelledError) return { ...rest, outcome: 'cancelled' };
  if (error instanceof library.TimeoutError) return { ...rest, outcome: 'timed out' };
  if (error instanceof library.ShutdownExecutorError) return { ...rest, outcome: 'shut down' };
  return { ...rest, outcome: error.message === describeThrow(task) ? 'threw' : 'unexpected' };
}

function describeResult(task: number, { id, attempt, square }: Answer): Settlement {
  const isRight = id === task && square === task * task;
  const outcome = isRight ? 'result' : 'unexpected';
  return { task, outcome, attempt, losses: [], detail: `${id}, attempt ${attempt}: ${square}` };
}

/** The host's side of a round. */
class Round {
  readonly #plan: RoundPlan;
  readonly #pool: Pool;
  readonly #settlements: Settlement[] = [];
  readonly #aborts = new Map<number, AbortController[]>();
  readonly #watching = new AbortController();
  #hang: string | undefined;
  #ending: Promise<void> | undefined;

  constructor(plan: RoundPlan, pool: Pool) {
    this.#plan = plan;
    this.#pool = pool;
  }

  async run(): Promise<Omit<RoundRecord, 'leftovers'>> {
    const { tasks, strikes, meanStrikeMs, strikesAt, seed } = this.#plan;
    const striker = new Striker(this.#pool, new Random(seed + 1));
    const struck = striker.strike(strikes, meanStrikeMs, strikesAt);
    const futures = tasks.map((task) => this.#submit(task));
    this.#onProgress();
    const over = Promise.allSettled(futures).then(() => this.#end('shutdown'));
    await Promise.race([over, this.#watch()]);
    this.#watching.abort();
    await striker.stop();
    await struck;
    const { workersStarted, workersLost } = this.#pool.stats();
    if (this.#hang !== undefined) await this.#pool.shutdown({ killWorkers: true });
    return {
      plan: this.#plan,
      settlements: this.#settlements,
      strikes: striker.strikes,
      hang: this.#hang,
      workersStarted,
      workersLost,
    };
  }

  #submit({ order, retries, timeoutMs, abortAfter }: PlannedTask): PromiseLike<unknown> {
    const controller = abortAfter === undefined ? undefined : new AbortController();
    if (controller !== undefined && abortAfter !== undefined) {
      this.#aborts.set(abortAfter, [...(this.#aborts.get(abortAfter) ?? []), controller]);
    }
    const view = this.#pool.withOptions({ retries, timeoutMs, signal: controller?.signal });
    const future = view.submit(obey, order);
    future.addDoneCallback(() => {
      void future.then(
        (answer) => this.#settle(describeResult(order.id, answer)),
        (error: unknown) => this.#settle(describeError(order.id, error)),
      );
    });
    return future;
  }

  #settle(settlement: Settlement): void {
    this.#settlements.push(settlement);
    this.#onProgress();
  }

  #onProgress(): void {
    const settled = this.#settlements.length;
    for (const controller of this.#aborts.get(settled) ?? []) controller.abort();
    const { how, afterSettled } = this.#plan.ending;
    if (settled >= afterSettled) void this.#end(how);
  }

  #end(how: RoundPlan['ending']['how']): Promise<void> {
    this.#ending ??= this.#pool.shutdown({
      cancelPending: how === 'cancelPending',
      killWorkers: how === 'killWorkers',
    });
    return this.#ending;
  }

  /** Settles when nothing has happened for too long. */
  async #watch(): Promise<void> {
    const { signal } = this.#watching;
    for (let before = -1; before !== this.#settlements.length; ) {
      before = this.#settlements.length;
      // Aborted at the end of the round.
      await delay(STANDSTILL_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
    }
    const open = this.#plan.tasks.length - this.#settlements.length;
    this.#hang = `${open} tasks are unsettled in a pool that is ${this.#pool.state}`;
  }
}

/** Runs a round; its tasks write to `ledger`. */
export async function runRound(plan: RoundPlan, ledger: string): Promise<RoundRecord> {
  const before = lookAround();
  const record = await new Round(plan, openPool(plan, ledger)).run();
  return { ...record, leftovers: await findLeftovers(before) };
}
