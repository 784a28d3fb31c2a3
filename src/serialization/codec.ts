/**
 * The codec: any value to bytes and back, so that what arrives equals what was sent, or a `SerializationError` says why not.
 *
 * Rules: knows functions and classes only as records, through a port. Guarantees: `encode` and `decode` throw nothing but
 * `SerializationError`; a failure leaves the codec as it was; code of the value that runs while it is written (getters) may use
 * the codec again.
 */

import { attach, attachmentsOf, Collector } from './attachments.js';
import { ByteReader } from './byte-reader.js';
import { ClassTable } from './classes.js';
import { type CodecOptions, readingError, writingError } from './codec-errors.js';
import { type AnyFunction, type FunctionPort, FunctionRefusal } from './function-record.js';
import { type ClassLoading, readEntries, resolveEntries } from './function-table.js';
import { isArray, isPromise } from './intrinsics.js';
import { holdFor, type MemoryPort, releaseAll } from './memory-port.js';
import { finishMessage, isFresh, type MessageParts, openMessage, readBuffers } from './message.js';
import { ValueReader } from './reader.js';
import type { ReaderParts, Resolved } from './reader-context.js';
import { ReducerTable } from './reducers.js';
import { ReadShapes, WrittenShapes } from './shapes.js';
import { FLAG_TABLE_ALONE, FORMAT, HEADER_BYTES } from './wire.js';
import { ValueWriter } from './writer.js';
import type { TableEntry, WriterTools } from './writer-context.js';

export type { CodecOptions, Direction } from './codec-errors.js';

/** How a value is written. */
export interface EncodeOptions extends CodecOptions {
  /** What of the value is moved rather than copied; it leaves the caller's hands. Only where attachments are carried. */
  readonly transfer?: readonly object[] | undefined;
  /** Whether what is moved must be at hand for another try. */
  readonly keeps?: boolean | undefined;
  /** Whether the bytes may be read several times, or are not sent at once. */
  readonly lasting?: boolean | undefined;
  /** Whether it is written as what a function captures is. */
  readonly captured?: boolean | undefined;
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
  decode(bytes: Uint8Array, options: DecodeOptions): unknown;
  /** Whether a function travels as code and captured values, so that it belongs into the message of each call. */
  isClosure(fn: AnyFunction): boolean;
  /** Like `encode`, with the table of functions apart: it is the same for most calls of a function. */
  encodeApart(value: unknown, options: EncodeOptions): EncodedApart;
  /** Such a table as bytes. */
  encodeTable(table: readonly TableEntry[]): Uint8Array;
  /** What a function's message, or such a table, holds. Throws and rejects as `decode` does. */
  decodeUnit(bytes: Uint8Array, options: CodecOptions): DecodedUnit | Promise<DecodedUnit>;
}

/** How a value is read. */
export interface DecodeOptions extends CodecOptions {
  /** The table that was written apart. */
  readonly table?: readonly Resolved[] | undefined;
}

/** A message and its table. */
export interface EncodedApart {
  readonly bytes: Uint8Array;
  readonly table: readonly TableEntry[];
}

/** What stands behind the number that a call names. */
export type DecodedUnit =
  | { readonly kind: 'function'; readonly fn: AnyFunction }
  /** It has a state of its own, so it is made anew for each call. */
  | { readonly kind: 'fresh-function'; readonly fn: AnyFunction }
  /** What the message of each call needs to make its functions. */
  | { readonly kind: 'table'; readonly table: readonly Resolved[] };

/** What a codec is made of. */
export interface CodecParts {
  /** Ships functions and classes. */
  readonly functions: FunctionPort;
  /** `'load'` (a worker) loads the module of a class; `'known'` (the host) takes only classes that are loaded already. */
  readonly classes?: ClassLoading;
  /** How instances of some classes are taken apart and made again. */
  readonly reducers?: ReducerTable | undefined;
  /** `'carry'`: the link can take shared memory and what is moved (see `attachments`). `'refuse'` by default. */
  readonly attachments?: 'carry' | 'refuse' | undefined;
  /** Where large memory goes, and how shared memory is named, on a link whose ends are on one machine. */
  readonly memory?: MemoryPort | undefined;
}

/** Makes a codec. It remembers shapes and classes, so one is used for many messages. */
export function createCodec(parts: CodecParts): Codec {
  return { ...createEncoder(parts), ...createDecoder(parts) };
}

type Encoder = Pick<Codec, 'encode' | 'encodeApart' | 'encodeTable' | 'isClosure'>;

