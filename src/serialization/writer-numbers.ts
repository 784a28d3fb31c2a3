/**
 * Arrays of numbers only, in one block: a third of the bytes and a tenth of the time of one value after another.
 *
 * Guarantees: −0, NaN and whether a number is an integer survive; an array with a hole is left to the general way.
 */

import type { ByteWriter } from './byte-writer.js';
import { ByteArray, DoubleArray, IntegerArray, typedArraySet } from './intrinsics.js';
import { TAG } from './wire.js';

const SHORTEST = 12;

/** Writes the array if it is long enough and holds numbers only; otherwise writes nothing and returns false. */
export function writeNumbers(out: ByteWriter, array: readonly unknown[]): boolean {
  const { length } = array;
  if (length < SHORTEST || typeof array[0] !== 'number' || typeof array[length - 1] !== 'number') return false;
  const integers = new IntegerArray(length);
  let i = 0;
  for (; i < length; i++) {
    const value = array[i];
    const integer = (value as number) | 0;
    if (integer !== value || (integer === 0 && 1 / value < 0)) break;
    integers[i] = integer;
  }
  if (i === length) return write(out, TAG.int32Array, integers);
  const doubles = new DoubleArray(length);
  for (i = 0; i < length; i++) {
    const value = array[i];
    if (typeof value !== 'number') return false;
    doubles[i] = value;
  }
  return write(out, TAG.doubleArray, doubles);
}

function write(out: ByteWriter, tag: number, numbers: Int32Array | Float64Array): true {
  const bytes = new ByteArray(numbers.buffer);
  out.byte(tag);
  out.size(numbers.length);
  out.reserve(bytes.length);
  typedArraySet(out.bytes, bytes, out.position);
  out.position += bytes.length;
  return true;
}
