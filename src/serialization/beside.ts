/**
 * Where the writer of a message puts large memory so that it need not be copied into the message: into a file of memory, on
 * a link between processes, or into a buffer that is moved, on a link between threads.
 */

import { type Beside, LARGE_BYTES, type MemoryPort, type Reference, type Stored } from './memory-port.js';
import type { Writer } from './writer-context.js';

/** The way beside the messages of a writer, if there is one. */
export function besideOf(writer: Writer, memory: MemoryPort | undefined): Beside | undefined {
  const { collector, isLasting } = writer;
  if (memory !== undefined) {
    if (isLasting && !memory.lasts) return undefined;
    return (piece, buffer) => {
      const stored = memory.store(piece, buffer);
      return stored === undefined ? undefined : noteStored(writer, stored);
    };
  }
  if (collector === undefined || isLasting) return undefined;
  return (piece) => (piece.length < LARGE_BYTES ? undefined : collector.addCopy(piece));
}

/** Notes what a message keeps. */
export function noteStored({ holds, undos }: Writer, { reference, hold, undo }: Stored): Reference {
  if (hold !== undefined) holds[holds.length] = hold;
  if (undo !== undefined) undos[undos.length] = undo;
  return reference;
}
