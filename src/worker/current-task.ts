/**
 * What a task can know of itself. A worker runs one task at a time, so there is one current task in a thread, or none.
 *
 * Rules: knows no link; reporting goes through the function it was given.
 */

const { AbortController } = globalThis;
const { freeze } = Object;

let current: RunningTask | undefined;

/** What `currentTask()` gives inside a task. */
export interface CurrentTask {
  /** The task's number in its executor. */
  readonly id: number;
  /** The task's name: its `name` option, else its function's name. */
  readonly name: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Fires when the task is to end: its own `signal` fired or its `timeoutMs` passed, and it was given `graceMs`. */
  readonly signal: AbortSignal;
  /** The worker's number in its executor. */
  readonly workerId: number;
  /** How deep this worker's pool is nested: 1 in a worker of the program's own pool. */
  readonly depth: number;
  /** Sends a value to `future.progress` on the host. Throws `SerializationError` when it cannot travel. */
  reportProgress(value: unknown): void;
}

/** What a task is made from. */
export interface TaskFacts {
  readonly id: number;
  readonly attempt: number;
  readonly workerId: number;
  readonly depth: number;
  reportProgress(value: unknown): void;
}

/** The running task, with the controller of its signal. */
export class RunningTask {
  readonly id: number;
  /** Empty until its function is there, which may have to be loaded first. */
  name = '';
  readonly attempt: number;
  readonly workerId: number;
  readonly depth: number;
  readonly reportProgress: (value: unknown) => void;
  /** The task that ran here when this one began: in the calling thread one may run inside another. */
  readonly outer: RunningTask | undefined = current;
  isOver = false;
  #view: CurrentTask | undefined;
  /** Made when it is first asked for: most tasks never look. */
  #controller: AbortController | undefined;

  constructor(facts: TaskFacts) {
    this.id = facts.id;
    this.attempt = facts.attempt;
    this.workerId = facts.workerId;
    this.depth = facts.depth;
    this.reportProgress = facts.reportProgress;
  }

  /** Fires when the task is to end. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** What the task's own code sees of it, which it cannot change. */
  get view(): CurrentTask {
    this.#view ??= makeView(this);
    return this.#view;
  }

  /** Fires the task's signal. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

function makeView(task: RunningTask): CurrentTask {
  const { id, attempt, workerId, depth, reportProgress } = task;
  return freeze({
    id,
    get name() {
      return task.name;
    },
    attempt,
    workerId,
    depth,
    reportProgress,
    get signal() {
      return task.signal;
    },
  });
}

/** The task that this code runs in, or `undefined` outside a task. */
export function currentTask(): CurrentTask | undefined {
  return runningTask()?.view ?? findElsewhere()?.();
}

type Finder = () => CurrentTask | undefined;

/** A task's code may hold a copy of this file, in a bundle say; the one that runs the task is found through the global object. */
function findElsewhere(): Finder | undefined {
  return (globalThis as { [key: symbol]: Finder | undefined })[Symbol.for('tardigrade.current-task')];
}

if (findElsewhere() === undefined) {
  Object.defineProperty(globalThis, Symbol.for('tardigrade.current-task'), { value: () => runningTask()?.view });
}

/** The same, as the machinery sees it. */
export function runningTask(): RunningTask | undefined {
  return finder === undefined ? current : finder(current);
}

let finder: ((latest: RunningTask | undefined) => RunningTask | undefined) | undefined;

/**
 * From now on, a task is found by the code that asks: where tasks of several workers run in one thread, at a time. `latest` is
 * the one that has begun last.
 */
export function findTasksBy(find: NonNullable<typeof finder>): void {
  finder = find;
}

/** The task runs in this thread from now on. */
export function enterTask(task: RunningTask): void {
  current = task;
}

/** The task is over; one that it ran inside of is current again. */
export function leaveTask(task: RunningTask): void {
  task.isOver = true;
  while (current?.isOver) current = current.outer;
}
