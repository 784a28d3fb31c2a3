/**
 * The codec: any value to bytes and back, so that what arrives equals what was sent, or a `SerializationError` says why not.
 *
 * Rules: knows functions and classes only as records, through a port. Guarantees: `encode` and `decode` throw nothing but
 * `SerializationError`; a failure leaves the codec as it was; code of the value that runs while it is written (getters) may use
 * the codec again.
 */

import { SerializationError } from '../base/errors.js';
import { attach, attachmentsOf, Collector } from './attachments.js';
import { Damaged } from './byte-reader.js';
import { ClassTable } from './classes.js';
import type { FunctionPort } from './function-record.js';
import { type ClassLoading, readEntries, resolveEntries } from './function-table.js';
import { isArray } from './intrinsics.js';
import { finishMessage, type MessageParts, openMessage, readBuffers } from './message.js';
import { ValueReader } from './reader.js';
import type { ReaderParts, Resolved } from './reader-context.js';
import { type Reducers, ReducerTable } from './reducers.js';
import { Refusal, textOf } from './refusal.js';
import { ReadShapes, WrittenShapes } from './shapes.js';
import { HEADER_BYTES } from './wire.js';
import { ValueWriter } from './writer.js';
import type { WriterTools } from './writer-context.js';

/** Which way a value goes, as errors say it. */
export type Direction = 'argument' | 'result';

/** What a value is called in errors. */
export interface CodecOptions {
  readonly direction: Direction;
  /** The first word of a path: `args` gives `args[0].config.socket`. */
  readonly root: string;
}

/** How a value is written. */
export interface EncodeOptions extends CodecOptions {
  /** What of the value is moved rather than copied; it leaves the caller's hands. Only where attachments are carried. */
  readonly transfer?: readonly object[] | undefined;
  /** Whether what is moved must be at hand for another try. */
  readonly keeps?: boolean | undefined;
}

/** Values to bytes and back. */
export interface Codec {
  /**
   * A snapshot of a value as bytes. They may be a window of a larger buffer: who transfers memory must copy them first.
   * Throws `SerializationError` (phase `'writing'`).
   */
  encode(value: unknown, options: EncodeOptions): Uint8Array;
  /**
   * The value, at once whenever possible; a promise only when a module must be loaded first, or when something that was
   * moved is still on its way. Throws or rejects with
   * `SerializationError` (phase `'reading'`) and nothing else.
   */
  decode(bytes: Uint8Array, options: CodecOptions): unknown;
}

/** What a codec is made of. */
export interface CodecParts {
  /** Ships functions and classes. */
  readonly functions: FunctionPort;
  /** `'load'` (a worker) loads the module of a class; `'known'` (the host) takes only classes that are loaded already. */
  readonly classes?: ClassLoading;
  /** How instances of some classes are taken apart and made again. */
  readonly reducers?: Reducers | undefined;
  /** `'carry'`: the link can take shared memory and what is moved (see `attachments`). `'refuse'` by default. */
  readonly attachments?: 'carry' | 'refuse' | undefined;
}

/** Makes a codec. It remembers shapes and classes, so one is used for many messages. */
export function createCodec(parts: CodecParts): Codec {
  return { encode: createEncoder(parts), decode: createDecoder(parts) };
}

function createEncoder({ functions, reducers, attachments }: CodecParts): Codec['encode'] {
  const tools: WriterTools = {
    port: functions,
    classes: new ClassTable(functions),
    shapes: new WrittenShapes(),
    reducers: new ReducerTable(reducers),
  };
  let idle: ValueWriter | undefined = new ValueWriter(tools);
  let tableWriter: ValueWriter | undefined;
  const tableWriterOf = (): ValueWriter => {
    tableWriter ??= new ValueWriter(tools);
    return tableWriter;
  };

  return (value, options) => {
    const writer = idle ?? new ValueWriter(tools);
    idle = undefined;
    try {
      writer.out.position = HEADER_BYTES;
      if (attachments === 'carry') writer.collector = new Collector(options.transfer ?? NOTHING);
      writer.writeRoot(value, options.root);
      const bytes = finishMessage(writer, tableWriterOf);
      const beside = writer.collector?.finish({ keeps: options.keeps === true });
      if (beside !== undefined) attach(bytes, beside);
      return bytes;
    } catch (error) {
      throw writingError(writer, error, options);
    } finally {
      writer.reset();
      idle = writer;
    }
  };
}

