/**
 * What a task of the chaos run is told to do: how long to work, and whether, how and when it kills its worker.
 *
 * Rules: data only; it travels as an argument.
 */

/** How a task ends its worker. Threads can do the first ones only: the others would end the program. */
export const WAYS = {
  thread: ['exit 0', 'exit 7', 'uncaught', 'unhandled'],
  process: ['exit 0', 'exit 7', 'uncaught', 'unhandled', 'abort', 'SIGKILL', 'SIGSEGV', 'SIGTERM'],
} as const;

/** See `WAYS`. */
export type Way = (typeof WAYS.process)[number];

/**
 * When: after its first line; after its last one, before it answers; while the answer is written; later, when it has
 * answered and the worker's event loop has come round.
 */
export const MOMENTS = ['begin', 'end', 'answer', 'late'] as const;

/** See `MOMENTS`. */
export type Moment = (typeof MOMENTS)[number];

/** A death, in each of the first `attempts` attempts. */
export interface Fate {
  readonly way: Way;
  readonly moment: Moment;
  readonly attempts: number;
}

/** See the file's header. */
export interface Order {
  readonly id: number;
  /** How it waits: not at all, by blocking the worker, by letting its event loop run, or for ever in either way. */
  readonly wait: 'none' | 'blocking' | 'async' | 'for ever, blocking' | 'for ever, async';
  readonly waitMs: number;
  readonly ends: 'returns' | 'throws';
  readonly fate: Fate | undefined;
}

/** What a task answers. */
export interface Answer {
  readonly id: number;
  readonly attempt: number;
  readonly square: number;
}

/** What a task throws that is told to. */
export function describeThrow(id: number): string {
  return `task ${id} throws as it was told`;
}
