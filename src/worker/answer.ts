/**
 * Writes what a call gave as bytes.
 *
 * Rules: calls nothing of the user's but getters of the value.
 * Guarantees: in a chunk, a value that cannot travel is the failure of its own item: those before it travel, and its path
 * is the one that it would have alone.
 */

import type { TaskPayload } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import { encodeThrown } from '../serialization/remote-error.js';
import type { ChunkAnswer } from './invoke.js';

const RESULT = { direction: 'result', root: 'result' } as const;

/** What travels for a chunk: the values up to the first failure, and that as bytes of its own. */
export interface WrittenChunk {
  readonly values: readonly unknown[];
  readonly failure?: Uint8Array;
}

/** The bytes of a call's value. Throws `SerializationError`. */
export function encodeAnswer(codec: Codec, value: unknown, shape: TaskPayload['shape']): Uint8Array {
  return shape === 'call' ? codec.encode(value, RESULT) : encodeChunk(codec, value as ChunkAnswer);
}

function encodeChunk(codec: Codec, answer: ChunkAnswer): Uint8Array {
  try {
    return codec.encode(writeChunk(codec, answer), RESULT);
  } catch {
    return codec.encode(writeChunk(codec, cutAtFirstFailure(codec, answer)), RESULT);
  }
}

function writeChunk(codec: Codec, { values, failure }: ChunkAnswer): WrittenChunk {
  return failure === undefined ? { values } : { values, failure: encodeThrown(codec, failure.thrown) };
}

function cutAtFirstFailure(codec: Codec, { values }: ChunkAnswer): ChunkAnswer {
  const whole: unknown[] = [];
  for (let index = 0; index < values.length; index += 1) {
    try {
      // Only to see whether it can be done.
      codec.encode(values[index], { ...RESULT, lasting: true });
    } catch (thrown) {
      return { values: whole, failure: { thrown } };
    }
    whole[index] = values[index];
  }
  return { values: whole, failure: undefined };
}
