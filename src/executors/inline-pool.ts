/**
 * The pool of an executor in the calling thread: one task at a time, and what a running task submits is run while it waits.
 *
 * What a task submits to the executor that it runs in, itself or through tasks of other such executors, goes to a pool of its
 * own inside of that task, for the queue that it stands in moves only when it is over.
 *
 * Rules: knows tasks by the async context of who submits. Starts nothing: it is handed launchers.
 * Guarantees: of two tasks that overlap, one has submitted the other, itself or through others. Those of a task that is given
 * up are given up, too.
 */

import type { TaskId } from '../core/events.js';
import type { Launcher } from '../core/ports.js';
import type { RunningTask } from '../worker/current-task.js';
import type { BytePool } from './byte-pool.js';
import type { ExecutorState, PoolStats, ShutdownOptions, WorkerInfo } from './executor.js';
import { inlineTaskHere } from './inline-launcher.js';
import { NestedTask } from './nested-task.js';
import { TaskNumbers } from './task-numbers.js';
import type { ByteTask, TaskPool } from './task-pool.js';
import { maxDepth } from './worker-environment.js';

/** Makes a pool on a launcher; pools that are given the same numbers share them. */
export type MakePool = (launcher: Launcher, numbers?: TaskNumbers) => BytePool;

/** What an inline pool is made of. */
export interface InlinePoolOptions {
  /** Of the tasks that the host submits. */
  readonly launcher: Launcher;
  readonly makePool: MakePool;
  /** Another, for what a task submits. */
  makeLauncher(): Launcher;
}

/** Tasks that wait for nobody but those before them. */
interface Level {
  readonly owner: InlinePool;
  readonly pool: BytePool;
  /** Of tasks that were submitted by others: those. */
  readonly submitters: Map<TaskId, Nest>;
}

/** A task that has submitted others. */
interface Nest {
  readonly level: Level;
  readonly submitter: Nest | undefined;
  /** How many tasks wait for each other here, and how deep the pool of the first is nested. */
  readonly nesting: number;
  inner: Level | undefined;
}

const levels = new WeakMap<Launcher, Level>();
const nests = new WeakMap<RunningTask, Nest>();

/** The task that this code belongs to. */
function nestHere(): Nest | undefined {
  const here = inlineTaskHere();
  const level = here && levels.get(here.launcher);
  if (here === undefined || level === undefined) return undefined;
  const { task } = here;
  let nest = nests.get(task);
  if (nest === undefined) {
    const submitter = level.submitters.get(task.id);
    const nesting = submitter === undefined ? task.depth : submitter.nesting + 1;
    nest = { level, submitter, nesting, inner: undefined };
    nests.set(task, nest);
  }
  return nest;
}

/** See the file's header. */
export class InlinePool implements TaskPool {
  readonly #options: InlinePoolOptions;
  readonly #numbers = new TaskNumbers();
  readonly #outer: Level;
  readonly #inner = new Set<Level>();
  /** Where tasks are that were submitted by others. */
  readonly #nested = new Map<TaskId, Level>();
  /** What became of tasks whose level is over. */
  #past: PoolStats | undefined;

  constructor(options: InlinePoolOptions) {
    this.#options = options;
    this.#outer = this.#makeLevel(options.launcher);
  }

  get state(): ExecutorState {
    const { state } = this.#outer.pool;
    return state === 'closed' && this.#inner.size > 0 ? 'draining' : state;
  }

  get broken(): BytePool['broken'] {
    return this.#outer.pool.broken;
  }

  get maxWorkers(): number {
    return this.#outer.pool.maxWorkers;
  }

  get maxQueue(): number {
    return this.#outer.pool.maxQueue;
  }

  get isFull(): boolean {
    const around = this.#findAround(nestHere());
    return around === undefined ? this.#outer.pool.isFull : around.inner?.pool.isFull === true;
  }

  /** A shutdown that finishes what was submitted lets tasks submit what they need for that. */
  acceptsHere(): boolean {
    return this.state === 'draining' && this.#findAround(nestHere()) !== undefined;
  }

  isTooDeep(): boolean {
    const nesting = nestHere()?.nesting;
    return nesting !== undefined && nesting >= maxDepth();
  }

