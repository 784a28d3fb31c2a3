/**
 * Shapes: the list of keys that many plain objects have in common, written once in a message. Both sides also remember
 * the shapes of earlier messages, so that the same record sent again costs neither text nor a new hidden class.
 *
 * Rules: nothing here changes what is written; a forgotten shape is only slower. Guarantees: what is remembered is bounded.
 */

import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { ByteArray, charCodeAt, defineProperty } from './intrinsics.js';
import { SHAPE_KEYS_MAX } from './wire.js';

const TABLE_SIZE = 256;
const REMEMBERED_BYTES = 512;
/** An object that varies its keys would fill the tables for nothing: this many new shapes in a message are tried. */
export const NEW_SHAPES_MAX = 64;

/** A shape as the writer knows it. */
export interface WrittenShape {
  readonly keys: readonly string[];
  /** The keys as `ByteReader.string` reads them. */
  readonly bytes: Uint8Array;
  /** The message in which the shape was last written, and its number there. */
  message: number;
  index: number;
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function slotOfKeys(keys: readonly string[]): number {
  const { length } = keys;
  if (length === 0) return 0;
  const first = keys[0] as string;
  const last = keys[length - 1] as string;
  const letters = first === '' || last === '' ? 0 : charCodeAt(first, 0) * 7 + charCodeAt(last, last.length - 1) * 31;
  return (letters + first.length * 3 + last.length + length * 53) & (TABLE_SIZE - 2);
}

/** The writer's shapes. */
export class WrittenShapes {
  private readonly table: (WrittenShape | undefined)[] = new Array(TABLE_SIZE).fill(undefined);
  private readonly scratch = new ByteWriter();

  /** The shape of exactly these keys, if it is known. */
  find(keys: readonly string[]): WrittenShape | undefined {
    if (keys.length > SHAPE_KEYS_MAX) return undefined;
    const slot = slotOfKeys(keys);
    for (let i = slot; i < slot + 2; i++) {
      const shape = this.table[i];
      if (shape !== undefined && sameKeys(shape.keys, keys)) return shape;
    }
    return undefined;
  }

  /** A new shape, remembered unless it is large. `keys` must not change afterwards. */
  add(keys: readonly string[]): WrittenShape | undefined {
    if (keys.length > SHAPE_KEYS_MAX) return undefined;
    this.scratch.reset();
    for (let i = 0; i < keys.length; i++) this.scratch.string(keys[i] as string);
    const bytes = new ByteArray(this.scratch.position);
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.scratch.bytes[i] as number;
    const shape: WrittenShape = { keys, bytes, message: -1, index: 0 };
    if (bytes.length > REMEMBERED_BYTES) return undefined;
    const slot = slotOfKeys(keys);
    this.table[slot + 1] = this.table[slot];
    this.table[slot] = shape;
    return shape;
  }
}

/** A shape as the reader knows it. */
export interface ReadShape {
  readonly keys: readonly string[];
  /** Has every key as its own, so that a spread of it makes an object into which values are stored past any setter. */
  readonly template: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

/** The values tried are of every representation that V8 knows, so that later stores do not change the hidden class. */
function makeTemplate(keys: readonly string[]): Record<string, unknown> {
  const template: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    defineProperty(template, key, {
      __proto__: null,
      value: 0,
      writable: true,
      enumerable: true,
      configurable: true,
    } as object);
    template[key] = template;
    template[key] = 0.5;
    template[key] = undefined;
  }
  return template;
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}

/** The reader's shapes. */
export class ReadShapes {
  private readonly table: (ReadShape | undefined)[] = new Array(TABLE_SIZE).fill(undefined);

  /** The shape whose keys take the next `length` bytes. */
  read(reader: ByteReader, length: number): ReadShape {
    const start = reader.skip(length);
    const { bytes } = reader;
    const slot =
      length === 0
        ? 0
        : (length * 29 + (bytes[start + (length >> 1)] as number) * 5 + (bytes[start + length - 1] as number) * 13) &
          (TABLE_SIZE - 1);
    const known = this.table[slot];
    if (known !== undefined && known.bytes.length === length && sameBytes(known.bytes, bytes, start)) return known;
    const shape = parse(bytes, start, length);
    if (length <= REMEMBERED_BYTES) this.table[slot] = shape;
    return shape;
  }
}

function parse(bytes: Uint8Array, start: number, length: number): ReadShape {
  const own = new ByteArray(length);
  for (let i = 0; i < length; i++) own[i] = bytes[start + i] as number;
  const reader = new ByteReader(own, 0, length);
  const keys: string[] = [];
  while (reader.position < length) keys[keys.length] = reader.string();
  return { keys, template: makeTemplate(keys), bytes: own };
}
