/**
 * Another entry point for workers than the usual one: that of `tardigrade/testing`, whose workers fail when they are told to.
 *
 * Rules: types only.
 */

/** A file that workers start with, and what each of them is told first. */
export interface WorkerEntry {
  readonly file: URL;
  /** Called once for each worker that is started. */
  instruct(): string | undefined;
}
