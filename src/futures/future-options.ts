/**
 * What a future is made from, and how it is waited for.
 *
 * Rules: types only.
 */

/** How long to wait. */
export interface ResultOptions {
  /** Fail with `TimeoutError` after this time; 0 means: only if done by now. Default: wait for ever. */
  readonly timeoutMs?: number | undefined;
}

/** What a future needs from whoever runs its task. */
export interface FutureOptions {
  /** The task's name, for messages. */
  readonly name: string;
  /** Asks for the task to be cancelled; `true` says that it was, and that the controller has been told. */
  onCancel(reason: unknown): boolean;
}
