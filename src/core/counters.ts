/**
 * The numbers that a pool keeps of what became of its tasks and workers.
 *
 * Rules: pure; they only grow.
 */

import type { Verdict } from './events.js';

/** Numbers for `stats()`. */
export interface Counters {
  submitted: number;
  done: number;
  failed: number;
  cancelled: number;
  lost: number;
  retried: number;
  workersStarted: number;
  workersLost: number;
}

/** Counts how a task ended. */
export function countVerdict(counters: Counters, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'finished':
      if (verdict.failed) counters.failed += 1;
      else counters.done += 1;
      return;
    case 'cancelled':
      counters.cancelled += 1;
      return;
    case 'lost':
      counters.lost += 1;
      return;
    case 'timed-out':
    case 'shut-down':
    case 'broken':
      counters.failed += 1;
      return;
    default:
      verdict satisfies never;
  }
}
