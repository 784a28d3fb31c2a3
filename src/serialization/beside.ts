/**
 * Where the writer of a message puts large memory so that it need not be copied into the message: into a file of memory, on
 * a link between processes, or into a buffer that is moved, on a link between threads.
 */

import type { Beside, MemoryPort, Reference, Stored } from './memory-port.js';
import type { Writer } from './writer-context.js';

/** The way beside the messages of a writer, if there is one. */
export function besideOf(writer: Writer, memory: MemoryPort | undefined): Beside | undefined {
  const { isLasting } = writer;
  const collector = isLasting ? undefined : writer.collector;
  const files = isLasting && memory?.lasts === false ? undefined : memory;
  if (files === undefined && collector === undefined) return undefined;
  return (piece, buffer) => {
    const stored = files?.store(piece, buffer);
    return stored === undefined ? collector?.addCopy(piece) : noteStored(writer, stored);
  };
}

/** Notes what a message keeps. */
export function noteStored({ holds, undos }: Writer, { reference, hold, undo }: Stored): Reference {
  if (hold !== undefined) holds[holds.length] = hold;
  if (undo !== undefined) undos[undos.length] = undo;
  return reference;
}
