/**
 * Frames as messages of a `MessagePort`, and back: the same bytes that a pipe would carry, so that there is one protocol.
 *
 * Short pieces travel as strings of one byte a character: a port copies a string several times as fast as a typed array.
 *
 * Rules: knows no kind of message. Uses nothing that user code could have replaced.
 * Guarantees: what is posted is complete in itself; the sender may change its memory.
 */

import { latin1Slice, latin1Write } from '../serialization/intrinsics.js';

const { Buffer } = globalThis;
const { allocUnsafe, from: bufferFrom } = Buffer;
const bytesOf = Uint8Array;

/** Bytes as they are posted: as text when there are few. */
export type PostedBytes = string | Uint8Array;

/** Bytes that end one message, with what goes beside it. */
export interface PostWithItems {
  /** The message's task. */
  readonly task: number;
  readonly bytes: PostedBytes;
  /** Holes are filled by a `PostOfMoved`, when the task has begun. */
  readonly items: readonly unknown[];
  readonly moved: readonly number[];
}

/** What was moved to a task that has begun, in the order of its holes. */
export interface PostOfMoved {
  readonly task: number;
  readonly arrived: readonly unknown[];
}

/** What is posted. */
export type Post = PostedBytes | PostWithItems | PostOfMoved;

/** Up to this many bytes travel as text. */
const TEXT_BYTES = 32 * 1024;

/** The first bytes of some memory as they are posted. */
export function toPost(bytes: Uint8Array, length: number): PostedBytes {
  if (length <= TEXT_BYTES) return latin1Slice(bytes, 0, length);
  // A port copies all of the memory under a view, so only one that shows all of it is posted as it is.
  if (length === bytes.buffer.byteLength) return bytes;
  return new bytesOf(new bytesOf(bytes.buffer, bytes.byteOffset, length));
}

/** The bytes of a post; throws `TypeError` when they are none. */
export function fromPost(post: unknown): Buffer {
  if (typeof post === 'string') {
    const bytes = allocUnsafe(post.length);
    latin1Write(bytes, post, 0, post.length);
    return bytes;
  }
  if (post instanceof bytesOf) return bufferFrom(post.buffer as ArrayBuffer, post.byteOffset, post.byteLength);
  throw new TypeError(`a message on the link that is no frame: ${typeof post}`);
}
