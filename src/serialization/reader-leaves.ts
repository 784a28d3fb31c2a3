/**
 * Makes objects that hold no other values. Twin of `writer-leaves.ts`.
 */

import { Damaged } from './byte-reader.js';
import { ByteArray, captureGetter, DoubleArray, IntegerArray, typedArraySet } from './intrinsics.js';
import type { Reader } from './reader-context.js';
import { TAG, VIEW_NAMES, VIEW_TRACKS_LENGTH } from './wire.js';

const DateType = Date;
const RegExpType = RegExp;
const ObjectType = Object;
const UrlType = URL;
const SearchParamsType = URLSearchParams;
const ExceptionType = DOMException;
const DataViewType = DataView;
const bufferFrom = Buffer.from;
const searchParams = captureGetter<URL, URLSearchParams>(URL.prototype, 'searchParams');

type ViewType = new (buffer: ArrayBuffer, offset: number, length?: number) => object;
const viewTypes: (ViewType | undefined)[] = [];
for (let i = 0; i < VIEW_NAMES.length; i++) {
  viewTypes[i] = (globalThis as unknown as Record<string, ViewType | undefined>)[VIEW_NAMES[i] as string];
}
const BUFFER = VIEW_NAMES.indexOf('Buffer');

/** One leaf, given its tag. */
export function readLeaf(reader: Reader, tag: number): unknown {
  switch (tag) {
    case TAG.date:
      return reader.register(new DateType(reader.in.double()));
    case TAG.regExp:
      return readRegExp(reader);
    case TAG.boxed:
      return reader.register(ObjectType(readPrimitive(reader)) as object);
    case TAG.int32Array:
    case TAG.doubleArray:
      return readNumbers(reader, tag);
    case TAG.arrayBuffer:
      return reader.register(buffersOf(reader).whole(reader.in.size()));
    case TAG.view:
      return reader.register(readView(reader));
    case TAG.domException:
      return readException(reader);
    case TAG.url:
      return readUrl(reader);
    case TAG.urlSearchParams:
      return reader.register(new SearchParamsType(reader.in.string()));
    default:
      throw new Damaged(`byte ${tag} starts no value`);
  }
}

function buffersOf(reader: Reader): NonNullable<Reader['parts']['buffers']> {
  const { buffers } = reader.parts;
  if (buffers === undefined) throw new Damaged('there is no memory in them');
  return buffers;
}

function readPrimitive(reader: Reader): unknown {
  const value = reader.read();
  if (value === null || value === undefined || typeof value === 'object' || typeof value === 'function') {
    throw new Damaged('an object stands where a primitive should');
  }
  return value;
}

function readRegExp(reader: Reader): RegExp {
  const source = reader.in.string();
  const flags = reader.in.string();
  let regExp: RegExp;
  try {
    regExp = new RegExpType(source, flags);
  } catch {
    throw new Damaged('a regular expression does not parse here');
  }
  reader.register(regExp);
  regExp.lastIndex = reader.read() as number;
  return regExp;
}

/** The block may start anywhere, so it is copied to where eight-byte numbers may stand. */
function readNumbers(reader: Reader, tag: number): number[] {
  const array = reader.register<number[]>([]);
  const width = tag === TAG.int32Array ? 4 : 8;
  const length = reader.in.count(width);
  const start = reader.in.skip(length * width);
  const block = new ByteArray(length * width);
  typedArraySet(block, new ByteArray(reader.in.bytes.buffer, reader.in.bytes.byteOffset + start, length * width));
  const numbers = tag === TAG.int32Array ? new IntegerArray(block.buffer) : new DoubleArray(block.buffer);
  for (let i = 0; i < length; i++) array[i] = numbers[i] as number;
  return array;
}

function readView(reader: Reader): object {
  const byte = reader.in.byte();
  const number = byte & ~VIEW_TRACKS_LENGTH;
  const name = VIEW_NAMES[number];
  const index = reader.in.size();
  const offset = reader.in.size();
  const length = reader.in.size();
  const segment = buffersOf(reader).at(index, offset);
  const at = offset - segment.start;
  try {
    if (number === BUFFER) return bufferFrom(segment.buffer, at, length);
    const type = name === 'DataView' ? DataViewType : viewTypes[number];
    if (type === undefined) throw new Damaged(`a view's type ${name ?? number} does not exist here`);
    return byte & VIEW_TRACKS_LENGTH ? new type(segment.buffer, at) : new type(segment.buffer, at, length);
  } catch (error) {
    if (error instanceof Damaged) throw error;
    throw new Damaged('a view does not fit its buffer');
  }
}

function readException(reader: Reader): DOMException {
  const name = reader.in.string();
  const message = reader.in.string();
  return reader.register(new ExceptionType(message, name));
}

function readUrl(reader: Reader): URL {
  let url: URL;
  const href = reader.in.string();
  try {
    url = new UrlType(href);
  } catch {
    throw new Damaged('a URL does not parse here');
  }
  reader.register(url);
  reader.register(searchParams(url));
  return url;
}