  run(task: ByteTask, terms: Parameters<TaskPool['run']>[1]): TaskId {
    const here = nestHere();
    if (here === undefined) return this.#outer.pool.run(task, terms);
    const around = this.#findAround(here);
    const level = around === undefined ? this.#outer : this.#insideOf(around);
    let id: TaskId | undefined;
    const nested = new NestedTask(task, () => {
      if (id !== undefined) this.#noteSettled(id, level);
    });
    id = level.pool.run(nested, terms);
    level.submitters.set(id, here);
    this.#nested.set(id, level);
    return id;
  }

  cancel(task: TaskId): void {
    this.#poolOf(task).cancel(task);
  }

  abort(task: TaskId): void {
    this.#poolOf(task).abort(task);
  }

  resize(maxWorkers: number): void {
    this.#outer.pool.resize(maxWorkers);
  }

  /** A task ends its own view of the pool alone, as in a worker: what it has submitted. */
  async shutdown(options: ShutdownOptions): Promise<void> {
    const around = this.#findAround(nestHere());
    if (around === undefined) return this.#endAll(options);
    if (around.inner !== undefined) await this.#endLevel(around.inner, options);
  }

  async #endAll(options: ShutdownOptions): Promise<void> {
    const { cancelPending = false, killWorkers = false, timeoutMs = Number.POSITIVE_INFINITY } = options;
    const isUrgent = killWorkers || timeoutMs !== Number.POSITIVE_INFINITY;
    // Before those around them, which would take them along as cancelled.
    if (isUrgent || cancelPending) for (const { pool } of this.#inner) void pool.shutdown(options);
    await this.#outer.pool.shutdown(options);
    // Nothing is left that could wait for these.
    while (this.#inner.size > 0) {
      await Promise.all([...this.#inner].map((level) => this.#endLevel(level, { killWorkers: isUrgent })));
    }
  }

  letGo(how: 'for-good' | 'until-asked'): void {
    this.#outer.pool.letGo(how);
  }

  workers(): WorkerInfo[] {
    return this.#outer.pool.workers();
  }

  nameOf(task: TaskId): string {
    return this.#poolOf(task).nameOf(task);
  }

  stats(): PoolStats {
    let stats = this.#outer.pool.stats();
    for (const { pool } of this.#inner) stats = addTasks(stats, pool.stats());
    return this.#past === undefined ? stats : addTasks(stats, this.#past);
  }

  flatten(answer: Uint8Array): Promise<Uint8Array> {
    return this.#outer.pool.flatten(answer);
  }

  /** Who runs a task has given it up. */
  giveUp(task: RunningTask): void {
    const inner = nests.get(task)?.inner;
    if (inner === undefined) return;
    // The last first: ending the first would let the next one begin.
    for (const id of [...inner.submitters.keys()].reverse()) inner.pool.abort(id);
  }

  /** Which task of this pool waits, in the end, for the one that submits here. */
  #findAround(here: Nest | undefined): Nest | undefined {
    let nest = here;
    while (nest !== undefined && nest.level.owner !== this) nest = nest.submitter;
    return nest;
  }

  #insideOf(nest: Nest): Level {
    if (nest.inner === undefined || nest.inner.pool.state !== 'open') {
      nest.inner = this.#makeLevel(this.#options.makeLauncher());
      this.#inner.add(nest.inner);
    }
    return nest.inner;
  }

  #makeLevel(launcher: Launcher): Level {
    const level = { owner: this, pool: this.#options.makePool(launcher, this.#numbers), submitters: new Map() };
    levels.set(launcher, level);
    return level;
  }

  #noteSettled(task: TaskId, level: Level): void {
    this.#nested.delete(task);
    level.submitters.delete(task);
    if (level.submitters.size === 0 && this.#inner.has(level)) void this.#endLevel(level, {});
  }

  async #endLevel(level: Level, options: ShutdownOptions): Promise<void> {
    await level.pool.shutdown(options);
    if (!this.#inner.delete(level)) return;
    const { pool } = level;
    this.#past = this.#past === undefined ? pool.stats() : addTasks(this.#past, pool.stats());
  }

  #poolOf(task: TaskId): BytePool {
    return (this.#nested.get(task) ?? this.#outer).pool;
  }
}

/** Workers are those of the host's tasks: all of them are the calling thread. */
function addTasks(stats: PoolStats, more: PoolStats): PoolStats {
  return {
    ...stats,
    pending: stats.pending + more.pending,
    running: stats.running + more.running,
    done: stats.done + more.done,
    failed: stats.failed + more.failed,
    cancelled: stats.cancelled + more.cancelled,
    lost: stats.lost + more.lost,
    retried: stats.retried + more.retried,
    submitted: stats.submitted + more.submitted,
  };
}
