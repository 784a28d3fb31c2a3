/**
 * An executor for tests: the same contract and the same scheduler as a pool, with workers that live in this program and in a
 * time which passes when the test says so.
 *
 * Rules: a `PoolExecutor` with a simulated launcher; what decides is the pool's own core.
 * Guarantees: one seed and one sequence of calls give one story, as long as tasks wait for nothing real.
 */

import { callback, checkArgument, either, integer, matching, string } from '../base/validate.js';
import { makeHello } from '../executors/make-hello.js';
import { PoolExecutor } from '../executors/pool-executor.js';
import { currentDepth } from '../executors/worker-environment.js';
import { localMemory } from '../memory/ports.js';
import { findTasksBy } from '../worker/current-task.js';
import { followTasks, taskOfThisCode } from '../worker/task-context.js';
import { Pacer } from './pacer.js';
import { SimulatedLauncher } from './simulated-launcher.js';
import {
  checkAdvance,
  checkSimulatedOptions,
  type RunOptions,
  readPatience,
  type SimulatedOptions,
} from './simulated-options.js';
import { SimulatedWorld } from './simulated-world.js';

/**
 * Runs functions in this program, through the same serialization and with the same scheduler as the pools, in simulated workers
 * that can be lost, stand still and take their time, which is virtual: time limits, retries and restarts are tested without
 * waiting, and a seed repeats a story. For tests of code that uses executors.
 *
 * Nothing happens, not even that a task begins, until `advance`, `runUntilIdle` or `runUntil` lets it, or `shutdown` was called;
 * or always, with `autoAdvance`. Functions share this program's modules, memory and fate, as those of an `InlineExecutor`.
 *
 * Throws `TypeError` or `RangeError` for bad options.
 */
export class SimulatedExecutor extends PoolExecutor {
  readonly #world: SimulatedWorld;
  readonly #launcher: SimulatedLauncher;
  readonly #pacer: Pacer;

  constructor(options?: SimulatedOptions) {
    const simulated = checkSimulatedOptions(options);
    const { pool: settings } = simulated;
    const world = new SimulatedWorld(simulated);
    let launcher: SimulatedLauncher | undefined;
    // Several tasks run in this thread at a time, and each is to find itself.
    followTasks();
    findTasksBy(taskOfThisCode);
    super({
      kind: 'SimulatedExecutor',
      attachments: 'refuse',
      memory: localMemory,
      settings,
      clock: world.clock,
      onShutdown: () => this.#pacer.goByItself(),
      createLauncher({ codec, port, entry }) {
        const { hello } = makeHello({ settings, depth: currentDepth(), codec, port });
        launcher = new SimulatedLauncher({ world, hello, entry });
        return launcher;
      },
    });
    const made = launcher as unknown as SimulatedLauncher;
    this.#world = world;
    this.#launcher = made;
    this.#pacer = new Pacer(world.clock, {
      activity: () => made.activity,
      describeTasks: () => made.describeTasks(),
      isAtRest: () => this.#isAtRest(),
    });
    if (simulated.autoAdvance) this.#pacer.goByItself();
  }

  /** What time it is in the simulation, in milliseconds since the executor was made. */
  get nowMs(): number {
    return this.#world.clock.nowMs();
  }

  /** What has happened to the workers, a line each: equal for equal seeds. */
  get trace(): readonly string[] {
    return this.#world.trace;
  }

  /**
   * Lets so much time pass, 0 included: what is due by then happens, in its order, and promises settle in between. Does not
   * wait for anything real that a task waits for. Rejects with what `taskMs` throws.
   */
  async advance(ms: number): Promise<void> {
    checkAdvance(ms);
    return this.#pacer.advance(ms);
  }

  /**
   * Lets time pass until every task is settled and every worker idle or gone. Time stands still while a task waits for
   * something real (a file, a timer), which is awaited. Rejects with `TardigradeError` when that takes longer than `patienceMs`,
   * and when nothing would ever end a task.
   */
  async runUntilIdle(options?: RunOptions): Promise<void> {
    return this.#pacer.runUntilIdle(readPatience(options));
  }

  /**
   * Lets time pass until `work` settles, and gives what it settled to: for code that submits, awaits and submits again.
   * Otherwise as `runUntilIdle`; while no task is left, it waits for `work` as long as it takes.
   */
  async runUntil<T>(work: PromiseLike<T>, options?: RunOptions): Promise<Awaited<T>> {
    checkArgument('work', work, matching('a promise', isThenable));
    return await this.#pacer.runUntil(work, readPatience(options));
  }

  /**
   * Ends a worker at once, as SIGKILL would: by its number, or a busy one by chance, or any. The host hears of it when time
   * passes next; a task that it runs goes on, for nothing can stop it, but its answer is dropped. Answers with the worker's
   * number. Throws `RangeError` when there is none.
   */
  loseWorker(id?: number): number {
    if (id !== undefined) checkArgument('id', id, integer({ min: 1 }));
    const worker = this.#launcher.find(id);
    worker.lose();
    return worker.id;
  }

  /** As `loseWorker`, with the worker that runs a task: its number or its name. Throws `RangeError` when it does not run. */
  loseTask(task: number | string): number {
    checkArgument('task', task, either(integer({ min: 1 }), string({ minLength: 1 })));
    const worker = this.#launcher.findByTask(task);
    worker.lose();
    return worker.id;
  }

  /**
   * Lets a worker stand still, as SIGSTOP or an endless loop would: it says nothing and hears nothing until it is killed.
   * Chosen as by `loseWorker`. Answers with the worker's number. Throws `RangeError` when there is none.
   */
  stallWorker(id?: number): number {
    if (id !== undefined) checkArgument('id', id, integer({ min: 1 }));
    const worker = this.#launcher.find(id);
    worker.stall();
    return worker.id;
  }

  #isAtRest(): boolean {
    const { pending, running } = this.stats();
    return pending + running === 0 && this.workers.every(({ state }) => state === 'idle');
  }
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    callback().findProblem(value.then, 'work.then') === undefined
  );
}
