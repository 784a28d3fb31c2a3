/**
 * Objects that hold no other values: dates, regular expressions, boxed primitives, memory, URLs, DOM exceptions.
 *
 * Guarantees: what the engine keeps inside is read by captured getters, so that own properties and subclasses' overrides
 * do not matter.
 */

import { noteStored } from './beside.js';
import { bufferLength, isDetached, UsedBuffers } from './buffers.js';
import {
  bigintValueOf,
  booleanValueOf,
  captureGetter,
  dateGetTime,
  getPrototypeOf,
  isArrayBuffer,
  isBoxedPrimitive,
  isDataView,
  isDate,
  isRegExp,
  isSharedArrayBuffer,
  isTypedArray,
  numberValueOf,
  SafeMap,
  stringValueOf,
  symbolValueOf,
  typedArrayLength,
  uncurry,
} from './intrinsics.js';
import type { Base } from './kinds.js';
import { Refusal, verify } from './refusal.js';
import { BOXED_NAMES, TAG, VIEW_NAMES, VIEW_TRACKS_LENGTH } from './wire.js';
import type { Writer } from './writer-context.js';

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
const source = captureGetter<RegExp, string>(RegExp.prototype, 'source');
const flags = captureGetter<RegExp, string>(RegExp.prototype, 'flags');
const typeName = captureGetter<object, string>(typedArrayPrototype, Symbol.toStringTag);
const bufferOf = captureGetter<object, ArrayBuffer>(typedArrayPrototype, 'buffer');
const offsetOf = captureGetter<object, number>(typedArrayPrototype, 'byteOffset');
const byteLengthOf = captureGetter<object, number>(typedArrayPrototype, 'byteLength');
const dataViewBuffer = captureGetter<object, ArrayBuffer>(DataView.prototype, 'buffer');
const dataViewOffset = captureGetter<object, number>(DataView.prototype, 'byteOffset');
const dataViewLength = captureGetter<object, number>(DataView.prototype, 'byteLength');
const exceptionName = captureGetter<DOMException, string>(DOMException.prototype, 'name');
const exceptionMessage = captureGetter<DOMException, string>(DOMException.prototype, 'message');
const href = captureGetter<URL, string>(URL.prototype, 'href');
const searchParams = captureGetter<URL, URLSearchParams>(URL.prototype, 'searchParams');
const searchText = uncurry(URLSearchParams.prototype.toString);
const clone = structuredClone;
const bufferPrototype = Buffer.prototype;
const viewNumbers = new SafeMap<string, number>();
for (let i = 0; i < VIEW_NAMES.length; i++) viewNumbers.set(VIEW_NAMES[i] as string, i);

/** What `writeObject` leaves to this file. */
export type LeafBase = Exclude<Base, 'object' | 'array' | 'map' | 'set' | 'error'>;

/** Writes one leaf. */
export function writeLeaf(writer: Writer, object: object, base: LeafBase): void {
  const { out } = writer;
  switch (base) {
    case 'date':
      verify(isDate(object), 'a Date');
      out.byte(TAG.date);
      return out.double(dateGetTime(object as Date));
    case 'regExp':
      verify(isRegExp(object), 'a RegExp');
      return writeRegExp(writer, object as RegExp);
    case 'boxed':
      verify(isBoxedPrimitive(object), 'a boxed primitive');
      return writeBoxed(writer, object);
    case 'arrayBuffer':
      return writeBuffer(writer, object);
    case 'view':
      return writeView(writer, object);
    case 'domException':
      return writeException(writer, object as DOMException);
    case 'url':
      return writeUrl(writer, object as URL);
    case 'urlSearchParams':
      out.byte(TAG.urlSearchParams);
      return out.string(searchText(object as URLSearchParams));
    default:
      base satisfies never;
  }
}

function writeRegExp(writer: Writer, regExp: RegExp): void {
  const { out } = writer;
  out.byte(TAG.regExp);
  out.string(source(regExp));
  out.string(flags(regExp));
  writer.write(regExp.lastIndex);
}

function writeBoxed(writer: Writer, boxed: object): void {
  for (let i = 0; i < BOXED_NAMES.length; i++) {
    const value = unbox(boxed, BOXED_NAMES[i] as (typeof BOXED_NAMES)[number]);
    if (value === undefined) continue;
    writer.out.byte(TAG.boxed);
    return writer.write(value);
  }
}

const UNBOX = {
  Number: numberValueOf,
  String: stringValueOf,
  Boolean: booleanValueOf,
  BigInt: bigintValueOf,
  Symbol: symbolValueOf,
} as unknown as Record<(typeof BOXED_NAMES)[number], (boxed: object) => unknown>;

function unbox(boxed: object, name: (typeof BOXED_NAMES)[number]): unknown {
  try {
    return UNBOX[name](boxed);
  } catch {
    return undefined;
  }
}

