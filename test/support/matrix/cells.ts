/**
 * The fault matrix as data: every place of a call's way, every kind of fault, both kinds of workers, pools of one and two,
 * and for each cell what it must cost. What a cell does stands in `stages`, what is checked after it in `run-cell`.
 */

import { EXIT_CODE, HOWS, type How, THROWN } from '../faults.js';

/** Where a fault happens. */
export const WHERES = [
  'start-up of every worker',
  'start-up of one worker',
  'argument out',
  'argument in',
  'run',
  'result out',
  'result in',
  'idle',
  'leaving',
] as const;

/** One of the places. */
export type Where = (typeof WHERES)[number];

/** Kinds of workers. */
export const KINDS = ['processes', 'threads'] as const;

/** One kind of workers. */
export type Kind = (typeof KINDS)[number];

/** Sizes of pools. */
export const SIZES = [1, 2] as const;

/** One cell of the matrix. */
export interface Cell {
  readonly where: Where;
  readonly how: How;
  readonly kind: Kind;
  readonly size: number;
}

/** How a program ends. */
export type ProgramEnd =
  | { readonly by: 'code'; readonly code: number }
  | { readonly by: 'signal'; readonly signals: readonly string[] }
  /** It is stopped, and right when it is told to go on. */
  | { readonly by: 'itself, once continued' }
  /** It hangs, so the test kills it. */
  | { readonly by: 'kill' };

/** What a cell must cost. */
export type Outcome =
  | { readonly costs: 'nothing' }
  /** The task fails with what it threw. */
  | { readonly costs: 'the task, by its own error'; readonly message: RegExp }
  | {
      readonly costs: 'the task, by a value';
      readonly direction: 'argument' | 'result';
      readonly phase: 'writing' | 'reading';
    }
  | { readonly costs: 'the task, lost'; readonly message: RegExp }
  | { readonly costs: 'the task, by its time limit' }
  | { readonly costs: 'the pool'; readonly message: RegExp; readonly mercy?: 'what healthy workers have done' }
  | { readonly costs: 'the program'; readonly ends: ProgramEnd }
  | { readonly costs: 'cannot exist'; readonly why: string };

const OVERFLOW = /Maximum call stack size exceeded/;
const ABORTED = /SIGABRT|SIGTRAP|SIGILL|code 134/;

/** How an error names what a fault threw. */
const MESSAGES: Partial<Record<How, RegExp>> = {
  throw: new RegExp(THROWN),
  'stack overflow': OVERFLOW,
  // A thread is refused it.
  abort: /process\.abort\(\) is not supported in workers/,
};

/** How an error names a worker's end. */
const ENDS: Readonly<Record<Kind, Partial<Record<How, RegExp>>>> = {
  processes: {
    'exit 0': /exited with code 0/,
    'exit n': new RegExp(`exited with code ${EXIT_CODE}`),
    abort: ABORTED,
    SIGKILL: /terminated by signal SIGKILL/,
    SIGSEGV: /terminated by signal SIGSEGV/,
    'heap exhaustion': ABORTED,
    'closes its link': /closed its link|exited with code 70/,
  },
  threads: {
    'exit 0': /exited with code 0/,
    'exit n': new RegExp(`exited with code ${EXIT_CODE}`),
    'heap exhaustion': /ran out of memory/,
    'closes its link': /closed its link|exited with code 0/,
  },
};

const HANGS: ReadonlySet<How> = new Set<How>(['SIGSTOP', 'endless loop', 'never settles']);
const SIGNALS: ReadonlySet<How> = new Set<How>(['SIGKILL', 'SIGSEGV', 'SIGSTOP']);

/** What a cell must cost. */
export function expectOutcome({ where, how, kind }: Omit<Cell, 'size'>): Outcome {
  if (where === 'argument out' || where === 'result in') return expectInHost(where, how);
  if (kind === 'threads' && SIGNALS.has(how)) return { costs: 'the program', ends: endOfProgram(how) };
  if (where === 'idle' || where === 'leaving') return { costs: 'nothing' };
  const thrown = how === 'abort' && kind === 'processes' ? undefined : MESSAGES[how];
  const end = ENDS[kind][how];
  switch (where) {
    case 'start-up of every worker':
      if (thrown !== undefined) return { costs: 'the pool', message: thrown };
      return { costs: 'the pool', message: end ?? /within startupTimeoutMs/ };
    case 'start-up of one worker':
      if (thrown === undefined) return { costs: 'nothing' };
      return { costs: 'the pool', message: thrown, mercy: 'what healthy workers have done' };
    case 'argument in':
      return thrown !== undefined ? { costs: 'the task, by a value', direction: 'argument', phase: 'reading' } : lose();
    case 'run':
      return thrown !== undefined ? { costs: 'the task, by its own error', message: thrown } : lose();
    case 'result out':
      // A promise inside of a result is no value.
      if (thrown === undefined && how !== 'never settles') return lose();
      return { costs: 'the task, by a value', direction: 'result', phase: 'writing' };
    default:
      return where satisfies never;
  }

  function lose(): Outcome {
    if (end !== undefined) return { costs: 'the task, lost', message: end };
    return HANGS.has(how) ? { costs: 'the task, by its time limit' } : { costs: 'nothing' };
  }
}

/** The host runs code of the user's, too, where it writes arguments and reads results. */
function expectInHost(where: 'argument out' | 'result in', how: How): Outcome {
  if (how === 'closes its link') {
    return { costs: 'cannot exist', why: "the host's end of a link is known to the pool alone" };
  }
  if (how === 'never settles' && where === 'result in') return { costs: 'the task, by its time limit' };
  if (how === 'throw' || how === 'stack overflow' || how === 'never settles') {
    return where === 'argument out'
      ? { costs: 'the task, by a value', direction: 'argument', phase: 'writing' }
      : { costs: 'the task, by a value', direction: 'result', phase: 'reading' };
  }
  return { costs: 'the program', ends: endOfProgram(how) };
}

function endOfProgram(how: How): ProgramEnd {
  switch (how) {
    case 'exit 0':
      return { by: 'code', code: 0 };
    case 'exit n':
      return { by: 'code', code: EXIT_CODE };
    case 'SIGKILL':
    case 'SIGSEGV':
      return { by: 'signal', signals: [how] };
    case 'abort':
    case 'heap exhaustion':
      return { by: 'signal', signals: ['SIGABRT', 'SIGTRAP', 'SIGILL'] };
    case 'SIGSTOP':
      return { by: 'itself, once continued' };
    case 'endless loop':
      return { by: 'kill' };
    default:
      throw new Error(`A program does not end by: ${how}.`);
  }
}

/** All cells that pass a filter, with what they must cost. */
export function cellsWhere(
  passes: (cell: Cell, outcome: Outcome) => boolean,
): { readonly cell: Cell; readonly outcome: Outcome }[] {
  return KINDS.flatMap((kind) =>
    SIZES.flatMap((size) => WHERES.flatMap((where) => HOWS.map((how): Cell => ({ where, how, kind, size })))),
  )
    .map((cell) => ({ cell, outcome: expectOutcome(cell) }))
    .filter(({ cell, outcome }) => passes(cell, outcome));
}

/** Whether a cell sleeps until a time limit of the pool itself. */
export function isSlow({ where, how }: Cell): boolean {
  return how === 'SIGSTOP' || how === 'endless loop' || (how === 'never settles' && where.startsWith('start-up'));
}

/** A cell in words. */
export function describeCell({ where, how, kind, size }: Cell): string {
  return `${how} at ${where}, ${size === 1 ? 'one' : 'two'} of the ${kind}`;
}
