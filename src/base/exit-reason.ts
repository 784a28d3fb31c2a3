/**
 * How a worker ended, as data. An `ExitReport` is written once, by whoever notices the end first, and never changed:
 * it can be stored, compared and sent.
 *
 * Rules: no I/O, no clock; knows nothing of processes or threads beyond their names.
 * Guarantees: `describeExit` makes the one sentence that errors, traces and logs use.
 */

/** Why the host itself ended a worker. */
export type KillCause =
  | 'timeout'
  | 'cancel'
  | 'shutdown'
  | 'broken'
  | 'startup-timeout'
  | 'leave-timeout'
  | 'unresponsive';

/** How a worker ended. */
export type ExitReason =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signaled'; readonly signal: string }
  | { readonly kind: 'left' }
  /** A thread's heap reached the limit that `resourceLimits` or V8 set. */
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'killed'; readonly cause: KillCause }
  | { readonly kind: 'spawn-failed'; readonly message: string }
  | { readonly kind: 'start-failed'; readonly message: string }
  | { readonly kind: 'protocol-violation'; readonly message: string }
  | { readonly kind: 'link-closed' };

/** All that is known about a worker's end. */
export interface ExitReport {
  readonly reason: ExitReason;
  readonly pid?: number | undefined;
  readonly threadId?: number | undefined;
  /** The exit code, where the platform gave one beside the reason (a kill has none). */
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** The last lines that the worker wrote to stderr. */
  readonly stderr?: string | undefined;
  /** The worker's resident memory when it was last seen, in bytes. */
  readonly rssBytes?: number | undefined;
  /** What the worker failed with while it was starting, still encoded. */
  readonly failure?: Uint8Array | undefined;
  /** Set while the worker's initializer had not finished: what ended it then is mostly that. */
  readonly during?: 'initializer' | undefined;
}

const KILL_SENTENCES = {
  timeout: 'was killed because its task passed its timeoutMs',
  cancel: 'was killed because its task was aborted',
  shutdown: 'was killed by shutdown()',
  broken: 'was killed because the pool broke',
  'startup-timeout': 'was killed because it was not ready within startupTimeoutMs',
  'leave-timeout': 'was killed because it did not leave when asked',
  unresponsive: 'was killed because it did not begin the task that it was given',
} as const satisfies Record<KillCause, string>;

function describeReason({ reason, during }: ExitReport): string {
  if (during === undefined) return describe(reason);
  if (reason.kind !== 'killed') return `${describe(reason)} in its initializer`;
  return reason.cause === 'startup-timeout'
    ? 'was killed because its initializer did not finish within startupTimeoutMs'
    : describe(reason);
}

function describe(reason: ExitReason): string {
  switch (reason.kind) {
    case 'exited':
      return `exited with code ${reason.code}`;
    case 'signaled':
      return `was terminated by signal ${reason.signal}`;
    case 'out-of-memory':
      return 'ran out of memory: its heap reached its limit';
    case 'left':
      return 'left when asked';
    case 'killed':
      return KILL_SENTENCES[reason.cause];
    case 'spawn-failed':
      return `could not be started: ${reason.message}`;
    case 'start-failed':
      return `failed while starting: ${reason.message}`;
    case 'protocol-violation':
      return `broke the protocol and was killed: ${reason.message}`;
    case 'link-closed':
      return 'closed its link to the host and was killed';
    default:
      return reason satisfies never;
  }
}

/** One sentence (without a full stop) for the end of a worker, such as `worker (pid 71) was terminated by signal SIGKILL`. */
export function describeExit(report: ExitReport): string {
  const where =
    report.pid !== undefined
      ? ` (pid ${report.pid})`
      : report.threadId !== undefined
        ? ` (thread ${report.threadId})`
        : '';
  return `worker${where} ${describeReason(report)}`;
}
