/**
 * What a fault is: where it strikes and how. The vocabulary of the matrix in `test/faults`, for users.
 *
 * Rules: names and checks only.
 */

import { checkOptions, either, integer, matching, oneOf, string } from '../base/validate.js';

/** The steps at which a fault can strike, in the order in which a worker comes by them. */
export const FAULT_STEPS = [
  'start-up',
  'argument-out',
  'argument-in',
  'run',
  'result-out',
  'result-in',
  'idle',
  'leaving',
] as const;

/**
 * Where a fault strikes: while the worker starts (`start-up`); when the call has come to it, before it begins
 * (`argument-out`); when it has begun, before the arguments are read (`argument-in`); in place of the function (`run`); after the
 * function, before the result is sent (`result-out`); when the result has been sent (`result-in`); when nothing is left to
 * do (`idle`); when the pool has asked the worker to leave (`leaving`).
 */
export type FaultStep = (typeof FAULT_STEPS)[number];

const KINDS = ['throw', 'exit', 'abort', 'hang', 'loop', 'stack-overflow', 'out-of-memory', 'close-link'] as const;

/**
 * How it strikes: `throw`s an error, `exit`s, `abort`s, is ended or stopped by a signal, never settles (`hang`), loops for
 * ever (`loop`), overflows its stack, fills its heap (give it small `resourceLimits`), or closes its link to the host.
 */
export type FaultKind = (typeof KINDS)[number] | NodeJS.Signals;

/** One fault, and whom it befalls. What is not given fits everything. */
export interface Fault {
  /** The step. */
  readonly at: FaultStep;
  /** The way. */
  readonly how: FaultKind;
  /** The task: its number in the executor, from 1, or its name. Not for `start-up` and `leaving`. */
  readonly task?: number | string | undefined;
  /** The attempt, from 1. Not for `start-up` and `leaving`. */
  readonly attempt?: number | undefined;
  /** The worker's number in the executor, from 1. */
  readonly worker?: number | undefined;
  /** How often it strikes at most. Default 1; `Infinity` for always. */
  readonly times?: number | undefined;
  /** The exit code of `exit`. Default 1. */
  readonly code?: number | undefined;
}

const isSignal = (value: unknown): boolean => typeof value === 'string' && /^SIG[A-Z0-9]+$/.test(value);

const CHECKS = {
  at: oneOf(...FAULT_STEPS),
  how: either(oneOf(...KINDS), matching<NodeJS.Signals>('a signal such as SIGKILL', isSignal)),
  task: either(integer({ min: 1 }), string({ minLength: 1 })),
  attempt: integer({ min: 1 }),
  worker: integer({ min: 1 }),
  times: either(integer({ min: 1 }), oneOf(Number.POSITIVE_INFINITY)),
  code: integer({ min: 0, max: 255 }),
};

/** Checks one fault. Throws `TypeError` or `RangeError`. */
export function checkFault(fault: Fault): Fault {
  const { at, how, task, attempt } = checkOptions('Fault', fault, CHECKS);
  if (at === undefined || how === undefined) throw new TypeError(`a fault needs 'at' and 'how'`);
  const isOfTheWorker = at === 'start-up' || at === 'leaving';
  if (isOfTheWorker && (task !== undefined || attempt !== undefined)) {
    throw new TypeError(`a fault at '${at}' befalls a worker, so it takes no 'task' and no 'attempt'`);
  }
  if (at === 'argument-out' && isFailure(how)) {
    throw new TypeError(`'${how}' at 'argument-out' needs no fault: submit an argument that cannot travel`);
  }
  return { ...fault };
}

/** Whether it makes the task fail, rather than its worker. */
export function isFailure(how: FaultKind): how is 'throw' | 'stack-overflow' {
  return how === 'throw' || how === 'stack-overflow';
}

/** Whether it would end the program, if the worker is a thread of it. */
export function endsProgram(how: FaultKind): boolean {
  return how === 'abort' || isSignal(how);
}
