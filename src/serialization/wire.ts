/**
 * The words of the codec's format, shared by the writer and the reader.
 *
 * A message is: one byte (format version and flags); with a flag set, two lengths (f64, little-endian); the body (one
 * value, then the contents of what stood too deep); the table of functions and classes; the table of buffers; their bytes.
 * One byte starts each value: 0x80–0xff are the integers −16 … 111, 0x40–0x7f a Latin-1 string of 0 … 63 characters, the
 * rest are the tags below. Every object gets the next number when its first byte is written, and `ref` names it by that.
 *
 * Rules: no code. A change to anything here raises `FORMAT`.
 */

/** The format that this version of the codec writes and reads. It is the upper half of a message's first byte. */
export const FORMAT = 1;

/** The lower half of a message's first byte. */
export const FLAG_TABLES = 1;
/** The message is nothing but a table, for the calls that refer to it. */
export const FLAG_TABLE_ALONE = 2;
/** The value holds functions with captured values: who keeps the message makes the value anew for each use. */
export const FLAG_FRESH = 4;
/** The message refers to memory beside it, which is kept until the message is not needed any more. */
export const FLAG_BESIDE = 8;
/** Bytes before the body, without tables. */
export const HEADER_BYTES = 1;
/** Bytes before the body, with tables. */
export const HEADER_BYTES_WITH_TABLES = 17;

/** The first byte of a value that is neither a small integer nor a short string. */
export const TAG = {
  undefined: 0x00,
  null: 0x01,
  true: 0x02,
  false: 0x03,
  int: 0x04,
  double: 0x05,
  bigint64: 0x06,
  bigint: 0x07,
  latin1: 0x08,
  ucs2: 0x09,
  registeredSymbol: 0x0a,
  wellKnownSymbol: 0x0b,
  ref: 0x0c,
  /** A plain object: its keys (written once in a message), then its values. */
  shaped: 0x0d,
  /** A plain object whose keys were written before. */
  shapedAgain: 0x0e,
  /** A plain object with many keys, or one that stood too deep. */
  dictionary: 0x0f,
  nullPrototype: 0x10,
  array: 0x11,
  int32Array: 0x12,
  doubleArray: 0x13,
  /** A run of holes, inside an array only. */
  holes: 0x14,
  map: 0x15,
  set: 0x16,
  date: 0x17,
  regExp: 0x18,
  boxed: 0x19,
  arrayBuffer: 0x1a,
  view: 0x1b,
  error: 0x1c,
  domException: 0x1d,
  url: 0x1e,
  urlSearchParams: 0x1f,
  /** An instance of a class without a built-in base. */
  instance: 0x20,
  function: 0x21,
  /** A container too deep to be written here: its content comes after the root value. */
  deferred: 0x22,
  /** A prefix: the next value gets this class's prototype. */
  subclass: 0x23,
  /** A prefix: the next value has own properties beyond what its kind writes. */
  extras: 0x24,
  reduced: 0x25,
  /** Like `extras`, where the properties come after the root value. */
  lateExtras: 0x26,
  /** Something that travels beside the message, by its place among the attachments. */
  attached: 0x27,
  /** A function made of its code and its captured values. */
  closure: 0x28,
  /** An object that the other side has: an entry of the table. */
  reference: 0x29,
  /** An instance of a class that travels in the body. */
  instanceOf: 0x2a,
  /** A prefix: the next value gets the prototype of the class after it. */
  subclassOf: 0x2b,
  /** Any value that the other side has, without a number. */
  imported: 0x2c,
  /** A prefix: over the next value lies what it is beyond its properties' values. */
  attributes: 0x2d,
  /** A local symbol that a function captures: what both sides call it, and its description. */
  localSymbol: 0x2e,
  /** One without a description. */
  namelessSymbol: 0x2f,
  /** Like `attributes`, where they come after the root value. */
  lateAttributes: 0x30,
} as const;

/** The first byte of the integer 0. */
export const SMALL_INT_ZERO = 0x90;
/** The smallest integer of one byte. */
export const SMALL_INT_MIN = -16;
/** The largest integer of one byte. */
export const SMALL_INT_MAX = 111;
/** The first byte of the empty string. */
export const SHORT_STRING = 0x40;
/** The longest string whose length is in its first byte. */
export const SHORT_STRING_MAX = 63;

/** A container deeper than this is deferred, so that neither side's stack depends on the value. */
export const DEPTH_LIMIT = 200;

/** How an entry of the table of functions and classes is used. */
export const USE = { function: 0, class: 1, errorClass: 2, value: 3 } as const;

/** Typed arrays, DataView and Buffer by their number on the wire. */
export const VIEW_NAMES = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Buffer',
  'Float16Array',
] as const;

/** Added to a view's number when its length follows its resizable buffer. */
export const VIEW_TRACKS_LENGTH = 0x40;

/** The built-in error classes by their number on the wire. */
export const ERROR_NAMES = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
] as const;

/** The wrappers of primitives by their number on the wire. */
export const BOXED_NAMES = ['Number', 'String', 'Boolean', 'BigInt', 'Symbol'] as const;

/** The most keys that an object may have to be written as keys once and values each time. */
export const SHAPE_KEYS_MAX = 32;

/** How a buffer stands in the table of buffers. */
export const BUFFER_FORM = {
  fixed: 0,
  resizable: 1,
  attached: 2,
  /** As `fixed`, and each piece says where it is. */
  placed: 3,
  /** Memory that both sides see, by a reference. */
  shared: 4,
} as const;

/** Where the memory of a piece is. */
export const PIECE_PLACE = { inside: 0, attached: 1, stored: 2 } as const;
