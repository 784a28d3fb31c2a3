/**
 * The host's side of tasks that submit tasks: takes what they ask for, gives it to the executor that is meant, and tells
 * them what becomes of it. Payloads and answers pass through as bytes.
 *
 * A task that has submitted others counts as waiting for them, as long as it runs and they are not settled: its worker's
 * seat is lent to another, so that what it waits for can run though all workers wait.
 *
 * Rules: one for each pool, made when a worker first asks. Believes nothing that a worker says beyond its own tasks.
 * Guarantees: each task that was asked for is refused or settled once. What a worker that crashed has not seen begin never does.
 */

import { AsyncResource } from 'node:async_hooks';
import type { ExitReport } from '../base/exit-reason.js';
import type { Outcome } from '../core/driver.js';
import type { TaskId, Verdict, WorkerId } from '../core/events.js';
import type { FunctionUnit, TaskPayload } from '../core/ports.js';
import { attachmentsOf } from '../serialization/attachments.js';
import { createLruMap } from '../serialization/functions/lru-map.js';
import { isHolding } from '../serialization/memory-port.js';
import type { HandlePath } from './executor-handle.js';
import { type RelayAsk, type RelayNews, type RelayRefusal, readRelayed, writeRelayed } from './relay-messages.js';
import type { ByteTask, TaskPool } from './task-pool.js';
import { currentDepth, maxDepth, tooDeepError } from './worker-environment.js';

const { Buffer } = globalThis;

/** What the relay needs of the pool whose workers ask. */
export interface RelaySource extends TaskPool {
  /** What is known of a task that has not settled. */
  termsOf(task: TaskId): { readonly priority: number; readonly level: number } | undefined;
  tell(worker: WorkerId, bytes: Uint8Array): void;
  suspend(worker: WorkerId, task: TaskId): void;
  resume(worker: WorkerId, task: TaskId): void;
}

/** What a relay is made of. */
export interface TaskRelayOptions {
  readonly source: RelaySource;
  /** The pool that a path leads to. */
  find(path: HandlePath): TaskPool | undefined;
}

/** A task that a worker has asked for and that is not settled. */
interface Relayed {
  readonly target: TaskPool;
  task: TaskId;
}

interface Asker {
  readonly relayed: Map<number, Relayed>;
  /** How many unsettled tasks each task of this worker has. */
  readonly waitingFor: Map<TaskId, number>;
}

/** Numbers of functions that came from workers; the host's own count from 1. */
const FIRST_RELAYED_UNIT = 2 ** 31;

/** Functions from workers, by what they are. */
const units = new WeakMap<TaskPool, (bytes: Uint8Array) => FunctionUnit>();

function unitsOf(target: TaskPool): (bytes: Uint8Array) => FunctionUnit {
  let known = units.get(target);
  if (known !== undefined) return known;
  const byContent = createLruMap<string, FunctionUnit>({ maxEntries: 1000, maxWeight: 64 * 2 ** 20 });
  let next = FIRST_RELAYED_UNIT;
  known = (bytes) => {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let unit = byContent.get(content);
    if (unit === undefined) {
      unit = { id: next, bytes };
      next += 1;
      byContent.set(content, unit, content.length * 2);
    }
    return unit;
  };
  units.set(target, known);
  return known;
}

/** See the file's header. */
export class TaskRelay {
  readonly #options: TaskRelayOptions;
  readonly #askers = new Map<WorkerId, Asker>();

  constructor(options: TaskRelayOptions) {
    this.#options = options;
  }

  /** A worker asks, in the name of one of its tasks (0: of none). */
  hear(worker: WorkerId, parent: TaskId, bytes: Uint8Array): void {
    const message = readAsk(bytes);
    if (message === undefined) return;
    const asker = this.#askerOf(worker);
    if (message.ask === 'run') return this.#run({ worker, asker, parent }, message);
    const relayed = asker.relayed.get(message.id);
    if (relayed === undefined) return;
    if (message.ask === 'cancel') relayed.target.cancel(relayed.task);
    else relayed.target.abort(relayed.task);
  }

  /** A worker is gone: nobody waits for what it asked for, unless it left when all its tasks were over. */
  forget(worker: WorkerId, exit: ExitReport): void {
    const asker = this.#askers.get(worker);
    this.#askers.delete(worker);
    if (asker === undefined || exit.reason.kind === 'left') return;
    for (const { target, task } of asker.relayed.values()) target.cancel(task);
  }

