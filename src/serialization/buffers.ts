/**
 * The memory under typed arrays: which parts of which buffers a message needs, and their bytes, copied once on each side.
 *
 * A `Buffer` needs the bytes it shows, for its memory is often a piece of a pool. Other views need their whole buffer, as
 * in structured clone, unless more than 64 KiB of it is outside of every view. Views that overlap share memory there too.
 *
 * Rules: knows nothing of values. Guarantees: bytes that no view shows are never more than those 64 KiB, and 7.
 */

import type { ByteReader } from './byte-reader.js';
import { Damaged } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import {
  ByteArray,
  captureGetter,
  isArrayBuffer,
  isSharedArrayBuffer,
  Memory,
  SafeMap,
  typedArraySet,
} from './intrinsics.js';

const SPARE_BYTES = 64 * 1024;
/** The forms of a buffer in the table. */
const FIXED = 0;
const RESIZABLE = 1;
const ATTACHED = 2;
const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options?: { maxByteLength: number },
) => ArrayBuffer;
/** The length of a buffer's memory. */
export const bufferLength = captureGetter<ArrayBuffer, number>(ArrayBuffer.prototype, 'byteLength');
const isResizable = captureGetter<ArrayBuffer, boolean>(ArrayBuffer.prototype, 'resizable');
const maxLength = captureGetter<ArrayBuffer, number>(ArrayBuffer.prototype, 'maxByteLength');

interface Range {
  start: number;
  end: number;
}

interface UsedBuffer {
  readonly buffer: ArrayBuffer;
  /** Its place among the attachments, when its memory travels beside the message. */
  readonly attachment: number | undefined;
  whole: boolean;
  /** From the first to the last byte of every view but Buffers. */
  hull: Range | undefined;
  readonly buffers: Range[];
}

/** Whether a buffer's memory has been given away. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (bufferLength(buffer) !== 0) return false;
  try {
    new ByteArray(buffer);
    return false;
  } catch {
    return true;
  }
}

/** The buffers of one message, on the writing side. */
export class UsedBuffers {
  private readonly list: UsedBuffer[] = [];
  private readonly numbers = new SafeMap<ArrayBuffer, number>();

  get length(): number {
    return this.list.length;
  }

  /** How much memory is in the message, or a little more. */
  get byteLength(): number {
    let total = 0;
    for (let i = 0; i < this.list.length; i++) {
      const { buffer, whole, hull, buffers } = this.list[i] as UsedBuffer;
      if (whole) total += bufferLength(buffer);
      else if (hull !== undefined) total += hull.end - hull.start;
      for (let k = 0; k < buffers.length; k++) total += (buffers[k] as Range).end - (buffers[k] as Range).start;
    }
    return total;
  }

  /** The number of a buffer that is itself in the message. */
  useWhole(buffer: ArrayBuffer): number {
    const number = this.number(buffer);
    (this.list[number] as UsedBuffer).whole = true;
    return number;
  }

  /** The number of a buffer of which the message shows a part. */
  useRange(buffer: ArrayBuffer, start: number, end: number, isBuffer: boolean): number {
    const number = this.number(buffer);
    const used = this.list[number] as UsedBuffer;
    if (isResizable(buffer)) used.whole = true;
    if (isBuffer) used.buffers[used.buffers.length] = { start, end };
    else if (used.hull === undefined) used.hull = { start: start - (start % 8), end };
    else {
      if (start < used.hull.start) used.hull.start = start - (start % 8);
      if (end > used.hull.end) used.hull.end = end;
    }
    return number;
  }

  /** The number of a buffer whose memory travels beside the message. */
  useAttached(buffer: ArrayBuffer, attachment: number): number {
    return this.number(buffer, attachment);
  }

