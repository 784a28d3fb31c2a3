/**
 * What `maxRestarts` promises, counted independently of the scheduler: a pool whose workers die without ever having begun
 * a task breaks, when too many did within the time, or too many in a row did not even get ready, and no task finished
 * meanwhile. While a healthy worker is there it does not break, and starts no others.
 */

import type { BreakerOptions } from '#src/core/circuit-breaker.js';
import type { Command, Event, WorkerId } from '#src/core/events.js';
import type { Model } from '#src/core/model.js';
import { type Before, countHealthy } from './outcomes.js';
import { promise } from './violation.js';

/** One step: what came before it, what was answered, how the pool stands after it. */
export interface RestartFacts {
  readonly nowMs: number;
  readonly before: Before;
  readonly commands: readonly Command[];
  readonly model: Readonly<Model>;
}

/** Counts deaths; see the file's header. */
export class RestartRule {
  readonly #limits: BreakerOptions;
  readonly #ready = new Set<WorkerId>();
  readonly #begun = new Set<WorkerId>();
  #deathsMs: number[] = [];
  /** How many of those were before a task finished. */
  #forgiven = 0;
  #failedStarts = 0;

  constructor(limits: BreakerOptions) {
    this.#limits = limits;
  }

  check(event: Event, facts: RestartFacts): void {
    const hasFailed = this.#count(event, facts);
    const { before, commands, model } = facts;
    const hasHealthy = countHealthy(model) > 0;
    const { count } = this.#limits;
    const isOneTooMany = Math.max(this.#deathsMs.length - this.#forgiven, this.#failedStarts) > count;
    // One that a step sends home was there when the step looked.
    const hadHealthy = hasHealthy || commands.some(({ kind }) => kind === 'ask-to-leave');
    if (isOneTooMany && !hadHealthy && (hasFailed || isStuck(model, commands))) {
      promise(model.pool !== 'open', 'workers keep dying, and the pool goes on');
      promise(model.pool !== 'draining', 'workers keep dying, and the pool that drains goes on');
    }
    const isStarting = commands.some(({ kind }) => kind === 'spawn');
    const mustPause = hasHealthy && this.#deathsMs.length > count;
    promise(!isStarting || !mustPause, 'workers keep dying, and more are started beside a healthy one');
    if (before.pool === 'broken' || model.broken?.cause !== 'restarts' || event.kind !== 'worker-exited') return;
    const wasHealthy = before.worker === 'idle' || before.worker === 'busy' || before.worker === 'retiring';
    promise(
      before.healthy === (wasHealthy && !before.hadSuspended ? 1 : 0),
      'the pool broke although it had a healthy worker',
    );
    const isKnown = this.#limits.counts === 'never-started';
    promise(!isKnown || isOneTooMany, 'the pool broke although few died, or tasks finished between the deaths');
  }

  /** Whether the event is one more failure. */
  #count(event: Event, { nowMs, before }: RestartFacts): boolean {
    const { withinMs } = this.#limits;
    // A death that is exactly so long ago may have been forgotten.
    const remembered = this.#deathsMs.filter((deathMs) => nowMs - deathMs < withinMs - 1e-6);
    this.#forgiven = Math.max(0, this.#forgiven - (this.#deathsMs.length - remembered.length));
    this.#deathsMs = remembered;
    if (event.kind === 'task-finished') {
      this.#forgiven = this.#deathsMs.length;
      this.#failedStarts = 0;
    }
    if (event.kind === 'worker-ready' && before.worker === 'starting') {
      this.#ready.add(event.worker);
      this.#failedStarts = 0;
    }
    if (event.kind === 'task-started' || event.kind === 'task-finished') this.#begun.add(event.worker);
    if (event.kind !== 'worker-exited' || this.#begun.has(event.worker) || !isFailure(event, before)) {
      return false;
    }
    this.#deathsMs.push(nowMs);
    if (!this.#ready.has(event.worker)) this.#failedStarts += 1;
    return true;
  }
}

function isFailure({ exit }: Event & { kind: 'worker-exited' }, { worker }: Before): boolean {
  if (worker !== 'killing') return worker !== 'leaving';
  const { reason } = exit;
  return reason.kind === 'killed' && (reason.cause === 'startup-timeout' || reason.cause === 'unresponsive');
}

/** Whether tasks wait and nobody was on the way before this step. */
function isStuck({ queue, census }: Readonly<Model>, commands: readonly Command[]): boolean {
  return queue.size > 0 && census.starting === commands.filter(({ kind }) => kind === 'spawn').length;
}