function createDecoder({ functions, classes = 'load', attachments }: CodecParts): Codec['decode'] {
  const shapes = new ReadShapes();

  function read(parts: MessageParts, rest: Omit<ReaderParts, 'shapes'>): unknown {
    return new ValueReader(parts.body, { shapes, ...rest }).readRoot();
  }

  function decodeWith(bytes: Uint8Array, options: CodecOptions, attached: readonly unknown[] | undefined): unknown {
    try {
      const parts = openMessage(bytes);
      if (parts.table === undefined) return read(parts, { table: NO_FUNCTIONS, buffers: undefined, attached });
      const entries = readEntries(parts.table, shapes);
      const buffers = readBuffers(parts.table, parts.memoryAt, attached);
      const table = resolveEntries(entries, { port: functions, classes });
      if (isArray(table)) return read(parts, { table, buffers, attached });
      return readLater((loaded) => read(parts, { table: loaded, buffers, attached }), table, options);
    } catch (error) {
      throw readingError(error, options);
    }
  }

  return (bytes, options) => {
    const beside = attachments === 'carry' ? attachmentsOf(bytes) : undefined;
    if (beside?.arrival === undefined) return decodeWith(bytes, options, beside?.items);
    return decodeLater(beside.arrival, () => decodeWith(bytes, options, beside.items));
  };
}

async function decodeLater(arrival: Promise<void>, decode: () => unknown): Promise<unknown> {
  await arrival;
  return decode();
}

/** With `await`, which a task that replaces the methods of promises cannot reach. */
async function readLater(
  read: (table: readonly Resolved[]) => unknown,
  loading: Promise<readonly Resolved[]>,
  options: CodecOptions,
): Promise<unknown> {
  try {
    return read(await loading);
  } catch (error) {
    throw readingError(error, options);
  }
}

const NO_FUNCTIONS: readonly Resolved[] = [];
const NOTHING: readonly object[] = [];

/** Whatever is thrown while a value is written is the value's own doing: a refusal, or a getter that threw. */
function writingError(writer: ValueWriter, error: unknown, { direction, root }: CodecOptions): SerializationError {
  let path = root;
  try {
    path = writer.trail.path();
  } catch {
    // A program that has broken the language's own methods gets the shortest path.
  }
  if (error instanceof SerializationError) return error;
  if (error instanceof Refusal) {
    const cause = 'cause' in error ? { cause: error.cause } : undefined;
    return new SerializationError({ direction, phase: 'writing', path, reason: error.message, ...cause });
  }
  const reason = isStackOverflow(error) ? 'the stack is too full to read it' : `reading it threw ${textOf(error)}`;
  return new SerializationError({ direction, phase: 'writing', path, reason, cause: error });
}

function readingError(error: unknown, { direction, root }: CodecOptions): SerializationError {
  if (error instanceof Refusal) {
    const cause = 'cause' in error ? { cause: error.cause } : undefined;
    return new SerializationError({
      direction,
      phase: 'reading',
      path: error.path ?? root,
      reason: error.message,
      ...cause,
    });
  }
  const reason =
    error instanceof Damaged ? `its bytes are damaged: ${error.message}` : `making it again threw ${textOf(error)}`;
  return new SerializationError({ direction, phase: 'reading', path: root, reason, cause: error });
}

const RangeErrorType = RangeError;

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeErrorType && error.message === 'Maximum call stack size exceeded';
}
