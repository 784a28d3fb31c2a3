/**
 * The user of a simulated pool: submits, cancels, aborts, resizes, shuts down, also from inside callbacks, and holds the
 * pool to its promises.
 */

import type { Driver, DriverClient, Outcome } from '#src/core/driver.js';
import type { TaskId, Verdict, WorkerId } from '#src/core/events.js';
import type { TaskPayload } from '#src/core/ports.js';
import type { Scheduler } from '#src/core/scheduler.js';
import type { Random } from '#src/testing/random.js';
import type { VirtualClock } from '#src/testing/virtual-clock.js';
import type { OutcomeCounts } from './outcomes.js';
import { type Behaviour, drawSubmit, drawWhim, type Plan, type ShutdownForm, type UserAction } from './plan.js';
import { checkEnd, checkStart, checkVerdict, type PoolHistory, type UserTask } from './promises.js';
import type { SimulatedLauncher } from './simulated-launcher.js';
import type { Trace } from './trace.js';
import type { Truth } from './truth.js';
import { promise } from './violation.js';
import type { World } from './world.js';

const PAYLOAD: TaskPayload = {
  unit: { id: 1, bytes: new Uint8Array() },
  args: new Uint8Array(),
  shape: 'call',
  name: 'simulated',
  startNews: 'needed',
};

/** What a user is made of. */
export interface UserParts {
  readonly plan: Plan;
  readonly random: Random;
  /** The chances of tasks to submit others, if any do. */
  readonly families: Random | undefined;
  readonly clock: VirtualClock;
  readonly truth: Truth;
  readonly counts: OutcomeCounts;
  readonly trace: Trace;
  readonly scheduler: Scheduler;
}

/** Tasks that one attempt at another has submitted. */
interface Family {
  readonly worker: WorkerId;
  readonly parent: TaskId;
  readonly attempt: number;
  /** How many are not settled. */
  left: number;
}

/** See the file's header. */
export class User implements DriverClient {
  readonly history: PoolHistory;
  readonly #parts: UserParts;
  readonly #tasks = new Map<TaskId, UserTask>();
  readonly #behaviours = new Map<TaskId, Behaviour>();
  /** By child. */
  readonly #families = new Map<TaskId, Family>();
  #driver: Driver | undefined;
  #launcher: SimulatedLauncher | undefined;
  #world: World | undefined;
  #ends = 0;
  #reactionsLeft = 30;
  #mostAllowed: number;

  constructor(parts: UserParts) {
    this.#parts = parts;
    this.#mostAllowed = parts.plan.options.maxWorkers;
    this.history = {
      cancelPendingAsked: false,
      killAsked: false,
      lateWorkers: new Set(),
      isBroken: () => parts.scheduler.broken !== undefined,
    };
  }

  /** Whether the pool has said that it is over. */
  get isOver(): boolean {
    return this.#ends > 0;
  }

