/**
 * The framing of a link: `[check, kind, a, b, length] body`, five 32-bit little-endian words and the bytes that follow.
 * `a` and `b` are the kind's two numbers (a task and a duration, say), so that the common messages need no parsing.
 *
 * Rules: pure; bytes in, frames out, and back. Knows no kind of message and no descriptor.
 * Guarantees: whatever stands in the stream that is not a frame is noticed at the next header (the check word mixes all
 * the others), so garbage can neither be taken for a message nor make the reader wait for bytes that never come.
 */

const { Buffer } = globalThis;

/** The size of a frame's header. */
export const HEADER_BYTES = 20;
/** The longest body that a header can announce. */
export const MAX_BODY_BYTES = 2 ** 32 - 1;

const MAGIC = 0x7461_7264;

/** The words of a header but the check. */
export interface FrameHeader {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

function checkOf(kind: number, a: number, b: number, length: number): number {
  let hash = MAGIC ^ kind;
  hash = Math.imul(hash ^ a, 0x9e37_79b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ length, 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Writes a header to `target` at `offset`. */
export function writeHeader(target: Buffer, offset: number, { kind, a, b }: FrameHeader, length: number): void {
  target.writeUInt32LE(checkOf(kind, a, b, length), offset);
  target.writeUInt32LE(kind, offset + 4);
  target.writeUInt32LE(a, offset + 8);
  target.writeUInt32LE(b, offset + 12);
  target.writeUInt32LE(length, offset + 16);
}

/** What stands in the stream is not a frame, or not one that could be said. */
export class FrameError extends Error {}

/** Bytes that are no frame. What comes behind them can still be found: see `FrameReader.search`. */
export class GarbageError extends FrameError {}

/** So much garbage is looked through for the next frame. */
const SEARCH_BYTES_MAX = 1024 * 1024;

/** Hears each frame. `body` may be a view of a larger buffer: it is valid, but may keep that buffer alive. */
export type FrameHandler = (kind: number, a: number, b: number, body: Buffer) => void;

const NOTHING = Buffer.alloc(0);

interface PartialBody {
  readonly header: FrameHeader;
  readonly bytes: Buffer;
  filled: number;
}

/** `'lent'`: the memory of a chunk is used again as soon as it has been read, so what is needed of it is copied. */
type ChunkUse = 'kept' | 'lent';

/** How a reader behaves. */
export interface FrameReaderOptions {
  /** Default: `'kept'`. */
  readonly chunks?: ChunkUse;
}

/** Cuts a stream of chunks into frames. */
export class FrameReader {
  readonly #onFrame: FrameHandler;
  readonly #chunks: ChunkUse;
  /** Bytes of a header that is not complete. */
  #rest: Buffer = NOTHING;
  /** A body that is longer than what has come of it. */
  #body: PartialBody | undefined;
  #mode: 'strict' | 'searching' = 'strict';
  #searched = 0;

  constructor(onFrame: FrameHandler, { chunks = 'kept' }: FrameReaderOptions = {}) {
    this.#onFrame = onFrame;
    this.#chunks = chunks;
  }

  /** Whether the stream stands between two frames. */
  get atBorder(): boolean {
    return this.#rest.length === 0 && this.#body === undefined;
  }

  /**
   * After a `GarbageError`: goes on with the next frame that is found behind the garbage, this time and later. Somebody writes
   * between frames, and a header is known by its check.
   */
  search(): void {
    this.#mode = 'searching';
    this.push(NOTHING);
  }

  /** Takes the next bytes. Throws `FrameError` when they are not what a writer of frames would send. */
  push(chunk: Buffer): void {
    let offset = this.#body === undefined ? 0 : this.#fillBody(chunk, 0);
    if (this.#body !== undefined) return;
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(offset)]);
      this.#rest = NOTHING;
      offset = 0;
    }
    while (bytes.length - offset >= HEADER_BYTES) {
      offset = this.#readFrame(bytes, offset);
      if (this.#body !== undefined) return;
    }
    if (offset < bytes.length) this.#rest = this.#take(bytes, offset, bytes.length);
    if (this.#rest.length >= 4 && this.#mode === 'strict') this.#checkEarly();
  }

  /** Where to look for a frame next. */
  #meetGarbage(bytes: Buffer, offset: number): number {
    if (this.#mode === 'searching') {
      this.#searched += 1;
      if (this.#searched > SEARCH_BYTES_MAX) throw new FrameError('too many bytes on the link that are not a frame');
      return offset + 1;
    }
    this.#rest = this.#take(bytes, offset, bytes.length);
    throw new GarbageError(`bytes on the link that are not a frame: ${preview(this.#rest)}`);
  }

  #readFrame(bytes: Buffer, offset: number): number {
    const kind = bytes.readUInt32LE(offset + 4);
    const a = bytes.readUInt32LE(offset + 8);
    const b = bytes.readUInt32LE(offset + 12);
    const length = bytes.readUInt32LE(offset + 16);
    if (bytes.readUInt32LE(offset) !== checkOf(kind, a, b, length)) return this.#meetGarbage(bytes, offset);
    const start = offset + HEADER_BYTES;
    if (bytes.length - start >= length) {
      this.#onFrame(kind, a, b, length === 0 ? NOTHING : this.#take(bytes, start, start + length));
      return start + length;
    }
    this.#body = { header: { kind, a, b }, bytes: allocate(length), filled: 0 };
    return this.#fillBody(bytes, start);
  }

  #take(bytes: Buffer, start: number, end: number): Buffer {
    const piece = bytes.subarray(start, end);
    return this.#chunks === 'lent' ? copyOf(piece) : piece;
  }

  #fillBody(chunk: Buffer, offset: number): number {
    const body = this.#body as PartialBody;
    const copied = chunk.copy(body.bytes, body.filled, offset);
    body.filled += copied;
    if (body.filled === body.bytes.length) {
      this.#body = undefined;
      const { kind, a, b } = body.header;
      this.#onFrame(kind, a, b, body.bytes);
    }
    return offset + copied;
  }

