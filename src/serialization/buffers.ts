/**
 * The memory under typed arrays: which parts of which buffers a message needs, and their bytes, copied once on each side.
 *
 * A `Buffer` needs the bytes it shows, for its memory is often a piece of a pool. Other views need their whole buffer, as
 * in structured clone, unless more than 64 KiB of it is outside of every view. Views that overlap share memory there too.
 *
 * Rules: knows nothing of values. Guarantees: bytes that no view shows are never more than those 64 KiB, and 7.
 */

import type { ByteWriter } from './byte-writer.js';
import { ByteArray, captureGetter, SafeMap } from './intrinsics.js';
import { type Beside, isMapped, LARGE_BYTES, type Reference } from './memory-port.js';
import { BUFFER_FORM, PIECE_PLACE } from './wire.js';

const SPARE_BYTES = 64 * 1024;
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
  /** What names its memory, when it is shared with another process. */
  readonly shared: Reference | undefined;
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
    if (isResizable(buffer) && !isMapped(buffer)) used.whole = true;
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
    return this.number(buffer, { attachment });
  }

  /** The number of a buffer whose memory the other side can find. */
  useShared(buffer: ArrayBuffer, shared: Reference): number {
    return this.number(buffer, { shared });
  }

  /** Writes the table and returns the pieces of memory that follow it; large ones go beside the message where they can. */
  writeTable(out: ByteWriter, beside: Beside | undefined): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    out.size(this.list.length);
    for (let i = 0; i < this.list.length; i++) {
      const used = this.list[i] as UsedBuffer;
      if (used.attachment !== undefined) {
        out.byte(BUFFER_FORM.attached);
        out.size(used.attachment);
      } else if (used.shared !== undefined) {
        out.byte(BUFFER_FORM.shared);
        writeReference(out, used.shared);
      } else writeSegments(out, used, { beside, pieces });
    }
    return pieces;
  }

  private number(buffer: ArrayBuffer, { attachment, shared }: Elsewhere = {}): number {
    let number = this.numbers.get(buffer);
    if (number === undefined) {
      number = this.list.length;
      this.list[number] = { buffer, attachment, shared, whole: false, hull: undefined, buffers: [] };
      this.numbers.set(buffer, number);
    }
    return number;
  }
}

/** Where the memory of a buffer is, if not in the message. */
interface Elsewhere {
  readonly attachment?: number;
  readonly shared?: Reference;
}

interface Pieces {
  readonly beside: Beside | undefined;
  readonly pieces: Uint8Array[];
}

function writeSegments(out: ByteWriter, used: UsedBuffer, { beside, pieces }: Pieces): void {
  const { buffer } = used;
  const resizable = isResizable(buffer) && !isMapped(buffer);
  const mayGoBeside = !resizable && beside !== undefined && bufferLength(buffer) >= LARGE_BYTES;
  out.byte(mayGoBeside ? BUFFER_FORM.placed : resizable ? BUFFER_FORM.resizable : BUFFER_FORM.fixed);
  if (resizable) out.size(maxLength(buffer));
  const segments = segmentsOf(used);
  out.size(segments.length);
  for (let s = 0; s < segments.length; s++) {
    const { start, end } = segments[s] as Range;
    const piece = new ByteArray(buffer, start, end - start);
    out.size(start);
    out.size(end - start);
    if (mayGoBeside && placeBeside(out, beside, { piece, buffer })) continue;
    if (mayGoBeside) out.byte(PIECE_PLACE.inside);
    pieces[pieces.length] = piece;
  }
}

interface PieceOfBuffer {
  readonly piece: Uint8Array;
  readonly buffer: ArrayBuffer;
}

function placeBeside(out: ByteWriter, beside: Beside, { piece, buffer }: PieceOfBuffer): boolean {
  const place = piece.length < LARGE_BYTES ? undefined : beside(piece, buffer);
  if (place === undefined) return false;
  if (typeof place === 'number') {
    out.byte(PIECE_PLACE.attached);
    out.size(place);
  } else {
    out.byte(PIECE_PLACE.stored);
    writeReference(out, place);
  }
  return true;
}

function writeReference(out: ByteWriter, reference: Reference): void {
  out.size(reference.length);
  for (let i = 0; i < reference.length; i++) out.size(reference[i] as number);
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
