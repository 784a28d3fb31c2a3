/**
 * What the reader takes from the message's table of functions and classes.
 *
 * Guarantees: what is missing is a failure only where it is needed, with the path that the writer noted.
 */

import { Damaged } from './byte-reader.js';
import type { ClosureCode } from './function-record.js';
import type { Reader, Resolved } from './reader-context.js';
import { Refusal } from './refusal.js';
import { isUntouched } from './untouched.js';

function entry(reader: Reader, index: number): Resolved {
  const resolved = reader.parts.table[index];
  if (resolved === undefined) throw new Damaged('a function has no entry');
  return resolved;
}

/** A function or class that must be there. */
export function functionOf(reader: Reader, index: number): (...args: never[]) => unknown {
  const resolved = entry(reader, index);
  if ('missing' in resolved) throw new Refusal(resolved.missing, { path: resolved.path });
  if (!('fn' in resolved)) throw new Damaged('an entry is no function');
  if ('look' in resolved && !isUntouched(resolved.fn, resolved.look)) resolved.fn = resolved.again();
  return resolved.fn;
}

/** The code of a function. */
export function codeOf(reader: Reader, index: number): ClosureCode {
  const resolved = entry(reader, index);
  if (!('code' in resolved)) throw new Damaged('an entry is no code');
  return resolved.code;
}

/** A value that is no function of this message. */
export function referenceOf(reader: Reader, index: number): unknown {
  const resolved = entry(reader, index);
  if ('value' in resolved) return resolved.value;
  return functionOf(reader, index);
}

/** The prototype of a class that must be there. */
export function prototypeOf(reader: Reader, index: number): object {
  const { prototype } = functionOf(reader, index) as { prototype?: unknown };
  if (typeof prototype !== 'object' || prototype === null) throw new Damaged('a class has no prototype');
  return prototype;
}

/** The prototype of an error's class, if the class is there. */
export function errorPrototypeOf(reader: Reader, index: number): object | undefined {
  return 'missing' in entry(reader, index) ? undefined : prototypeOf(reader, index);
}
