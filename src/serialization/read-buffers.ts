/**
 * The memory under typed arrays on the reading side. Twin of `buffers.ts`.
 *
 * Guarantees: a view never reaches memory that is not its own; what is missing or does not fit throws `Damaged`.
 */

import { type ByteReader, Damaged } from './byte-reader.js';
import { ByteArray, isArrayBuffer, isSharedArrayBuffer, Memory, typedArraySet } from './intrinsics.js';
import type { MemoryPort } from './memory-port.js';
import { Refusal } from './refusal.js';
import { BUFFER_FORM, PIECE_PLACE } from './wire.js';

const ResizableBuffer = ArrayBuffer as unknown as new (
  length: number,
  options?: { maxByteLength: number },
) => ArrayBuffer;

/** Where memory may come from, beside the message. */
export interface MemorySources {
  readonly attached: readonly unknown[] | undefined;
  readonly memory: MemoryPort | undefined;
}

interface Segment {
  readonly start: number;
  readonly length: number;
  readonly buffer: ArrayBuffer;
}

/** The buffers of one message. */
export class ReadBuffers {
  private readonly list: Segment[][] = [];
  private readonly in: ByteReader;
  private readonly sources: MemorySources;
  /** Where the next memory in the message is. */
  private next: number;

  /** Reads the table at `reader` and copies the memory that starts at `from`. */
  constructor(reader: ByteReader, from: number, sources: MemorySources) {
    this.in = reader;
    this.next = from;
    this.sources = sources;
    for (let left = reader.count(2); left > 0; left--) this.list[this.list.length] = this.readBuffer();
    if (this.next !== reader.bytes.length) throw new Damaged('they are longer than they say');
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

  private readBuffer(): Segment[] {
    const form = this.in.byte();
    if (form === BUFFER_FORM.attached) return [{ start: 0, length: 0, buffer: this.attached() }];
    if (form === BUFFER_FORM.shared) return [{ start: 0, length: 0, buffer: this.shared() }];
    const max = form === BUFFER_FORM.resizable ? this.in.size() : undefined;
    const segments: Segment[] = [];
    for (let count = this.in.count(2); count > 0; count--) {
      const start = this.in.size();
      const length = this.in.size();
      const place = form === BUFFER_FORM.placed ? this.in.byte() : PIECE_PLACE.inside;
      segments[segments.length] = { start, length, buffer: this.piece(place, length, max) };
    }
    return segments;
  }

  private piece(place: number, length: number, max: number | undefined): ArrayBuffer {
    if (place === PIECE_PLACE.attached) return this.attached();
    if (place === PIECE_PLACE.stored) {
      const buffer = this.sources.memory?.load(this.reference(), length);
      if (buffer !== undefined) return buffer;
      throw new Refusal('memory that was put beside it could not be opened here');
    }
    const { bytes } = this.in;
    if (length > bytes.length - this.next) throw new Damaged('a buffer points past their end');
    const buffer = allocate(length, max);
    typedArraySet(new ByteArray(buffer), new ByteArray(bytes.buffer, bytes.byteOffset + this.next, length));
    this.next += length;
    return buffer;
  }

  private attached(): ArrayBuffer {
    const buffer = this.sources.attached?.[this.in.size()];
    if (isArrayBuffer(buffer) || isSharedArrayBuffer(buffer)) return buffer as ArrayBuffer;
    throw new Damaged('memory that should come beside them is missing');
  }

  private shared(): ArrayBuffer {
    const memory = this.sources.memory?.findShared(this.reference());
    if (memory !== undefined) return memory as ArrayBuffer;
    throw new Refusal('the shared memory that it shows is gone, or could not be opened here');
  }

  private reference(): number[] {
    const reference: number[] = [];
    for (let left = this.in.count(1); left > 0; left--) reference[reference.length] = this.in.size();
    return reference;
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
