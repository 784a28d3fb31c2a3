/**
 * The three lives of a pool as tables: a task's, a worker's, the pool's own.
 *
 * Rules: data only. Nobody changes a state except through `transition`.
 * Guarantees: a step that the table does not have throws, naming both; so an impossible state cannot be reached quietly.
 */

/** One life: for each state, the steps it allows and where they lead. */
export type TransitionTable<State extends string, Step extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Step, State>>>>
>;

/** Where a task stands in the ledger. */
export type TaskState = 'waiting' | 'held' | 'started' | 'suspended' | 'stopping' | 'settled';
/** What can happen to a task. */
export type TaskStep = 'hold' | 'start' | 'suspend' | 'resume' | 'requeue' | 'stop' | 'settle';

/**
 * `held`: sent to a worker that is not known to have begun it. `suspended`: it waits for tasks that it has submitted itself,
 * and lends out its worker's seat. `stopping`: cannot be taken back any more, and told to end
 * within its grace; its verdict is fixed already.
 */
export const TASK_TRANSITIONS = {
  waiting: { hold: 'held', settle: 'settled' },
  held: { start: 'started', requeue: 'waiting', stop: 'stopping', settle: 'settled' },
  started: { suspend: 'suspended', stop: 'stopping', requeue: 'waiting', settle: 'settled' },
  suspended: { resume: 'started', stop: 'stopping', requeue: 'waiting', settle: 'settled' },
  stopping: { settle: 'settled' },
  settled: {},
} as const satisfies TransitionTable<TaskState, TaskStep>;

/** Where a worker stands. */
export type WorkerState = 'starting' | 'idle' | 'busy' | 'retiring' | 'leaving' | 'killing' | 'gone';
/** What can happen to a worker. */
export type WorkerStep = 'get-ready' | 'assign' | 'drain' | 'retire' | 'leave' | 'kill' | 'exit';

/** `retiring`: finishes the task it has begun and gets no other. `leaving`: asked to go, has nothing to do. */
export const WORKER_TRANSITIONS = {
  starting: { 'get-ready': 'idle', kill: 'killing', exit: 'gone' },
  idle: { assign: 'busy', leave: 'leaving', kill: 'killing', exit: 'gone' },
  busy: { drain: 'idle', retire: 'retiring', kill: 'killing', exit: 'gone' },
  retiring: { drain: 'idle', kill: 'killing', exit: 'gone' },
  leaving: { kill: 'killing', exit: 'gone' },
  killing: { exit: 'gone' },
  gone: {},
} as const satisfies TransitionTable<WorkerState, WorkerStep>;

/** Where a pool stands. */
export type PoolState = 'open' | 'draining' | 'killing' | 'broken' | 'closed';
/** What can happen to a pool. */
export type PoolStep = 'drain' | 'kill' | 'break' | 'close';

/** `broken` is final: it says more than `closed` would. */
export const POOL_TRANSITIONS = {
  open: { drain: 'draining', break: 'broken' },
  draining: { kill: 'killing', break: 'broken', close: 'closed' },
  killing: { close: 'closed' },
  broken: {},
  closed: {},
} as const satisfies TransitionTable<PoolState, PoolStep>;

/** The state that `step` leads to. Throws when the table does not allow it. */
export function transition<State extends string, Step extends string>(
  table: TransitionTable<State, Step>,
  state: State,
  step: Step,
): State {
  const next = table[state][step];
  if (next === undefined) throw new Error(`Illegal step: ${step} in state ${state}.`);
  return next;
}
