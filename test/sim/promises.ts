/**
 * What the pool promises its user, checked against the truth: every task settles once, begins at most once unless it may
 * be retried, keeps a result that was written, and is lost only if it had begun on a worker that died.
 */

import type { Outcome } from '#src/core/driver.js';
import type { TaskId, TaskTerms, Verdict, WorkerId } from '#src/core/events.js';
import type { Truth } from './truth.js';
import { promise } from './violation.js';

/** What the user knows of a task. */
export interface UserTask {
  readonly terms: TaskTerms;
  state: 'pending' | 'running' | 'settled';
  verdict: Verdict | undefined;
  startedMs: number;
  /** Somebody cancelled it while it was pending, or fired its signal. */
  wasCancelled: boolean;
  wasAborted: boolean;
}

/** What else may have happened to the pool, for which the user knows the reason. */
export interface PoolHistory {
  cancelPendingAsked: boolean;
  killAsked: boolean;
  /** Workers of which some message took so long that they could not tell in time what they were doing, by pid - 1000. */
  readonly lateWorkers: Set<number>;
  readonly isBroken: () => boolean;
}

/** Checks an announced start. */
export function checkStart(
  task: UserTask,
  truth: Truth,
  start: { readonly worker: WorkerId; readonly attempt: number },
): void {
  const { task: id, retries } = task.terms;
  promise(task.state === 'pending', () => `task ${id} started, yet it is ${task.state}`);
  const attempts = truth.attemptsOf(id);
  promise(attempts.at(-1)?.worker === start.worker, () => `task ${id} did not begin on worker ${start.worker}`);
  promise(attempts.length === start.attempt, () => `task ${id} began ${attempts.length} times, not ${start.attempt}`);
  promise(start.attempt <= 1 + retries, () => `task ${id} began more often than its retries allow`);
}

/** Checks a verdict. */
export function checkVerdict(
  task: UserTask,
  truth: Truth,
  history: PoolHistory,
  announced: { readonly verdict: Verdict; readonly outcome: Outcome | undefined; readonly nowMs: number },
): void {
  const { task: id } = task.terms;
  const { verdict, outcome } = announced;
  promise(task.state !== 'settled', () => `task ${id} was settled twice`);
  promise((outcome !== undefined) === (verdict.kind === 'finished'), () => `task ${id}: result and verdict disagree`);
  const last = truth.attemptsOf(id).at(-1);
  switch (verdict.kind) {
    case 'finished':
      promise(last?.end === 'result-written', () => `task ${id} finished, yet it wrote no result`);
      promise(last.failed === verdict.failed && outcome?.failed === verdict.failed, `task ${id}: wrong result`);
      promise(outcome.bytes[0] === (id & 255), () => `task ${id} got the result of another one`);
      return;
    case 'lost':
      return checkLoss(task, truth, history, verdict);
    case 'cancelled': {
      const wasWanted = task.wasCancelled || task.wasAborted || history.cancelPendingAsked;
      promise(wasWanted, () => `task ${id} was cancelled, and nobody asked for it`);
      if (!task.wasAborted)
        promise(last === undefined || last.end === 'died' || last.failed, () => `task ${id} had begun: cancelled`);
      return;
    }
    case 'timed-out': {
      const limitMs = task.terms.timeoutMs ?? Infinity;
      promise(announced.nowMs - task.startedMs >= limitMs - 1e-6, () => `task ${id} timed out too early`);
      return;
    }
    case 'shut-down':
      return promise(history.killAsked, () => `task ${id} was shut down, and nobody asked for it`);
    case 'broken':
      return promise(history.isBroken(), () => `task ${id} says that the pool broke, which it did not`);
    default:
      verdict satisfies never;
  }
}

function checkLoss(task: UserTask, truth: Truth, history: PoolHistory, verdict: Verdict & { kind: 'lost' }): void {
  const { task: id, retries } = task.terms;
  const attempts = truth.attemptsOf(id);
  const end = attempts.at(-1)?.end ?? 'never begun';
  promise(end === 'died', () => `task ${id} was lost, yet in truth it is: ${end}`);
  promise(attempts.length === 1 + retries, () => `task ${id} was lost with retries left`);
  promise(verdict.attempt === attempts.length, () => `task ${id} was lost at another attempt`);
  const { reason, pid = 0 } = verdict.exit;
  promise(
    reason.kind !== 'killed' || reason.cause !== 'unresponsive',
    () => `task ${id} was running on a worker that was killed because it stood still`,
  );
  const isInnocent = reason.kind === 'killed' && (reason.cause === 'timeout' || reason.cause === 'cancel');
  promise(
    !isInnocent || history.lateWorkers.has(pid - 1000),
    () => `task ${id} was killed for the sake of another one`,
  );
}

/** Checks what is left when the pool is over. */
export function checkEnd(tasks: ReadonlyMap<TaskId, UserTask>, truth: Truth): void {
  for (const [id, task] of tasks) {
    promise(task.state === 'settled', () => `the pool is over, and task ${id} is not settled`);
    const attempts = truth.attemptsOf(id);
    promise(attempts.length <= 1 + task.terms.retries, () => `task ${id} began ${attempts.length} times`);
    const wasCancelledFirst = task.verdict?.kind === 'cancelled' && !task.wasAborted;
    const last = attempts.at(-1);
    const isOver = last === undefined || last.end === 'died' || last.failed;
    promise(!wasCancelledFirst || isOver, () => `task ${id} was cancelled, and began nevertheless`);
  }
}
