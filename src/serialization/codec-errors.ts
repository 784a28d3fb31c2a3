/**
 * What a codec throws: everything that ends writing or reading becomes a `SerializationError` with the path to it.
 *
 * Guarantees: throws nothing itself.
 */

import { SerializationError } from '../base/errors.js';
import { Damaged } from './byte-reader.js';
import { Refusal, textOf } from './refusal.js';
import type { ValueWriter } from './writer.js';

/** Which way a value goes, as errors say it. */
export type Direction = 'argument' | 'result';

/** What a value is called in errors. */
export interface CodecOptions {
  readonly direction: Direction;
  /** The first word of a path: `args` gives `args[0].config.socket`. */
  readonly root: string;
}

/** Whatever is thrown while a value is written is the value's own doing: a refusal, or a getter that threw. */
export function writingError(
  writer: ValueWriter,
  error: unknown,
  { direction, root }: CodecOptions,
): SerializationError {
  let path = root;
  try {
    path = writer.trail.path();
  } catch {
    // A program that has broken the language's own methods gets the shortest path.
  }
  if (error instanceof SerializationError) return error;
  if (error instanceof Refusal) {
    const cause = 'cause' in error ? { cause: error.cause } : undefined;
    return new SerializationError({ direction, phase: 'writing', path, reason: error.message, ...cause });
  }
  const reason = isStackOverflow(error) ? 'the stack is too full to read it' : `reading it threw ${textOf(error)}`;
  return new SerializationError({ direction, phase: 'writing', path, reason, cause: error });
}

/** What went wrong while a value was read. */
export function readingError(error: unknown, { direction, root }: CodecOptions): SerializationError {
  if (error instanceof Refusal) {
    const cause = 'cause' in error ? { cause: error.cause } : undefined;
    return new SerializationError({
      direction,
      phase: 'reading',
      path: error.path ?? root,
      reason: error.message,
      ...cause,
    });
  }
  const reason =
    error instanceof Damaged ? `its bytes are damaged: ${error.message}` : `making it again threw ${textOf(error)}`;
  return new SerializationError({ direction, phase: 'reading', path: root, reason, cause: error });
}

const RangeErrorType = RangeError;

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeErrorType && error.message === 'Maximum call stack size exceeded';
}
