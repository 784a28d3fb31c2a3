/**
 * Storms that once broke a promise, each with its story. They are run for ever. A seed whose story has changed since (the
 * plan draws differently now) is replaced by one that fails again when the old slip is made again (`mutations.ts`).
 */

/** A kept seed. */
export interface Regression {
  readonly seed: number;
  readonly story: string;
}

/** See the file's header. */
export const REGRESSIONS: readonly Regression[] = [
  {
    seed: 1,
    story: 'a worker that was to be replaced after its last task gave up its seat while it still ran that task',
  },
  {
    seed: 5,
    story: 'tasks that came back from several workers were queued in the order of the workers, not their own',
  },
  { seed: 2, story: 'a task that a recall could not bring back was recalled for ever, in one turn' },
  { seed: 5, story: 'tasks held behind a long one were overtaken by all that came later' },
  { seed: 30, story: 'a cancel that had been refused cancelled its task later on' },
  { seed: 5337, story: 'a pool that broke could not be shut down' },
  { seed: 1203, story: 'a worker that failed slowly was started for ever' },
  { seed: 328, story: 'a recalled task was overtaken, because others were handed out before it was back' },
  { seed: 936, story: 'a time limit killed the worker of another task, which had begun meanwhile' },
];