  #askerOf(worker: WorkerId): Asker {
    let asker = this.#askers.get(worker);
    if (asker === undefined) {
      asker = { relayed: new Map(), waitingFor: new Map() };
      this.#askers.set(worker, asker);
    }
    return asker;
  }

  #run(from: From, message: RelayAsk & { ask: 'run' }): void {
    const { source, find } = this.#options;
    const { id } = message;
    const target = message.path.length === 0 ? source : find(message.path);
    const above = source.termsOf(from.parent);
    const level = (above?.level ?? 0) + 1;
    const refusal = this.#refusalOf(target, { level, isFromTask: above !== undefined });
    if (target === undefined || refusal !== undefined) {
      const why = refusal ?? 'gone';
      return this.#tell(from.worker, { news: 'refused', id, why, message: messageOf(why, target) });
    }
    const { args, shape, name, startNews, context, retries, timeoutMs, graceMs } = message;
    const payload: TaskPayload = { unit: unitsOf(target)(message.unit), args, shape, name, startNews, context };
    this.#suspend(from, above !== undefined);
    const relayed: Relayed = { target, task: 0 };
    from.asker.relayed.set(id, relayed);
    const priority = Math.max(message.priority, above?.priority ?? message.priority);
    const task = this.#makeTask({ id, from, payload, target, isCounted: above !== undefined });
    relayed.task = target.run(task, { priority, retries, timeoutMs, graceMs, level });
  }

  #refusalOf(
    target: TaskPool | undefined,
    { level, isFromTask }: { readonly level: number; readonly isFromTask: boolean },
  ): RelayRefusal | undefined {
    if (target === undefined) return 'gone';
    const { state } = target;
    const isOwn = target === this.#options.source || target.acceptsHere?.() === true;
    const mayStillCome = isFromTask && state === 'draining' && isOwn;
    if (state === 'broken') return 'broken';
    if (state !== 'open' && !mayStillCome) return 'shut-down';
    if (currentDepth() + level > maxDepth() || target.isTooDeep?.() === true) return 'too-deep';
    return target.isFull ? 'full' : undefined;
  }

  #makeTask({ id, from, payload, target, isCounted }: TaskParts): ByteTask {
    const tell = (news: RelayNews): void => this.#tell(from.worker, news);
    const scope = new AsyncResource('TARDIGRADE_TASK');
    return {
      payload,
      byteLength: payload.args.length,
      name: payload.name ?? 'a task of a task',
      onStart: (attempt) => tell({ news: 'started', id, attempt }),
      onRequeue: () => tell({ news: 'requeued', id, attempt: 0 }),
      onProgress: (bytes) => tell({ news: 'progress', id, bytes }),
      onOutput: (stream, bytes) => tell({ news: 'output', id, stream, bytes }),
      wantsRetry: () => false,
      within: (act) => scope.runInAsyncScope(act),
      onSettle: (verdict, outcome) => {
        from.asker.relayed.delete(id);
        void this.#tellEnd({ id, from, target }, verdict, outcome).then(() => {
          if (isCounted) this.#resume(from);
        });
      },
    };
  }

  /** What stands beside an answer's bytes does not pass through a second link, so it is put among them. */
  async #tellEnd({ id, from, target }: Pick<TaskParts, 'id' | 'from' | 'target'>, verdict: Verdict, outcome?: Outcome) {
    const { failed = false, durationUs = 0, bytes } = outcome ?? {};
    let news: RelayNews = { news: 'settled', id, verdict, failed, durationUs, bytes };
    if (bytes !== undefined && (isHolding(bytes) || attachmentsOf(bytes) !== undefined)) {
      try {
        news = { news: 'settled', id, verdict, failed, durationUs, bytes: await target.flatten?.(bytes) };
      } catch (error) {
        const message = `its memory does not pass through the host: ${(error as Error).message}`;
        news = { news: 'refused', id, why: 'attached', message };
      }
    }
    this.#tell(from.worker, news);
  }

  #suspend({ worker, asker, parent }: From, isTask: boolean): void {
    if (!isTask) return;
    const before = asker.waitingFor.get(parent) ?? 0;
    asker.waitingFor.set(parent, before + 1);
    if (before === 0) this.#options.source.suspend(worker, parent);
  }

  #resume({ worker, asker, parent }: From): void {
    const left = (asker.waitingFor.get(parent) ?? 1) - 1;
    if (left > 0) {
      asker.waitingFor.set(parent, left);
      return;
    }
    asker.waitingFor.delete(parent);
    if (this.#askers.get(worker) === asker) this.#options.source.resume(worker, parent);
  }

  #tell(worker: WorkerId, news: RelayNews): void {
    if (this.#askers.has(worker)) this.#options.source.tell(worker, writeRelayed(news));
  }
}

/** What a worker says may be anything: a task can write to its link. */
function readAsk(bytes: Uint8Array): RelayAsk | undefined {
  let message: Partial<RelayAsk & { ask: 'run' }>;
  try {
    message = readRelayed(bytes) as Partial<RelayAsk & { ask: 'run' }>;
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || typeof message.id !== 'number') return undefined;
  return message.ask !== 'run' || isRun(message) ? (message as RelayAsk) : undefined;
}

function isRun({ path, unit, args, context, shape, name, ...terms }: Partial<RelayAsk & { ask: 'run' }>): boolean {
  const { priority, retries, timeoutMs, graceMs } = terms;
  const isTimed = timeoutMs === null || typeof timeoutMs === 'number';
  const areBytes = [unit, args, context ?? args].every((bytes) => bytes instanceof Uint8Array);
  const isKnown = (shape === 'call' || shape === 'chunk') && (name === undefined || typeof name === 'string');
  const areNumbers = [priority, retries, graceMs].every((value) => typeof value === 'number');
  return Array.isArray(path) && areBytes && isKnown && isTimed && areNumbers;
}

interface From {
  readonly worker: WorkerId;
  readonly asker: Asker;
  readonly parent: TaskId;
}

interface TaskParts {
  readonly id: number;
  readonly from: From;
  readonly payload: TaskPayload;
  readonly target: TaskPool;
  /** Whether a task waits for it. */
  readonly isCounted: boolean;
}

function messageOf(why: RelayRefusal, target: TaskPool | undefined): string {
  switch (why) {
    case 'gone':
      return 'the executor that this stands for is not there any more';
    case 'shut-down':
      return 'the executor was shut down; it takes no more tasks';
    case 'broken':
      return 'the executor is broken';
    case 'full':
      return `${target?.maxQueue} tasks (maxQueue) are waiting in the executor`;
    case 'too-deep':
      return tooDeepError().message;
    case 'attached':
      return 'its memory does not pass through the host';
    default:
      return why satisfies never;
  }
}
