/**
 * What the writers of single kinds of object may ask of the writer that walks the value.
 */

import type { Collector } from './attachments.js';
import type { UsedBuffers } from './buffers.js';
import type { ByteWriter } from './byte-writer.js';
import type { ClassTable } from './classes.js';
import type { FunctionPort, FunctionRecord, SharedCells } from './function-record.js';
import type { Identities } from './identities.js';
import type { Beside, Hold, MemoryPort } from './memory-port.js';
import type { ReducerTable } from './reducers.js';
import type { WrittenShapes } from './shapes.js';
import type { Trail } from './trail.js';

/** What one codec's writers share. */
export interface WriterTools {
  readonly port: FunctionPort;
  readonly classes: ClassTable;
  readonly shapes: WrittenShapes;
  readonly reducers: ReducerTable;
  readonly memory: MemoryPort | undefined;
}

/** An entry of the table of functions and classes. */
export interface TableEntry {
  readonly use: number;
  readonly record: FunctionRecord;
  /** Where in the value it was first needed. */
  readonly path: string;
}

/** The writer of one message. */
export interface Writer {
  readonly out: ByteWriter;
  readonly tools: WriterTools;
  readonly trail: Trail;
  readonly identities: Identities;
  /** The memory that the message needs, once it needs any. */
  buffers: UsedBuffers | undefined;
  /** What travels beside the message, where that is possible. */
  readonly collector: Collector | undefined;
  /** What the message keeps while it may be read. */
  readonly holds: Hold[];
  /** What is undone if it is not written after all. */
  readonly undos: Hold[];
  /** Whether the message may be read several times, so that nothing of it can be moved. */
  readonly isLasting: boolean;
  /** The way beside the message for large memory, if there is one. */
  readonly beside: Beside | undefined;
  /** The variables that functions of the message share, once there are any. */
  shared: SharedCells | undefined;
  /** Whether a large captured value was warned about in this message. */
  hasWarned: boolean;
  /** How many heads of functions this value stands in. */
  headDepth: number;
  /** In how many functions' captured values this value stands. */
  captureDepth: number;
  /** Whether no part of the value may be put off. */
  readonly mustBeWhole: boolean;
  /** Whether a container here is written later. */
  readonly tooDeep: boolean;
  /** Writes any value. */
  write(value: unknown): void;
  /** Writes what a reducer made of an object, without putting off any part of it. */
  writePartsOf(object: object, parts: readonly unknown[]): void;
  /** Promises a container's content for later. */
  defer(object: object, tag: number): void;
  /** The number of an entry in the table of functions and classes. */
  tableIndex(record: FunctionRecord, use: number): number;
  /** The enumerable names and values of an object with the default prototype. */
  writePlain(object: Record<string, unknown>): void;
  /** Keys and values in turn. */
  writeDictionary(object: Record<string, unknown>, keys: readonly string[]): void;
  /** The elements of an array, holes as holes. */
  writeElements(array: readonly unknown[]): void;
}
