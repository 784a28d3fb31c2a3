/**
 * Checks of options and arguments: a table says what each option may be, and one function holds the caller to it.
 *
 * Rules: only looks; fills in no defaults and converts nothing. Knows no option by name.
 * Guarantees: each option is read once. An option that is `undefined` is as good as absent. A failure is Node's own `TypeError`
 * (wrong kind, unknown name) or `RangeError` (right kind, wrong value) with the code `ERR_TARDIGRADE_INVALID_OPTION`, and
 * names the option and the value.
 */

import { findNearest, show } from './wording.js';

/** Why a value is refused. */
interface Problem {
  readonly kind: 'type' | 'range';
  /** Where the value stands, such as `options.maxRestarts.count`. */
  readonly path: string;
  readonly expected: string;
  readonly value: unknown;
}

/** What an option may be. */
export interface Check<T> {
  /** Completes the sentence `options.maxWorkers must be …`. */
  readonly expected: string;
  /** What is wrong with `value`, which stands at `path`; `undefined` if nothing is. */
  findProblem(value: unknown, path: string): Problem | undefined;
  /** Never set: carries the type of what passes. */
  readonly passes?: T;
}

/** The options that a table of checks lets through. */
export type Checked<S extends CheckTable> = { [K in keyof S]?: S[K] extends Check<infer T> ? T : never };

/** For each option, what it may be. */
export type CheckTable = Readonly<Record<string, Check<unknown>>>;

type Verdict = 'ok' | 'type' | 'range';

function checkBy<T>(expected: string, judge: (value: unknown) => Verdict): Check<T> {
  return {
    expected,
    findProblem(value, path) {
      const kind = judge(value);
      return kind === 'ok' ? undefined : { kind, path, expected, value };
    },
  };
}

/** What `test` says yes to; `expected` completes the sentence `… must be …`. */
export function matching<T>(expected: string, test: (value: unknown) => boolean): Check<T> {
  return checkBy(expected, (value) => (test(value) ? 'ok' : 'type'));
}

/** Bounds of a number, both included. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function describeBounds(noun: string, { min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
  if (min !== undefined) return `${noun} of at least ${min}`;
  return max === undefined ? noun : `${noun} of at most ${max}`;
}

function isWithin(value: number, { min = -Infinity, max = Infinity }: Bounds): boolean {
  return value >= min && value <= max;
}

/** A whole number. */
export function integer(bounds: Bounds = {}): Check<number> {
  return checkBy(describeBounds('an integer', bounds), (value) => {
    if (typeof value !== 'number') return 'type';
    return Number.isSafeInteger(value) && isWithin(value, bounds) ? 'ok' : 'range';
  });
}

/** A length of time in milliseconds; `Infinity` means no limit. */
export function duration(bounds: Bounds = {}): Check<number> {
  const limits = { min: 0, ...bounds };
  return checkBy(describeBounds('a number of milliseconds', limits), (value) => {
    if (typeof value !== 'number') return 'type';
    return isWithin(value, limits) ? 'ok' : 'range';
  });
}

/** `true` or `false`. */
export function boolean(): Check<boolean> {
  return matching('a boolean', (value) => typeof value === 'boolean');
}

/** Any string, or any of at least so many characters. */
export function string({ minLength = 0 }: { readonly minLength?: number } = {}): Check<string> {
  return checkBy(minLength > 0 ? 'a string that is not empty' : 'a string', (value) => {
    if (typeof value !== 'string') return 'type';
    return value.length >= minLength ? 'ok' : 'range';
  });
}

/** Any function. */
export function callback<F extends (...args: never[]) => unknown>(): Check<F> {
  return matching('a function', (value) => typeof value === 'function');
}

/** An `AbortSignal`, of this realm or another. */
export function abortSignal(): Check<AbortSignal> {
  return matching('an AbortSignal', isAbortSignal);
}

function isAbortSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function'
  );
}

