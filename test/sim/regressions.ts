/** Storms that once broke a promise, each with its story. They are run for ever. */

/** A kept seed. */
export interface Regression {
  readonly seed: number;
  readonly story: string;
}

/** See the file's header. */
export const REGRESSIONS: readonly Regression[] = [];
