/**
 * What `maxRestarts` promises, counted independently of the scheduler: a pool whose workers die without ever having begun
 * a task breaks, when too many did within the time, or too many in a row did not even get ready.
 */

import type { BreakerOptions } from '#src/core/circuit-breaker.js';
import type { Event, WorkerId } from '#src/core/events.js';
import type { PoolState, WorkerState } from '#src/core/states.js';
import { promise } from './violation.js';

/** How a worker stood before the news, and the pool after it. */
export interface RestartFacts {
  readonly nowMs: number;
  readonly before: WorkerState | undefined;
  readonly pool: PoolState;
}

/** Counts deaths; see the file's header. */
export class RestartRule {
  readonly #limits: BreakerOptions;
  readonly #ready = new Set<WorkerId>();
  readonly #begun = new Set<WorkerId>();
  #deathsMs: number[] = [];
  #failedStarts = 0;

  constructor(limits: BreakerOptions) {
    this.#limits = limits;
  }

  check(event: Event, { nowMs, before, pool }: RestartFacts): void {
    if (event.kind === 'worker-ready' && before === 'starting') {
      this.#ready.add(event.worker);
      this.#failedStarts = 0;
    }
    if (event.kind === 'task-started' || event.kind === 'task-finished') this.#begun.add(event.worker);
    if (event.kind !== 'worker-exited' || this.#begun.has(event.worker)) return;
    const { reason } = event.exit;
    const wasTooSlow = reason.kind === 'killed' && reason.cause === 'startup-timeout';
    if ((before === 'killing' || before === 'leaving') && !wasTooSlow) return;
    this.#deathsMs.push(nowMs);
    if (!this.#ready.has(event.worker)) this.#failedStarts += 1;
    const { count, withinMs } = this.#limits;
    // A death that is exactly so long ago may have been forgotten.
    this.#deathsMs = this.#deathsMs.filter((deathMs) => nowMs - deathMs < withinMs - 1e-6);
    const isOneTooMany = Math.max(this.#deathsMs.length, this.#failedStarts) > count;
    promise(!isOneTooMany || pool !== 'open', 'workers keep dying, and the pool goes on');
    promise(!isOneTooMany || pool !== 'draining', 'workers keep dying, and the pool that drains goes on');
  }
}
