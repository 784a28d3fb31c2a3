/**
 * What the readers of single kinds of object may ask of the reader that walks the bytes.
 */

import type { ByteReader } from './byte-reader.js';
import type { AnyFunction, ClosureCode, MadeClosure } from './function-record.js';
import type { ReadBuffers } from './read-buffers.js';
import type { ReducerTable } from './reducers.js';
import type { ReadShapes } from './shapes.js';
import type { Look } from './untouched.js';

/** A function or class of the table, ready to be used. */
export type Resolved =
  | { readonly fn: (...args: never[]) => unknown }
  /** One that is made of its text, and made again when a task has changed it. */
  | TextEntry
  | { readonly code: ClosureCode }
  | { readonly value: unknown }
  | { readonly missing: string; readonly path: string };

/** See `Resolved`. */
export interface TextEntry {
  fn: AnyFunction;
  readonly look: Look;
  again(): AnyFunction;
}

/** What one message is read with. */
export interface ReaderParts {
  readonly shapes: ReadShapes;
  readonly buffers: ReadBuffers | undefined;
  readonly table: readonly Resolved[];
  /** What came beside the message. */
  readonly attached: readonly unknown[] | undefined;
  /** Absent where only plain data is read. */
  readonly reducers?: ReducerTable | undefined;
}

/** The reader of one message. */
export interface Reader {
  readonly in: ByteReader;
  readonly parts: ReaderParts;
  /** Any value. */
  read(): unknown;
  /** Gives an object its number. To be called before anything inside it is read. */
  register<T extends object>(object: T): T;
  /** A number for an object that can only be made after its parts; `finish` gives the object. */
  registerUnfinished(): number;
  finish(number: number, object: unknown): void;
  /** Notes a function whose captured values come next. */
  noteClosure(made: MadeClosure, cellCount: number): void;
  /** What `noteClosure` noted. */
  closureOf(fn: object): { readonly made: MadeClosure; readonly cellCount: number };
  /** Notes that a container's content comes later. */
  defer(object: object, tag: number): void;
  /** Elements, and holes as holes. */
  fillArray(array: unknown[]): void;
  /** Keys and values in turn. */
  fillDictionary(object: Record<string, unknown>, prototype: object | null): void;
}