  /** Writes the table and returns the pieces of memory that follow it. */
  writeTable(out: ByteWriter): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    out.size(this.list.length);
    for (let i = 0; i < this.list.length; i++) {
      const used = this.list[i] as UsedBuffer;
      if (used.attachment !== undefined) {
        out.byte(ATTACHED);
        out.size(used.attachment);
        continue;
      }
      const resizable = isResizable(used.buffer);
      out.byte(resizable ? RESIZABLE : FIXED);
      if (resizable) out.size(maxLength(used.buffer));
      const segments = segmentsOf(used);
      out.size(segments.length);
      for (let s = 0; s < segments.length; s++) {
        const { start, end } = segments[s] as Range;
        out.size(start);
        out.size(end - start);
        pieces[pieces.length] = new ByteArray(used.buffer, start, end - start);
      }
    }
    return pieces;
  }

  private number(buffer: ArrayBuffer, attachment?: number): number {
    let number = this.numbers.get(buffer);
    if (number === undefined) {
      number = this.list.length;
      this.list[number] = { buffer, attachment, whole: false, hull: undefined, buffers: [] };
      this.numbers.set(buffer, number);
    }
    return number;
  }
}

/** What of a buffer travels: ordered pieces that neither overlap nor touch. */
function segmentsOf({ buffer, whole, hull, buffers }: UsedBuffer): Range[] {
  const length = bufferLength(buffer);
  if (whole || (hull !== undefined && length - (hull.end - hull.start) <= SPARE_BYTES))
    return [{ start: 0, end: length }];
  const ranges = sortRanges(buffers, hull);
  const merged: Range[] = [];
  for (let i = 0; i < ranges.length; i++) {
    const { start, end } = ranges[i] as Range;
    const last = merged[merged.length - 1];
    if (last === undefined || start >= last.end) merged[merged.length] = { start, end };
    else if (end > last.end) last.end = end;
  }
  return merged;
}

/** By start. Ranges mostly come in order, which an insertion sort does in one pass. */
function sortRanges(buffers: readonly Range[], hull: Range | undefined): readonly Range[] {
  const sorted: Range[] = [];
  const insert = (range: Range) => {
    let at = sorted.length;
    for (; at > 0 && (sorted[at - 1] as Range).start > range.start; at--) sorted[at] = sorted[at - 1] as Range;
    sorted[at] = range;
  };
  for (let i = 0; i < buffers.length; i++) insert(buffers[i] as Range);
  if (hull !== undefined) insert(hull);
  return sorted;
}

interface Segment {
  readonly start: number;
  readonly length: number;
  readonly buffer: ArrayBuffer;
}

/** The buffers of one message, on the reading side. */
export class ReadBuffers {
  private readonly list: Segment[][] = [];

  /** Reads the table at `reader` and copies the memory that starts at `from`. */
  constructor(reader: ByteReader, from: number, attached: readonly unknown[] | undefined) {
    let at = from;
    const { bytes } = reader;
    for (let left = reader.count(2); left > 0; left--) {
      const form = reader.byte();
      if (form === ATTACHED) {
        const buffer = attached?.[reader.size()];
        if (!isArrayBuffer(buffer) && !isSharedArrayBuffer(buffer))
          throw new Damaged('memory that should come beside them is missing');
        this.list[this.list.length] = [{ start: 0, length: 0, buffer: buffer as ArrayBuffer }];
        continue;
      }
      const max = form === RESIZABLE ? reader.size() : undefined;
      const segments: Segment[] = [];
      for (let count = reader.count(2); count > 0; count--) {
        const start = reader.size();
        const length = reader.size();
        if (length > bytes.length - at) throw new Damaged('a buffer points past their end');
        const buffer = allocate(length, max);
        typedArraySet(new ByteArray(buffer), new ByteArray(bytes.buffer, bytes.byteOffset + at, length));
        at += length;
        segments[segments.length] = { start, length, buffer };
      }
      this.list[this.list.length] = segments;
    }
    if (at !== bytes.length) throw new Damaged('they are longer than they say');
  }

  /** The whole buffer of this number. */
  whole(number: number): ArrayBuffer {
    return this.at(number, 0).buffer;
  }

  /** The piece of a buffer in which `offset` lies. */
  at(number: number, offset: number): Segment {
    const segments = this.list[number];
    if (segments !== undefined) {
      for (let i = segments.length - 1; i >= 0; i--) {
        const segment = segments[i] as Segment;
        if (segment.start <= offset) return segment;
      }
    }
    throw new Damaged('a view has no buffer');
  }
}

function allocate(length: number, max: number | undefined): ArrayBuffer {
  if (max === undefined) return new Memory(length);
  if (max < length) throw new Damaged('a buffer is longer than its maximum');
  try {
    return new ResizableBuffer(length, { maxByteLength: max });
  } catch {
    throw new Damaged('a buffer is too large');
  }
}
