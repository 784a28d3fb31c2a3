/**
 * Puts a message together, and takes it apart: body, table of functions and classes, table of buffers, their bytes.
 *
 * Guarantees: small messages are copied once and large memory is copied once, straight from its source to the message.
 */

import { ByteReader, Damaged } from './byte-reader.js';
import { allocate, refuseTooLarge } from './byte-writer.js';
import { writeEntries } from './function-table.js';
import { ByteArray, DoubleArray, typedArraySet } from './intrinsics.js';
import { type MemorySources, ReadBuffers } from './read-buffers.js';
import { FLAG_BESIDE, FLAG_FRESH, FLAG_TABLES, FORMAT, HEADER_BYTES, HEADER_BYTES_WITH_TABLES, TAG } from './wire.js';
import type { ValueWriter } from './writer.js';

/** Up to this size a loop is faster than a native copy. */
const LOOP_BYTES = 64;
const lengths = new DoubleArray(2);
const lengthBytes = new ByteArray(lengths.buffer);

/** The message that a writer has written, in memory of its own. The table of functions and classes is left to another. */
export function finishMessage(
  writer: ValueWriter,
  tableWriter: () => ValueWriter,
  tableStands: 'in it' | 'apart' = 'in it',
): Uint8Array {
  const { out } = writer;
  const hasTable = tableStands === 'in it' && writer.table.length > 0;
  if (writer.buffers === undefined && !hasTable) {
    out.bytes[0] = FORMAT << 4;
    const message = allocate(out.position);
    copy(out.bytes, 0, message, 0, out.position);
    return message;
  }
  const bodyLength = out.position - HEADER_BYTES;
  if (!hasTable) out.byte(TAG.null);
  else writeEntries(out, writer.table, tableWriter());
  let pieces: readonly Uint8Array[] = [];
  if (writer.buffers === undefined) out.size(0);
  else pieces = writer.buffers.writeTable(out, writer.beside);
  const memoryAt = HEADER_BYTES_WITH_TABLES - HEADER_BYTES + out.position;
  let total = memoryAt;
  for (let i = 0; i < pieces.length; i++) total += (pieces[i] as Uint8Array).length;
  refuseTooLarge(total);
  const message = allocate(total);
  const fresh = hasTable && writer.shared !== undefined ? FLAG_FRESH : 0;
  message[0] = (FORMAT << 4) | FLAG_TABLES | fresh | (writer.holds.length > 0 ? FLAG_BESIDE : 0);
  lengths[0] = HEADER_BYTES_WITH_TABLES + bodyLength;
  lengths[1] = memoryAt;
  copy(lengthBytes, 0, message, 1, 16);
  copy(out.bytes, HEADER_BYTES, message, HEADER_BYTES_WITH_TABLES, out.position - HEADER_BYTES);
  let at = memoryAt;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as Uint8Array;
    typedArraySet(message, piece, at);
    at += piece.length;
  }
  return message;
}

function copy(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  if (length <= LOOP_BYTES) for (let i = 0; i < length; i++) target[to + i] = source[from + i] as number;
  else typedArraySet(target, new ByteArray(source.buffer, source.byteOffset + from, length), to);
}

/** Whether who keeps a message must make its value anew for each use, because what it makes has a state of its own. */
export function isFresh(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & ~FLAG_BESIDE) === ((FORMAT << 4) | FLAG_TABLES | FLAG_FRESH);
}

/** The parts of a message that was received. */
export interface MessageParts {
  readonly body: ByteReader;
  /** Where the table of functions and classes is; it ends where the table of buffers starts. */
  readonly table: ByteReader | undefined;
  readonly memoryAt: number;
}

/** Takes a message apart. */
export function openMessage(bytes: Uint8Array): MessageParts {
  const first = bytes[0];
  if (first === FORMAT << 4)
    return { body: new ByteReader(bytes, HEADER_BYTES, bytes.length), table: undefined, memoryAt: 0 };
  if (first === undefined) throw new Damaged('there are none');
  if (first >> 4 !== FORMAT)
    throw new Damaged(`they are of format ${first >> 4}, and this version reads format ${FORMAT}`);
  if (
    (first & ~(FLAG_FRESH | FLAG_BESIDE)) !== ((FORMAT << 4) | FLAG_TABLES) ||
    bytes.length < HEADER_BYTES_WITH_TABLES
  )
    throw new Damaged('their header is wrong');
  copy(bytes, 1, lengthBytes, 0, 16);
  const tableAt = lengths[0] as number;
  const memoryAt = lengths[1] as number;
  if (
    !(tableAt >= HEADER_BYTES_WITH_TABLES && memoryAt >= tableAt && memoryAt <= bytes.length) ||
    tableAt % 1 !== 0 ||
    memoryAt % 1 !== 0
  ) {
    throw new Damaged('their header is wrong');
  }
  return {
    body: new ByteReader(bytes, HEADER_BYTES_WITH_TABLES, tableAt),
    table: new ByteReader(bytes, tableAt, memoryAt),
    memoryAt,
  };
}

/** The buffers of a message whose table of functions and classes was read up to where theirs starts. */
export function readBuffers(table: ByteReader, memoryAt: number, sources: MemorySources): ReadBuffers {
  const buffers = new ReadBuffers(table, memoryAt, sources);
  if (table.position !== table.end) throw new Damaged('their tables are longer than they say');
  return buffers;
}
