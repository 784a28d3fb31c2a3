/**
 * Holds what the pool said of its tasks against the ledger that the tasks wrote, and names every promise that was broken.
 *
 * Rules: pure; reads a record and lines. It judges only what can be decided: that an answer was written is known when its
 * worker began another task or came round its event loop afterwards; that a task was running, when it has written a line.
 */

import type { LedgerLine } from './ledger.js';
import type { RoundRecord, Settlement } from './records.js';

/** What became of the tasks of a round, and what was wrong. */
export interface Verdict {
  readonly violations: readonly string[];
  /** Workers that something or somebody killed, as far as it is known: struck from outside, or by a task of their own. */
  readonly kills: { readonly outside: number; readonly inside: number };
  /** Attempts that were tried again. */
  readonly retried: number;
  /** Lost although no line was written: the worker died between taking the task and its first line. */
  readonly lostBeforeFirstLine: number;
}

/** An attempt at a task, as the ledger shows it. */
interface Attempt {
  readonly task: number;
  readonly attempt: number;
  readonly worker: number;
  readonly events: Set<LedgerLine['event']>;
  /** The worker began another task afterwards. */
  hasSuccessor: boolean;
}

const key = (task: number, attempt: number): string => `${task}/${attempt}`;

/** The ledger, put in order. */
class Story {
  readonly attempts = new Map<string, Attempt>();
  /** Of each worker, the last attempt that began there. */
  readonly last = new Map<number, Attempt>();
  /** Of each task, how many attempts have begun. */
  readonly begun = new Map<number, number>();
  /** The workers that a task of their own has killed, or meant to. */
  readonly dying = new Set<number>();
  readonly violations: string[] = [];

  constructor(lines: readonly LedgerLine[]) {
    for (const line of lines) this.#read(line);
  }

  #read({ task, attempt, event, worker }: LedgerLine): void {
    const name = key(task, attempt);
    if (event === 'begin') return this.#begin({ task, attempt, worker });
    if (event === 'die') this.dying.add(worker);
    const known = this.attempts.get(name);
    if (known === undefined || known.worker !== worker) {
      this.violations.push(`task ${name} wrote "${event}" in worker ${worker}, where it had not begun`);
    } else if (known.events.has(event) && event !== 'die') {
      this.violations.push(`task ${name} wrote "${event}" twice`);
    } else known.events.add(event);
  }

  #begin({ task, attempt, worker }: Omit<LedgerLine, 'event'>): void {
    const name = key(task, attempt);
    const before = this.last.get(worker);
    if (this.attempts.has(name))
      this.violations.push(`task ${name} was begun twice, the second time in worker ${worker}`);
    if (before !== undefined && !before.events.has('end')) {
      this.violations.push(
        `worker ${worker} began task ${name} while task ${key(before.task, before.attempt)} was running`,
      );
    }
    if (before !== undefined) before.hasSuccessor = true;
    const begun: Attempt = { task, attempt, worker, events: new Set(['begin']), hasSuccessor: false };
    this.attempts.set(name, begun);
    this.last.set(worker, begun);
    this.begun.set(task, (this.begun.get(task) ?? 0) + 1);
  }
}

/** A task that a worker's death has cost an attempt. */
interface Casualty {
  readonly task: number;
  readonly attempt: number;
  readonly worker: number | undefined;
}

/** One check; see the file's header. */
class Check {
  readonly #record: RoundRecord;
  readonly #story: Story;
  readonly #violations: string[];
  readonly #casualties: Casualty[] = [];
  #lostBeforeFirstLine = 0;
  #retried = 0;

  constructor(record: RoundRecord, lines: readonly LedgerLine[]) {
    this.#record = record;
    this.#story = new Story(lines);
    this.#violations = [...this.#story.violations];
  }

  run(): Verdict {
    const { hang, leftovers, strikes } = this.#record;
    if (hang !== undefined) this.#violations.push(`hang: ${hang}`);
    for (const leftover of leftovers) this.#violations.push(`left behind: ${leftover}`);
    this.#checkSettledOnce();
    for (const settlement of this.#record.settlements) this.#checkSettlement(settlement);
    this.#checkCasualties();
    return {
      violations: this.#violations,
      kills: { outside: strikes.length, inside: this.#story.dying.size },
      retried: this.#retried,
      lostBeforeFirstLine: this.#lostBeforeFirstLine,
    };
  }

  #checkSettledOnce(): void {
    const { plan, settlements } = this.#record;
    const counts = new Map(plan.tasks.map(({ order }) => [order.id, 0]));
    for (const { task } of settlements) counts.set(task, (counts.get(task) ?? 0) + 1);
    for (const [task, count] of counts) {
      if (count !== 1) this.#violations.push(`task ${task} was settled ${count} times`);
    }
  }

  #checkSettlement(settlement: Settlement): void {
    const { task, outcome, detail } = settlement;
    const planned = this.#record.plan.tasks[task];
    const begun = this.#story.begun.get(task) ?? 0;
    if (begun > 1 + (planned?.retries ?? 0)) this.#violations.push(`task ${task} began ${begun} times`);
    switch (outcome) {
      case 'result':
        return this.#checkResult(settlement);
      case 'threw':
        return this.#checkThrew(task);
      case 'lost':
        return this.#noteLosses(settlement);
      case 'timed out':
        if (planned?.timeoutMs === undefined) this.#violations.push(`task ${task} timed out, without a limit`);
        return this.#noteEarlier(task, begun);
      case 'cancelled':
        return this.#checkCancelled(task, begun);
      case 'shut down':
        // After a hang the rest is killed.
        if (this.#record.plan.ending.how === 'killWorkers' || this.#record.hang !== undefined) return;
        this.#violations.push(`task ${task} was shut down, unasked: ${detail}`);
        return;
      case 'unexpected':
        this.#violations.push(`task ${task} came to an end that it cannot have: ${detail}`);
        return;
      default:
        outcome satisfies never;
    }
  }

  #checkResult({ task, attempt }: Settlement): void {
    const run = this.#story.attempts.get(key(task, attempt ?? 0));
    if (run === undefined || !run.events.has('end')) {
      this.#violations.push(`task ${task} has the result of attempt ${attempt}, which did not run to its end`);
    }
    this.#noteEarlier(task, attempt ?? 1);
  }

