/**
 * Reads numbers, lengths and strings back from bytes that may be anything.
 *
 * Rules: knows nothing of values. Guarantees: never reads past its end, never allocates more than the bytes can hold;
 * what does not fit throws `Damaged`.
 */

import { ByteArray, DoubleArray, fromCharCode, latin1Slice, stringSlice, ucs2Slice } from './intrinsics.js';
import { SHORT_STRING, SMALL_INT_ZERO, TAG } from './wire.js';

/** Strings up to this length are read character by character, longer ones by a native call. */
const CHARACTER_LENGTH = 12;

const doubles = new DoubleArray(1);
const doubleBytes = new ByteArray(doubles.buffer);
const bigints = new BigInt64Array(doubles.buffer);
const bigintOf = BigInt;

/** The bytes are not a message of this format. */
export class Damaged extends Error {}

/** One call for four characters is three times as fast as one for each. */
function shortText(bytes: Uint8Array, start: number, length: number): string {
  let text = '';
  let at = start;
  for (const fours = start + (length & ~3); at < fours; at += 4) {
    text += fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < start + length; at++) text += fromCharCode(bytes[at] as number);
  return text;
}

/** Reads at `position`, up to `end`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  end: number;

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** The next byte. */
  byte(): number {
    if (this.position >= this.end) throw new Damaged('they end too early');
    return this.bytes[this.position++] as number;
  }

  /** A length, count or index. */
  size(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
      if (factor > 2 ** 49) throw new Damaged('a length is too long');
    }
  }

  /** How many items follow, each of at least `bytesEach` bytes. */
  count(bytesEach: number): number {
    const count = this.size();
    if (count * bytesEach > this.end - this.position) throw new Damaged('a length points past their end');
    return count;
  }

  /** What `ByteWriter.number` wrote after `TAG.int`. */
  int(): number {
    const value = this.size();
    if (value > 0xffffffff) throw new Damaged('an integer is too large');
    return (value >>> 1) ^ -(value & 1);
  }

  /** Eight bytes of a number. */
  double(): number {
    this.eight();
    return doubles[0] as number;
  }

  /** Eight bytes of a bigint. */
  bigint64(): bigint {
    this.eight();
    return bigints[0] as bigint;
  }

  /** What `ByteWriter.bigint` wrote after `TAG.bigint`. */
  bigint(): bigint {
    const text = this.string();
    const negative = text[0] === '-';
    try {
      const value = bigintOf(`0x${negative ? stringSlice(text, 1) : text}`);
      return negative ? -value : value;
    } catch {
      throw new Damaged('a bigint is not one');
    }
  }

  /** A string with its tag. */
  string(): string {
    const tag = this.byte();
    const text = this.stringOf(tag);
    if (text === undefined) throw new Damaged(`byte ${tag} stands where a string should`);
    return text;
  }

  /** The string that begins with `tag`, or `undefined` when `tag` is of something else. */
  stringOf(tag: number): string | undefined {
    if (tag >= SHORT_STRING && tag < 0x80) return this.latin1(tag - SHORT_STRING);
    if (tag === TAG.latin1) return this.latin1(this.size());
    if (tag === TAG.ucs2) return this.ucs2(this.size());
    return undefined;
  }

  /** The integer of one byte that `tag` is. */
  static smallInt(tag: number): number {
    return tag - SMALL_INT_ZERO;
  }

  private latin1(length: number): string {
    const start = this.skip(length);
    return length > CHARACTER_LENGTH
      ? latin1Slice(this.bytes, start, start + length)
      : shortText(this.bytes, start, length);
  }

  private ucs2(length: number): string {
    const start = this.skip(2 * length);
    return ucs2Slice(this.bytes, start, this.position);
  }

  /** Moves over `count` bytes and returns where they start. */
  skip(count: number): number {
    const start = this.position;
    if (count > this.end - start) throw new Damaged('they end too early');
    this.position = start + count;
    return start;
  }

  private eight(): void {
    const start = this.skip(8);
    for (let i = 0; i < 8; i++) doubleBytes[i] = this.bytes[start + i] as number;
  }
}