  /** How often tasks may begin, all together. */
  get mostAttempts(): number {
    let attempts = 0;
    for (const { terms } of this.#tasks.values()) attempts += 1 + terms.retries;
    return attempts;
  }

  behaviourOf(task: TaskId): Behaviour {
    return this.#behaviours.get(task) as Behaviour;
  }

  /** Plans everything that the user is going to do. */
  begin(driver: Driver, launcher: SimulatedLauncher, world: World): void {
    this.#driver = driver;
    this.#launcher = launcher;
    this.#world = world;
    const { clock, plan } = this.#parts;
    for (const { atMs, action } of plan.actions) clock.after(atMs, () => this.#act(action));
    clock.after(plan.end.atMs, () => this.#shutDown(plan.end.form));
  }

  payloadOf(task: TaskId): TaskPayload {
    promise(this.#taskOf(task).state !== 'settled', () => `task ${task} is sent, yet it is settled`);
    return PAYLOAD;
  }

  onStart(id: TaskId, worker: WorkerId, attempt: number): void {
    const task = this.#taskOf(id);
    checkStart(task, this.#parts.truth, { worker, attempt });
    task.state = 'running';
    task.startedMs = this.#parts.clock.nowMs();
    this.#react();
  }

  onRequeue(id: TaskId): void {
    const task = this.#taskOf(id);
    promise(task.state === 'running', () => `task ${id} is to be tried again, yet it is ${task.state}`);
    task.state = 'pending';
  }

  onProgress(id: TaskId): void {
    const isLate = this.#taskOf(id).state === 'settled';
    this.#parts.counts.note(isLate ? 'task: progress reported after it was settled' : 'task: progress reported');
  }

  /** A task submits others and waits for them. */
  onAsk(worker: WorkerId, parent: TaskId, bytes: Uint8Array): void {
    const { scheduler, random, counts } = this.#parts;
    const { terms, state } = this.#taskOf(parent);
    const level = (terms.level ?? 0) + 1;
    const family: Family = { worker, parent, attempt: this.#parts.truth.attemptsOf(parent).length, left: 0 };
    this.#driver?.dispatch({ kind: 'task-suspended', worker, task: parent });
    if (scheduler.model.tasks.get(parent)?.state === 'suspended') counts.note('task: suspended');
    // Nobody waits for what is settled; and nobody who is on the way out needs more.
    const count = state === 'settled' || scheduler.state === 'killing' || level > 3 ? 0 : (bytes[0] ?? 0);
    family.left = count;
    for (let child = 0; child < count; child += 1) {
      const drawn = drawSubmit(random, { priorities: 1, typicalMs: 1 });
      const { priority } = terms;
      const task = this.#submit({ ...drawn, terms: { ...drawn.terms, priority, level } });
      if (task === undefined) family.left -= 1;
      else this.#families.set(task, family);
    }
    if (family.left === 0) this.#resume(family);
  }

  /** Some storms have families, by chances of their own, so that the others go on telling their old stories. */
  #drawChildren(level: number): number {
    const { families } = this.#parts;
    return families?.chance(level === 0 ? 0.3 : 0.4 / level) ? families.int(1, 3) : 0;
  }

  #resume({ worker, parent, attempt }: Family): void {
    // It may have begun again elsewhere meanwhile.
    if (this.#parts.truth.attemptsOf(parent).length !== attempt) return;
    this.#driver?.dispatch({ kind: 'task-resumed', worker, task: parent });
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, parent);
    this.#driver?.handleOf(worker)?.send({ kind: 'tell', bytes });
  }

  #noteChildSettled(id: TaskId): void {
    const family = this.#families.get(id);
    if (family === undefined) return;
    this.#families.delete(id);
    family.left -= 1;
    if (family.left === 0) this.#resume(family);
  }

  wantsRetry(id: TaskId, { failed }: Outcome): boolean {
    return failed && this.behaviourOf(id).wantsRetry;
  }

  onSettle(id: TaskId, verdict: Verdict, outcome: Outcome | undefined): void {
    const task = this.#taskOf(id);
    const { truth, clock, counts } = this.#parts;
    checkVerdict(task, truth, this.history, { verdict, outcome, nowMs: clock.nowMs() });
    if (verdict.kind === 'finished' && truth.attemptsOf(id).length > 1) counts.note('task: done after a retry');
    const mayTryAgain = truth.attemptsOf(id).length <= task.terms.retries && !this.history.isBroken();
    const wasWanted = outcome !== undefined && this.wantsRetry(id, outcome);
    promise(!wasWanted || !mayTryAgain, () => `task ${id} failed for good with a retry left`);
    task.state = 'settled';
    task.verdict = verdict;
    this.#noteChildSettled(id);
    this.#react();
  }

  onEnd(): void {
    this.#ends += 1;
    promise(this.#ends === 1, 'the end was announced twice');
    checkEnd(this.#tasks, this.#parts.truth);
  }

  /** Checks what only the end can show. */
  checkEnd(): void {
    checkEnd(this.#tasks, this.#parts.truth);
    const { mostRunning, mostWaiting } = this.#parts.truth;
    // One that goes on does so beside the worker that stood in for it.
    promise(
      mostRunning <= this.#mostAllowed + mostWaiting,
      () => `${mostRunning} tasks ran at once, more than maxWorkers ever was`,
    );
  }

  #taskOf(id: TaskId): UserTask {
    const task = this.#tasks.get(id);
    promise(task !== undefined, () => `nobody submitted task ${id}`);
    return task;
  }

  #act(action: UserAction): void {
    switch (action.kind) {
      case 'submit':
        this.#submit(action);
        return;
      case 'cancel':
      case 'abort':
        return this.#end(action.kind);
      case 'resize':
        if (this.#parts.scheduler.ended) return;
        this.#mostAllowed = Math.max(this.#mostAllowed, action.maxWorkers);
        return this.#driver?.dispatch({ kind: 'resized', maxWorkers: action.maxWorkers });
      case 'shut-down':
        return this.#shutDown(action);
      case 'kill-some-worker':
        return this.#killSomeWorker();
      default:
        action satisfies never;
    }
  }

  #submit({ terms, behaviour }: Extract<UserAction, { kind: 'submit' }>): TaskId | undefined {
    const { state } = this.#parts.scheduler;
    if (state !== 'open' && !(state === 'draining' && terms.level !== undefined)) return undefined;
    const task = this.#tasks.size + 1;
    const full = { task, ...terms };
    this.#behaviours.set(task, { ...behaviour, children: this.#drawChildren(terms.level ?? 0) });
    this.#tasks.set(task, {
      terms: full,
      state: 'pending',
      verdict: undefined,
      startedMs: Infinity,
      wasCancelled: false,
      wasAborted: false,
    });
    this.#driver?.dispatch({ kind: 'submitted', ...full });
    return task;
  }

  #end(wish: 'cancel' | 'abort'): void {
    const { random, counts, clock, trace } = this.#parts;
    const unsettled = [...this.#tasks.values()].filter(({ state }) => state !== 'settled');
    if (unsettled.length === 0) return;
    const stateOf = (task: UserTask) => this.#parts.scheduler.model.tasks.get(task.terms.task)?.state;
    // Those that a worker has are the interesting ones.
    const withWorker = unsettled.filter((task) => stateOf(task) !== 'waiting');
    const task = random.pick(withWorker.length > 0 && random.chance(0.6) ? withWorker : unsettled);
    const before = stateOf(task);
    if (wish === 'cancel') task.wasCancelled = true;
    else task.wasAborted = true;
    trace.line(clock.nowMs(), () => `    user: ${wish} task ${task.terms.task}`);
    this.#driver?.dispatch({ kind: `${wish}-requested`, task: task.terms.task });
    const isSettled = this.#stateOf(task) === 'settled';
    // A refusal is final: the task must not be cancelled later for this.
    if (!isSettled) task.wasCancelled = false;
    if (before !== 'held' || !isSettled) return;
    counts.note(wish === 'cancel' ? 'cancel: while it was held' : 'abort: while it was held');
  }

  #stateOf(task: UserTask): UserTask['state'] {
    return task.state;
  }

  #shutDown(form: ShutdownForm): void {
    if (form.cancelPending) this.history.cancelPendingAsked = true;
    if (form.killWorkers || form.timeoutMs !== null) this.history.killAsked = true;
    const { cancelPending, killWorkers, timeoutMs } = form;
    this.#driver?.dispatch({ kind: 'shutdown-requested', cancelPending, killWorkers, timeoutMs });
    if (killWorkers) this.#expectAllSettled();
    else if (timeoutMs !== null) this.#parts.clock.after(timeoutMs + 0.001, () => this.#expectAllSettled());
  }

  #expectAllSettled(): void {
    for (const [id, { state }] of this.#tasks) {
      promise(state === 'settled', () => `task ${id} is ${state} although the time of the pool is up`);
    }
  }

  #killSomeWorker(): void {
    const workers = this.#launcher?.workers ?? [];
    if (workers.length === 0) return;
    const worker = this.#parts.random.pick(workers);
    if (this.#world?.force('killed-from-outside', worker.id)) worker.killFromOutside();
  }

  /** Does something from inside a callback, now and then. */
  #react(): void {
    const { random, plan, counts } = this.#parts;
    if (this.#reactionsLeft === 0 || !random.chance(plan.reactionChance)) return;
    this.#reactionsLeft -= 1;
    const action = random.chance(0.6) ? drawSubmit(random, { priorities: 3, typicalMs: 1 }) : drawWhim(random);
    if (action.kind === 'submit') counts.note('user: submitted from a callback');
    if (action.kind === 'cancel') counts.note('user: cancelled from a callback');
    if (action.kind === 'shut-down') counts.note('user: shut down from a callback');
    this.#act(action);
  }
}
