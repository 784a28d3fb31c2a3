/**
 * Bytes that grow: numbers, lengths and strings at the lowest level of the format.
 *
 * Rules: knows nothing of values. Guarantees: the memory kept between two messages is bounded.
 */

import {
  asIntN,
  ByteArray,
  bigintToString,
  charCodeAt,
  DoubleArray,
  floor,
  latin1Write,
  Memory,
  typedArraySet,
  ucs2Write,
  utf8ByteLength,
} from './intrinsics.js';
import { Refusal } from './refusal.js';
import { SHORT_STRING, SHORT_STRING_MAX, SMALL_INT_MAX, SMALL_INT_MIN, SMALL_INT_ZERO, TAG } from './wire.js';

const SCRATCH_BYTES = 16 * 1024;
const SCRATCH_BYTES_KEPT = 1024 * 1024;
/** Strings up to this length are written by a loop, longer ones by a native call. */
const LOOP_LENGTH = 24;
const SLAB_BYTES = 16 * 1024;
const SLAB_MESSAGE_BYTES = 2 * 1024;

const doubles = new DoubleArray(1);
const doubleBytes = new ByteArray(doubles.buffer);
const bigints = new BigInt64Array(doubles.buffer);

let slab = new Memory(SLAB_BYTES);
let slabUsed = 0;

/**
 * Uninitialised room for a small message: many of them share one allocation. A view of shared memory takes 96 bytes of the heap;
 * an array of its own takes twice that, even where V8 keeps a few bytes inside it, for it has a buffer of its own.
 */
export function allocate(length: number): Uint8Array {
  if (length > SLAB_MESSAGE_BYTES) return new ByteArray(length);
  if (slabUsed + length > SLAB_BYTES) {
    slab = new Memory(SLAB_BYTES);
    slabUsed = 0;
  }
  const piece = new ByteArray(slab, slabUsed, length);
  slabUsed += (length + 7) & ~7;
  return piece;
}

/** What a link can take, less some room for what it adds. */
const MESSAGE_BYTES_MAX = 2 ** 32 - 2 ** 16;

/** Ends the writing of what no link could take. */
export function refuseTooLarge(byteLength: number): void {
  if (byteLength <= MESSAGE_BYTES_MAX) return;
  throw new Refusal('it is too large: what travels together may take up to 4 GiB; send it in parts, or a file');
}

/** Writes at `position` into `bytes`, which is replaced by a larger one as needed. */
export class ByteWriter {
  bytes = new ByteArray(SCRATCH_BYTES);
  position = 0;

  /** Forgets what was written, and memory beyond the usual. */
  reset(): void {
    this.position = 0;
    if (this.bytes.length > SCRATCH_BYTES_KEPT) this.bytes = new ByteArray(SCRATCH_BYTES);
  }

  /** Room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.position + count;
    if (needed <= this.bytes.length) return;
    refuseTooLarge(needed);
    const doubled = needed * 2;
    const larger = new ByteArray(doubled < MESSAGE_BYTES_MAX ? doubled : MESSAGE_BYTES_MAX);
    typedArraySet(larger, this.bytes);
    this.bytes = larger;
  }

  /** One byte: a tag or a flag. */
  byte(value: number): void {
    if (this.position >= this.bytes.length) this.reserve(1);
    this.bytes[this.position++] = value;
  }

  /** A length, count or index, seven bits a byte. */
  size(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.position++] = (rest % 0x80) | 0x80;
      rest = floor(rest / 0x80);
    }
    this.bytes[this.position++] = rest;
  }

  /** Any number, with its tag. */
  number(value: number): void {
    const integer = value | 0;
    if (integer === value && (value !== 0 || 1 / value > 0)) {
      if (value >= SMALL_INT_MIN && value <= SMALL_INT_MAX) this.byte(SMALL_INT_ZERO + value);
      else {
        this.byte(TAG.int);
        this.size(((integer << 1) ^ (integer >> 31)) >>> 0);
      }
      return;
    }
    this.byte(TAG.double);
    this.double(value);
  }

  /** Eight bytes of a number. */
  double(value: number): void {
    doubles[0] = value;
    this.eight();
  }

  /** Any bigint, with its tag. */
  bigint(value: bigint): void {
    if (asIntN(64, value) === value) {
      this.byte(TAG.bigint64);
      bigints[0] = value;
      this.eight();
    } else {
      this.byte(TAG.bigint);
      this.string(bigintToString(value, 16));
    }
  }

  /** Any string, lone surrogates included, with its tag. */
  string(text: string): void {
    const { length } = text;
    if (length <= LOOP_LENGTH) {
      if (!this.shortLatin1(text)) this.ucs2(text);
    } else if (utf8ByteLength(text) === length) this.latin1(text);
    else this.ucs2(text);
  }

  /** The first `length` bytes as they are. */
  raw(bytes: Uint8Array, length: number): void {
    this.reserve(length);
    if (length > LOOP_LENGTH)
      typedArraySet(this.bytes, new ByteArray(bytes.buffer, bytes.byteOffset, length), this.position);
    else for (let i = 0; i < length; i++) this.bytes[this.position + i] = bytes[i] as number;
    this.position += length;
  }

  /** Writes nothing and returns false when a character does not fit a byte. */
  private shortLatin1(text: string): boolean {
    const { length } = text;
    this.reserve(length + 1);
    const { bytes, position } = this;
    bytes[position] = SHORT_STRING + length;
    for (let i = 0; i < length; i++) {
      const code = charCodeAt(text, i);
      if (code > 0xff) return false;
      bytes[position + 1 + i] = code;
    }
    this.position = position + 1 + length;
    return true;
  }

  private latin1(text: string): void {
    const { length } = text;
    if (length <= SHORT_STRING_MAX) this.byte(SHORT_STRING + length);
    else {
      this.byte(TAG.latin1);
      this.size(length);
    }
    this.reserve(length);
    latin1Write(this.bytes, text, this.position, length);
    this.position += length;
  }

  private ucs2(text: string): void {
    const { length } = text;
    this.byte(TAG.ucs2);
    this.size(length);
    this.reserve(2 * length);
    ucs2Write(this.bytes, text, this.position, 2 * length);
    this.position += 2 * length;
  }

  private eight(): void {
    this.reserve(8);
    const { bytes, position } = this;
    for (let i = 0; i < 8; i++) bytes[position + i] = doubleBytes[i] as number;
    this.position = position + 8;
  }
}