  /** A header comes in one write, so a torn one is rare; one whose kind is absurd is garbage without waiting for more. */
  #checkEarly(): void {
    if (this.#rest.length >= 8 && this.#rest.readUInt32LE(4) > 0xff) {
      throw new GarbageError(`bytes on the link that are not a frame: ${preview(this.#rest)}`);
    }
  }
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A body that does not fit into memory costs the link that it came on, like any other frame that cannot be read. */
function allocate(length: number): Buffer {
  try {
    return Buffer.allocUnsafe(length);
  } catch {
    throw new FrameError(`a frame of ${length} bytes, for which there is no memory`);
  }
}

function preview(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 32).toString('latin1'));
}

/** A frame that waits to be written. */
export interface PendingFrame extends FrameHeader {
  readonly body: Uint8Array;
}

/**
 * So many frames leave at once instead of at the end of the turn: whoever submits thousands of tasks in one turn keeps no
 * worker waiting meanwhile.
 */
export const FULL_TURN_FRAMES = 32;

/** Bodies from this size on are written as they are; shorter ones are copied together. */
const COPY_BELOW_BYTES = 16 * 1024;

/** The chunks to write for some frames: small ones copied together, large bodies as they are. */
export function layOutFrames(frames: readonly PendingFrame[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let first = 0;
  while (first < frames.length) {
    let size = 0;
    let end = first;
    let large: Uint8Array | undefined;
    for (; end < frames.length && large === undefined; end += 1) {
      const { body } = frames[end] as PendingFrame;
      size += HEADER_BYTES;
      if (body.length >= COPY_BELOW_BYTES) large = body;
      else size += body.length;
    }
    chunks.push(copyTogether(frames, first, end, size));
    if (large !== undefined) chunks.push(large);
    first = end;
  }
  return chunks;
}

function copyTogether(frames: readonly PendingFrame[], first: number, end: number, size: number): Buffer {
  const chunk = Buffer.allocUnsafe(size);
  let offset = 0;
  for (let index = first; index < end; index += 1) {
    const frame = frames[index] as PendingFrame;
    writeHeader(chunk, offset, frame, frame.body.length);
    offset += HEADER_BYTES;
    if (frame.body.length < COPY_BELOW_BYTES) {
      chunk.set(frame.body, offset);
      offset += frame.body.length;
    }
  }
  return chunk;
}