function writeBuffer(writer: Writer, buffer: object): void {
  const isShared = isSharedArrayBuffer(buffer);
  verify(isShared || isArrayBuffer(buffer), 'an ArrayBuffer');
  const number = numberElsewhere(writer, buffer as ArrayBuffer, isShared);
  writer.buffers ??= new UsedBuffers();
  const { buffers, out } = writer;
  out.byte(TAG.arrayBuffer);
  out.size(number ?? buffers.useWhole(buffer as ArrayBuffer));
}

/** The number of a buffer whose memory is not copied, if it is such a one. Throws for what can neither travel nor be copied. */
function numberElsewhere(writer: Writer, buffer: ArrayBuffer, isShared: boolean): number | undefined {
  const { collector } = writer;
  if (isShared && collector === undefined) return numberShared(writer, buffer);
  if (!isShared && isDetached(buffer)) throw new Refusal('its memory was transferred to somewhere else (detached)');
  if (collector === undefined || !(isShared || collector.moves(buffer))) return undefined;
  writer.buffers ??= new UsedBuffers();
  return writer.buffers.useAttached(buffer, collector.add(buffer));
}

function numberShared(writer: Writer, buffer: ArrayBuffer): number {
  const stored = writer.tools.memory?.nameShared(buffer);
  if (stored === undefined) {
    throw new Refusal(
      'its memory is shared (SharedArrayBuffer), which another process cannot see: make it with share() and install ' +
        'koffi, send a copy, or use a ThreadPoolExecutor',
    );
  }
  writer.buffers ??= new UsedBuffers();
  return writer.buffers.useShared(buffer, noteStored(writer, stored));
}

function writeView(writer: Writer, view: object): void {
  const isData = isDataView(view);
  verify(isData || isTypedArray(view), 'a typed array');
  const buffer = isData ? dataViewBuffer(view) : bufferOf(view);
  const isShared = isSharedArrayBuffer(buffer);
  const elsewhere = numberElsewhere(writer, buffer, isShared);
  if (isShared && canGrow(buffer)) {
    throw new Refusal(
      'it is a view of shared memory that can grow: send the SharedArrayBuffer, and make the view there',
    );
  }
  const isBuffer = !isData && isBufferLike(view);
  const name = isData ? 'DataView' : isBuffer ? 'Buffer' : typeName(view);
  const start = isData ? dataViewOffset(view) : offsetOf(view);
  const bytes = isData ? dataViewLength(view) : byteLengthOf(view);
  const number = viewNumbers.get(name);
  if (number === undefined) throw new Refusal(`it is a ${name}, which this version does not know`);
  writer.buffers ??= new UsedBuffers();
  const { buffers, out } = writer;
  out.byte(TAG.view);
  out.byte(number | (!isShared && tracksLength(view as Uint8Array, buffer) ? VIEW_TRACKS_LENGTH : 0));
  out.size(elsewhere ?? buffers.useRange(buffer, start, start + bytes, isBuffer));
  out.size(start);
  out.size(isData ? bytes : typedArrayLength(view));
}

/** Memory that `share` makes is growable for the engine, and has its final size. */
function canGrow(buffer: object): boolean {
  const { growable, byteLength, maxByteLength } = buffer as Growable;
  return growable === true && byteLength !== maxByteLength;
}

interface Growable {
  readonly growable?: boolean;
  readonly byteLength: number;
  readonly maxByteLength?: number;
}

function isBufferLike(view: object): boolean {
  for (let at = getPrototypeOf(view) as object | null; at !== null; at = getPrototypeOf(at) as object | null) {
    if (at === bufferPrototype) return true;
  }
  return false;
}

interface Resizable {
  readonly resizable: boolean;
  readonly maxByteLength: number;
  resize(length: number): void;
}

/** Only an experiment on a copy tells whether a view follows the length of its resizable buffer. */
function tracksLength(view: Uint8Array, buffer: ArrayBuffer): boolean {
  const { resizable, maxByteLength } = buffer as unknown as Resizable;
  if (!resizable || maxByteLength - bufferLength(buffer) < 8) return false;
  const copy = clone(view);
  const before = copy.byteLength;
  (copy.buffer as unknown as Resizable).resize(bufferLength(buffer) + 8);
  return copy.byteLength !== before;
}

/** `name` and `message` are inside; `stack` and `cause` are own properties, which follow as extras. */
function writeException({ out }: Writer, exception: DOMException): void {
  out.byte(TAG.domException);
  out.string(exceptionName(exception));
  out.string(exceptionMessage(exception));
}

/** A URL and its `searchParams` are two views of one thing, so the second gets a number of its own here. */
function writeUrl(writer: Writer, url: URL): void {
  writer.out.byte(TAG.url);
  writer.out.string(href(url));
  if (writer.identities.meet(searchParams(url)) !== -1) {
    throw new Refusal(
      'its searchParams stand before it in the message and would be cut off from it: send the URL first',
    );
  }
}
