/**
 * Makes errors: genuine ones (V8 marks them), of the class that the writer named if it is here. Twin of `writer-errors.ts`.
 */

import { Damaged } from './byte-reader.js';
import { defineValue, setPrototypeOf, withStackFrames } from './intrinsics.js';
import { builtinPrototype } from './kinds.js';
import type { Reader } from './reader-context.js';
import { errorPrototypeOf } from './reader-table.js';
import { ERROR_NAMES } from './wire.js';

const ErrorType = Error;
const errorPrototype: object = ErrorType.prototype;

/** Made without a stack of its own, which would cost more than all the rest and is replaced anyway. */
function bareError(): Error {
  return withStackFrames(0, () => new ErrorType());
}

/** Reads an error's head and makes the error. */
export function makeError(reader: Reader): Error {
  const builtin = ERROR_NAMES[reader.in.byte()];
  if (builtin === undefined) throw new Damaged('an error has no class');
  const type = reader.in.size();
  const name = reader.in.string();
  const error = bareError();
  // Only what was sent shall be there; V8 gives each error a `stack` of its own.
  delete (error as { stack?: unknown }).stack;
  const found = type === 0 ? undefined : errorPrototypeOf(reader, type - 1);
  const prototype = found ?? builtinPrototype(builtin);
  if (prototype !== errorPrototype) setPrototypeOf(error, prototype);
  if (found === undefined && name !== '' && name !== error.name) defineValue(error, 'name', name, false);
  return error;
}

/** Reads an error's own properties. */
export function fillError(reader: Reader, error: Error): void {
  for (let left = reader.in.count(3); left > 0; left--) {
    const key = reader.in.string();
    const enumerable = reader.in.byte() === 1;
    defineValue(error, key, reader.read(), enumerable);
  }
}
