/**
 * Faults that befall the workers of a pool at named steps: who decides, on the host, which task and which worker is struck.
 * The workers carry it out themselves (`fault-agent`), with real signals and real exits.
 *
 * Rules: stands at the launcher's port; the pool does not know of it.
 * Guarantees: a fault strikes at most `times` times. One that was meant for a task which then did not begin there is free again.
 */

import type { ExitReport } from '../base/exit-reason.js';
import { selfExtension, selfUrl } from '../base/self-url.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage, Launcher, WorkerHandle, WorkerListener } from '../core/ports.js';
import { INSTRUMENT, type Instrument, type InstrumentedExecutor } from '../executors/instrument.js';
import type { PoolOptions } from '../executors/options.js';
import type { WorkerEntry } from '../supervision/worker-entry.js';
import { checkFault, endsProgram, type Fault } from './fault.js';
import { writeInstructions, writeTaskOrder } from './fault-orders.js';

/** One time that a fault struck. */
export interface Strike {
  /** Which fault. */
  readonly fault: Fault;
  /** The worker's number in its executor. */
  readonly worker: number;
  /** The task's number, if it struck a task. */
  readonly task: number | undefined;
}

/** What tells the options of a `SimulatedExecutor` from others. */
interface SeededOptions {
  readonly seed?: number | undefined;
}

/** Faults for the workers of pools. */
export interface Faults {
  /** The same options, with these faults for the workers of the pool that is made with them. */
  inject<O extends PoolOptions | SeededOptions>(options?: O): O;
  /** Adds faults. Those at `start-up`, `leaving`, and `idle` without a task befall workers that start afterwards. */
  add(...faults: readonly Fault[]): void;
  /** What has struck so far. */
  readonly struck: readonly Strike[];
}

/**
 * Makes faults to be injected into the workers of a `ProcessPoolExecutor`, a `ThreadPoolExecutor` or a `SimulatedExecutor`.
 * Throws `TypeError` or `RangeError` for a fault that cannot be.
 */
export function createFaults(faults: readonly Fault[] = []): Faults {
  return new FaultPlan(faults);
}

/** `createFaults(faults).inject(options)`. */
export function withFaults<O extends PoolOptions | SeededOptions>(options: O, faults: readonly Fault[]): O {
  return createFaults(faults).inject(options);
}

interface Planned {
  readonly fault: Fault;
  left: number;
}

/** Whom a fault may befall. */
interface Victim {
  readonly worker: number;
  readonly task?: TaskId;
  readonly name?: string;
  readonly attempt?: number;
}

class FaultPlan implements Faults {
  readonly struck: Strike[] = [];
  readonly #planned: Planned[] = [];

  constructor(faults: readonly Fault[]) {
    this.add(...faults);
  }

  add(...faults: readonly Fault[]): void {
    const checked = faults.map((fault) => ({ fault: checkFault(fault), left: fault.times ?? 1 }));
    this.#planned.push(...checked);
  }

  inject<O extends PoolOptions | SeededOptions>(options: O = {} as O): O {
    const instrument: Instrument = { attach: (executor) => new FaultInjector(this, executor) };
    return { ...options, [INSTRUMENT]: instrument };
  }

  /** Takes a fault that fits a task, or several that fit a new worker. */
  take(victim: Victim): Planned[] {
    const taken: Planned[] = [];
    for (const planned of this.#planned) {
      if (planned.left === 0 || !fits(planned.fault, victim)) continue;
      if (victim.task !== undefined && taken.length > 0) break;
      planned.left -= 1;
      taken.push(planned);
    }
    return taken;
  }

  note({ fault }: Planned, { worker, task }: Victim): void {
    this.struck.push({ fault, worker, task });
  }

  /** Which of the faults no thread can bear. */
  findDeadly(): Fault | undefined {
    return this.#planned.find(({ fault }) => endsProgram(fault.how))?.fault;
  }
}

function fits({ at, task, attempt, worker }: Fault, victim: Victim): boolean {
  if (worker !== undefined && worker !== victim.worker) return false;
  const isOfTheWorker = at === 'start-up' || at === 'leaving' || (at === 'idle' && task === undefined);
  if (victim.task === undefined) return isOfTheWorker;
  if (isOfTheWorker) return false;
  if (attempt !== undefined && attempt !== victim.attempt) return false;
  return task === undefined || task === victim.task || task === victim.name;
}