  #checkThrew(task: number): void {
    const attempts = this.#attemptsOf(task);
    const last = attempts.findLast(({ events }) => events.has('end'));
    if (last === undefined) this.#violations.push(`task ${task} threw without having run to its end`);
    this.#noteEarlier(task, last?.attempt ?? 1);
  }

  #checkCancelled(task: number, begun: number): void {
    const { plan } = this.#record;
    const mayBeAborted = plan.tasks[task]?.abortAfter !== undefined;
    if (!mayBeAborted && (plan.ending.how !== 'cancelPending' || begun > (plan.tasks[task]?.retries ?? 0))) {
      this.#violations.push(`task ${task} was cancelled ${begun > 0 ? 'although it had begun' : 'by nobody'}`);
    }
    this.#noteEarlier(task, begun);
  }

  /** Every attempt before the last one was lost with a worker. */
  #noteEarlier(task: number, lastAttempt: number): void {
    for (let attempt = 1; attempt < lastAttempt; attempt += 1) {
      this.#retried += 1;
      const worker = this.#story.attempts.get(key(task, attempt))?.worker;
      this.#casualties.push({ task, attempt, worker });
    }
  }

  #noteLosses({ task, losses }: Settlement): void {
    for (const { attempt, worker } of losses) {
      const run = this.#story.attempts.get(key(task, attempt));
      this.#casualties.push({ task, attempt, worker });
      if (run === undefined) this.#lostBeforeFirstLine += 1;
      else if (run.worker !== worker) {
        this.#violations.push(`task ${key(task, attempt)} ran in worker ${run.worker}, yet ${worker} is blamed`);
      }
    }
    this.#retried += losses.length - 1;
  }

  #checkCasualties(): void {
    const killed = new Set([...this.#story.dying, ...this.#record.strikes.map(({ worker }) => worker)]);
    const costs = new Map<number, Casualty[]>();
    for (const casualty of this.#casualties) {
      this.#checkRun(casualty);
      if (casualty.worker === undefined) continue;
      if (!killed.has(casualty.worker)) {
        this.#violations.push(`task ${key(casualty.task, casualty.attempt)} was lost with a worker that nobody killed`);
      }
      costs.set(casualty.worker, [...(costs.get(casualty.worker) ?? []), casualty]);
    }
    for (const [worker, lost] of costs) this.#checkCost(worker, lost);
    if (this.#casualties.length > killed.size) {
      this.#violations.push(`${killed.size} workers were killed, and ${this.#casualties.length} attempts were lost`);
    }
  }

  /** An answer that was written must not be lost. */
  #checkRun({ task, attempt }: Casualty): void {
    const run = this.#story.attempts.get(key(task, attempt));
    if (run === undefined) return;
    if (run.hasSuccessor) {
      this.#violations.push(
        `task ${key(task, attempt)} was lost, although its worker had finished it and begun another`,
      );
    } else if (run.events.has('after')) {
      this.#violations.push(`task ${key(task, attempt)} was lost, although it had answered`);
    }
  }

  /** A death costs one task, and that is the one that was running. */
  #checkCost(worker: number, lost: readonly Casualty[]): void {
    const names = lost.map(({ task, attempt }) => key(task, attempt));
    if (lost.length > 1) this.#violations.push(`worker ${worker} died once and cost tasks ${names.join(', ')}`);
    const running = this.#story.last.get(worker);
    if (running === undefined || running.events.has('end')) return;
    const name = key(running.task, running.attempt);
    if (!names.includes(name)) {
      this.#violations.push(`worker ${worker} died under task ${name}, yet it cost ${names.join(', ')}`);
    }
  }

  #attemptsOf(task: number): Attempt[] {
    return [...this.#story.attempts.values()].filter((attempt) => attempt.task === task);
  }
}

/** Checks a round; see the file's header. */
export function checkRound(record: RoundRecord, lines: readonly LedgerLine[]): Verdict {
  return new Check(record, lines).run();
}