function createEncoder(parts: CodecParts): Encoder {
  const { functions, attachments } = parts;
  const tools = createTools(parts);
  let idle: ValueWriter | undefined = new ValueWriter(tools);
  let tableWriter: ValueWriter | undefined;
  const tableWriterOf = (): ValueWriter => {
    tableWriter ??= new ValueWriter(tools);
    return tableWriter;
  };

  function write(value: unknown, options: EncodeOptions, tableStands: 'in it' | 'apart'): EncodedApart {
    const writer = idle ?? new ValueWriter(tools);
    idle = undefined;
    try {
      writer.out.position = HEADER_BYTES;
      if (attachments === 'carry') writer.collector = new Collector(options.transfer ?? NOTHING);
      if (options.lasting === true) writer.isLasting = true;
      if (options.captured === true) writer.captureDepth = 1;
      writer.writeRoot(value, options.root);
      const { table } = writer;
      const bytes = finishMessage(writer, tableWriterOf, tableStands);
      tieBeside(bytes, writer, options);
      return { bytes, table };
    } catch (error) {
      releaseAll(writer.holds);
      releaseAll(writer.undos);
      throw writingError(writer, error, options);
    } finally {
      writer.reset();
      idle = writer;
    }
  }

  const encode: Codec['encode'] = (value, options) => write(value, options, 'in it').bytes;
  return {
    encode,
    encodeApart: (value, options) => write(value, options, 'apart'),
    encodeTable(table) {
      const bytes = encode(table, { direction: 'argument', root: 'functions' });
      bytes[0] = (FORMAT << 4) | FLAG_TABLE_ALONE;
      return bytes;
    },
    isClosure: (fn) => isClosure(fn, functions),
  };
}

function createTools({ functions, reducers, memory }: CodecParts): WriterTools {
  return {
    port: functions,
    classes: new ClassTable(functions),
    shapes: new WrittenShapes(),
    reducers: reducers ?? new ReducerTable(functions),
    memory,
  };
}

/** What goes beside a message that is written, and what is kept for it. */
function tieBeside(bytes: Uint8Array, { collector, holds }: ValueWriter, { keeps }: EncodeOptions): void {
  const beside = collector?.finish({ keeps: keeps === true });
  if (beside !== undefined) attach(bytes, beside);
  if (holds.length > 0) holdFor(bytes, holds);
}

function isClosure(fn: AnyFunction, port: FunctionPort): boolean {
  try {
    return port.describe(fn).kind === 'value';
  } catch (error) {
    // It is told when the function is written, with its path.
    if (error instanceof FunctionRefusal) return false;
    throw error;
  }
}

function createDecoder(parts: CodecParts): Pick<Codec, 'decode' | 'decodeUnit'> {
  const { functions, classes = 'load', attachments, reducers, memory } = parts;
  const shapes = new ReadShapes();

  const read = (parts: MessageParts, rest: Omit<ReaderParts, 'shapes' | 'reducers'>): unknown =>
    new ValueReader(parts.body, { shapes, reducers, ...rest }).readRoot();

  function decodeWith(bytes: Uint8Array, options: DecodeOptions, attached: readonly unknown[] | undefined): unknown {
    try {
      const parts = openMessage(bytes);
      const { table: given = NO_FUNCTIONS } = options;
      if (parts.table === undefined) return read(parts, { table: given, buffers: undefined, attached });
      const entries = readEntries(parts.table, shapes);
      const buffers = readBuffers(parts.table, parts.memoryAt, { attached, memory });
      if (options.table !== undefined) return read(parts, { table: options.table, buffers, attached });
      const table = resolveEntries(entries, { port: functions, classes });
      if (isArray(table)) return read(parts, { table, buffers, attached });
      return readLater((loaded) => read(parts, { table: loaded, buffers, attached }), table, options);
    } catch (error) {
      throw readingError(error, options);
    }
  }

  const decode: Codec['decode'] = (bytes, options) => {
    const beside = attachments === 'carry' ? attachmentsOf(bytes) : undefined;
    if (beside?.arrival === undefined) return decodeWith(bytes, options, beside?.items);
    return decodeLater(beside.arrival, () => decodeWith(bytes, options, beside.items));
  };

  function decodeUnit(bytes: Uint8Array, options: CodecOptions): DecodedUnit | Promise<DecodedUnit> {
    if (bytes[0] !== ((FORMAT << 4) | FLAG_TABLE_ALONE)) {
      return toFunctionUnit(bytes, decode(bytes, options) as AnyFunction | Promise<AnyFunction>);
    }
    try {
      const entries = readEntries(new ByteReader(bytes, HEADER_BYTES, bytes.length), shapes);
      const table = resolveEntries(entries, { port: functions, classes });
      return isArray(table) ? { kind: 'table', table } : readLater(toTable, table as Promise<Resolved[]>, options);
    } catch (error) {
      throw readingError(error, options);
    }
  }

  return { decode, decodeUnit };
}

function toTable(table: readonly Resolved[]): DecodedUnit {
  return { kind: 'table', table };
}

function toFunctionUnit(bytes: Uint8Array, fn: AnyFunction | Promise<AnyFunction>): DecodedUnit | Promise<DecodedUnit> {
  const kind = isFresh(bytes) ? 'fresh-function' : 'function';
  return isPromise(fn) ? functionLater(kind, fn as Promise<AnyFunction>) : { kind, fn: fn as AnyFunction };
}

async function functionLater(kind: 'function' | 'fresh-function', loading: Promise<AnyFunction>): Promise<DecodedUnit> {
  return { kind, fn: await loading };
}

async function decodeLater(arrival: Promise<void>, decode: () => unknown): Promise<unknown> {
  await arrival;
  return decode();
}

/** With `await`, which a task that replaces the methods of promises cannot reach. */
async function readLater<T>(
  read: (table: readonly Resolved[]) => T,
  loading: Promise<readonly Resolved[]>,
  options: CodecOptions,
): Promise<T> {
  try {
    return read(await loading);
  } catch (error) {
    throw readingError(error, options);
  }
}

const NO_FUNCTIONS: readonly Resolved[] = [];
const NOTHING: readonly object[] = [];