/** The faults of one executor. */
class FaultInjector implements ReturnType<Instrument['attach']> {
  readonly #plan: FaultPlan;
  readonly #executor: InstrumentedExecutor;
  #launched = 0;
  readonly entry: WorkerEntry;

  constructor(plan: FaultPlan, executor: InstrumentedExecutor) {
    this.#plan = plan;
    this.#executor = executor;
    const name = executor.kind === 'ThreadPoolExecutor' ? 'thread-main' : 'process-main';
    this.entry = { file: new URL(`../testing/${name}${selfExtension}`, selfUrl), instruct: () => this.#instruct() };
    if (executor.kind === 'InlineExecutor') {
      throw new TypeError('faults need workers, and an InlineExecutor has none');
    }
    this.#refuseDeadly();
  }

  wrap(launcher: Launcher): Launcher {
    return {
      close: () => launcher.close(),
      launch: (listener) => {
        this.#launched += 1;
        return this.#watch(launcher, { worker: this.#launched, listener });
      },
    };
  }

  #instruct(): string {
    const victim = { worker: this.#launched };
    const taken = this.#plan.take(victim);
    for (const planned of taken) this.#plan.note(planned, victim);
    return writeInstructions(taken.map(({ fault }) => fault));
  }

  #watch(launcher: Launcher, { worker, listener }: { worker: number; listener: WorkerListener }): WorkerHandle {
    const meant = new MeantFaults(this.#plan);
    const handle = launcher.launch({
      onMessage(message) {
        if (message.kind === 'started') meant.strike(message.task);
        else if (message.kind === 'skipped') meant.release(message.task);
        listener.onMessage(message);
      },
      onExit(exit) {
        meant.end(exit);
        listener.onExit(exit);
      },
    });
    return {
      get pid() {
        return handle.pid;
      },
      get threadId() {
        return handle.threadId;
      },
      get rssBytes() {
        return handle.rssBytes;
      },
      send: (message) => handle.send(message.kind === 'run' ? this.#mark(message, worker, meant) : message),
      recall() {
        const tasks = handle.recall();
        for (const task of tasks) meant.release(task);
        return tasks;
      },
      kill: (cause) => handle.kill(cause),
    };
  }

  #mark(message: HostMessage & { kind: 'run' }, worker: number, meant: MeantFaults): HostMessage {
    this.#refuseDeadly();
    const { task, attempt, payload } = message;
    const name = this.#executor.nameOf(task);
    const victim = { worker, task, name, attempt };
    const [planned] = this.#plan.take(victim);
    if (planned === undefined) return message;
    meant.add(task, planned, victim);
    return { ...message, payload: { ...payload, name: writeTaskOrder({ order: planned.fault, name }) } };
  }

  #refuseDeadly(): void {
    if (this.#executor.kind !== 'ThreadPoolExecutor') return;
    const deadly = this.#plan.findDeadly();
    if (deadly === undefined) return;
    throw new TypeError(`a thread cannot be struck by '${deadly.how}' alone: it would end the program; use 'exit'`);
  }
}

/** Faults on their way to tasks of one worker that are not known to have begun. */
class MeantFaults {
  readonly #plan: FaultPlan;
  readonly #byTask = new Map<TaskId, { readonly planned: Planned; readonly victim: Victim }>();

  constructor(plan: FaultPlan) {
    this.#plan = plan;
  }

  add(task: TaskId, planned: Planned, victim: Victim): void {
    this.#byTask.set(task, { planned, victim });
  }

  /** The task has begun. */
  strike(task: TaskId): void {
    const meant = this.#take(task);
    if (meant !== undefined) this.#plan.note(meant.planned, meant.victim);
  }

  /** The task will not begin there. */
  release(task: TaskId): void {
    const meant = this.#take(task);
    if (meant !== undefined) meant.planned.left += 1;
  }

  /** The worker is gone. */
  end({ reason }: ExitReport): void {
    for (const [task, { planned }] of this.#byTask) {
      // It struck before the task began, which is then no news of the worker's.
      if (planned.fault.at === 'argument-out' && reason.kind !== 'killed') this.strike(task);
      else this.release(task);
    }
  }

  #take(task: TaskId): { readonly planned: Planned; readonly victim: Victim } | undefined {
    const meant = this.#byTask.get(task);
    this.#byTask.delete(task);
    return meant;
  }
}