/** One of the values listed. */
export function oneOf<const T extends readonly (string | number | boolean | null)[]>(...values: T): Check<T[number]> {
  const kinds = new Set<string>(values.map((value) => typeof value));
  return checkBy(values.map((value) => quote(value)).join(' | '), (value) => {
    if (values.some((known) => known === value)) return 'ok';
    return kinds.has(typeof value) && value !== null ? 'range' : 'type';
  });
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** What passes one of the two. */
export function either<A, B>(first: Check<A>, second: Check<B>): Check<A | B> {
  const expected = `${first.expected} or ${second.expected}`;
  return {
    expected,
    findProblem(value, path) {
      const one = first.findProblem(value, path);
      const other = one && second.findProblem(value, path);
      if (one === undefined || other === undefined) return undefined;
      // A problem further in says more than "neither of the two".
      const deeper = [one, other].find((problem) => problem.path !== path);
      if (deeper !== undefined) return deeper;
      const kind = one.kind === 'range' || other.kind === 'range' ? 'range' : 'type';
      return { kind, path, expected, value };
    },
  };
}

/** What passes, or `null`. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return either(check, oneOf(null));
}

/** An array of what passes. */
export function arrayOf<T>(item: Check<T>): Check<readonly T[]> {
  const expected = `an array, each item ${item.expected}`;
  return {
    expected,
    findProblem(value, path) {
      if (!Array.isArray(value)) return { kind: 'type', path, expected, value };
      for (let index = 0; index < value.length; index += 1) {
        const problem = item.findProblem(value[index], `${path}[${index}]`);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
  };
}

/** An object whose every value passes or is `undefined`, such as an environment. */
export function recordOf<T>(item: Check<T>): Check<Readonly<Record<string, T | undefined>>> {
  const expected = `an object, each value ${item.expected}`;
  return {
    expected,
    findProblem(value, path) {
      if (!isObject(value)) return { kind: 'type', path, expected, value };
      for (const [key, entry] of Object.entries(value)) {
        const problem = entry === undefined ? undefined : item.findProblem(entry, `${path}.${key}`);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
  };
}

/** Environment variables: names and values that an operating system can take; `undefined` takes one away. */
export function environment(): Check<Readonly<Record<string, string | undefined>>> {
  const values = recordOf(matching<string>('a string without null characters', isCleanText));
  return {
    ...values,
    findProblem(value, path) {
      const problem = values.findProblem(value, path);
      if (problem !== undefined) return problem;
      const isVariable = (name: string): boolean => name !== '' && !name.includes('=') && isCleanText(name);
      if (!Array.isArray(value) && Object.keys(value as object).every(isVariable)) return undefined;
      return { kind: 'type', path, expected: 'an object whose names are those of environment variables', value };
    },
  };
}

function isCleanText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}

/** An object with exactly the given names, all needed. */
export function shape<S extends CheckTable>(checks: S): Check<{ readonly [K in keyof S]: NonNullable<Checked<S>[K]> }> {
  const expected = `an object { ${Object.keys(checks).join(', ')} }`;
  return {
    expected,
    findProblem(value, path) {
      if (!isObject(value)) return { kind: 'type', path, expected, value };
      if (Object.keys(value).some((key) => !Object.hasOwn(checks, key))) return { kind: 'type', path, expected, value };
      for (const [key, check] of Object.entries(checks)) {
        const problem = check.findProblem(Reflect.get(value, key), `${path}.${key}`);
        if (problem !== undefined) return problem;
      }
      return undefined;
    },
  };
}

/** Anything at all: for values that another part judges. */
export function anything<T = unknown>(): Check<T> {
  return matching('anything', () => true);
}

/**
 * Checks `options` against `checks` and returns the options that are set, in a fresh object. `owner` (such as
 * `PoolOptions`) is named when an option is not known.
 */
export function checkOptions<const S extends CheckTable>(owner: string, options: unknown, checks: S): Checked<S> {
  const checked: Record<string, unknown> = {};
  if (options === undefined) return checked as Checked<S>;
  if (!isObject(options) || Array.isArray(options)) {
    throw invalid({ kind: 'type', path: 'options', expected: `an object (${owner})`, value: options });
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) throw unknownOption(owner, name, Object.keys(checks));
  }
  for (const [name, check] of Object.entries(checks)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    const problem = check.findProblem(value, `options.${name}`);
    if (problem !== undefined) throw invalid(problem);
    checked[name] = value;
  }
  return checked as Checked<S>;
}

/** Checks one argument, which messages call `name`. */
export function checkArgument<T>(name: string, value: unknown, check: Check<T>): asserts value is T {
  const problem = check.findProblem(value, name);
  if (problem !== undefined) throw invalid(problem);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function invalid({ kind, path, expected, value }: Problem): TypeError | RangeError {
  const message = `${path} must be ${expected}, got ${show(value)}`;
  return withCode(kind === 'type' ? new TypeError(message) : new RangeError(message));
}

function unknownOption(owner: string, name: string, known: readonly string[]): TypeError {
  const near = findNearest(name, known);
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean '${near}'?`;
  return withCode(new TypeError(`options.${name} is not an option of ${owner}; ${hint}`));
}

function withCode<E extends Error>(error: E): E {
  return Object.assign(error, { code: 'ERR_TARDIGRADE_INVALID_OPTION' });
}
