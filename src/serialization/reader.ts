/**
 * Reads one value: what is primitive, plain objects, arrays, identity and depth. All other objects are in
 * `reader-objects.ts`.
 *
 * Rules: trusts nothing that it reads. Guarantees: bytes of any kind end in a value, in `Damaged` or in `Refusal`; properties
 * are defined, never assigned through a setter of a patched prototype.
 */

import { type ByteReader, Damaged } from './byte-reader.js';
import type { MadeClosure } from './function-record.js';
import { defineValue, objectPrototype, SafeMap } from './intrinsics.js';
import type { Reader, ReaderParts } from './reader-context.js';
import { fillContainer, makeContainer, readObject } from './reader-objects.js';
import type { ReadShape } from './shapes.js';
import { readSymbol } from './symbols.js';
import { DEPTH_LIMIT, SMALL_INT_ZERO, TAG } from './wire.js';

interface Pending {
  readonly tag: number;
  readonly object: object;
}

/** Nothing writes deeper than the limit, but each level may be wrapped in a few prefixes. */
const NESTING_MAX = 4 * DEPTH_LIMIT;
/** Stands for an object that a reducer's arguments refer to before it exists. */
const UNFINISHED = {};

/** Reads one message. */
export class ValueReader implements Reader {
  readonly in: ByteReader;
  readonly parts: ReaderParts;
  private readonly objects: object[] = [];
  private readonly shapes: ReadShape[] = [];
  private closures: SafeMap<object, { readonly made: MadeClosure; readonly cellCount: number }> | undefined;
  private pending: Pending[] | undefined;
  private depth = 0;

  constructor(input: ByteReader, parts: ReaderParts) {
    this.in = input;
    this.parts = parts;
  }

  /** The value, complete. */
  readRoot(): unknown {
    const value = this.read();
    if (this.pending !== undefined) {
      for (let i = 0; i < this.pending.length; i++) {
        const { tag, object } = this.pending[i] as Pending;
        fillContainer(this, object, tag);
      }
    }
    if (this.in.position !== this.in.end) throw new Damaged('they are longer than they say');
    return value;
  }

  /** Any value. */
  read(): unknown {
    const tag = this.in.byte();
    if (tag >= 0x80) return tag - SMALL_INT_ZERO;
    const text = this.in.stringOf(tag);
    if (text !== undefined) return text;
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.true:
        return true;
      case TAG.false:
        return false;
      case TAG.int:
        return this.in.int();
      case TAG.double:
        return this.in.double();
      case TAG.bigint64:
        return this.in.bigint64();
      case TAG.bigint:
        return this.in.bigint();
      case TAG.registeredSymbol:
      case TAG.wellKnownSymbol:
      case TAG.localSymbol:
      case TAG.namelessSymbol:
        return readSymbol(this.in, tag);
      case TAG.ref:
        return this.referred(this.in.size());
      default:
        return this.readNested(tag);
    }
  }

  /** Gives an object its number. To be called before anything inside it is read. */
  register<T extends object>(object: T): T {
    this.objects[this.objects.length] = object;
    return object;
  }

  /** A number for an object that can only be made after its parts; `finish` gives the object. */
  registerUnfinished(): number {
    this.objects[this.objects.length] = UNFINISHED;
    return this.objects.length - 1;
  }

  /** The object of a number that `registerUnfinished` gave. */
  finish(number: number, object: unknown): void {
    this.objects[number] = object as object;
  }

  /** Notes a function whose captured values come next. */
  noteClosure(made: MadeClosure, cellCount: number): void {
    this.closures ??= new SafeMap();
    this.closures.set(made.fn, { made, cellCount });
  }

  /** What `noteClosure` noted. */
  closureOf(fn: object): { readonly made: MadeClosure; readonly cellCount: number } {
    const noted = this.closures?.get(fn);
    if (noted === undefined) throw new Damaged('a function was not made here');
    return noted;
  }

  /** Notes that a container's content comes later. */
  defer(object: object, tag: number): void {
    this.pending ??= [];
    this.pending[this.pending.length] = { tag, object };
  }

  /** Elements, and holes as holes. */
  fillArray(array: unknown[]): void {
    const length = this.in.size();
    for (let i = 0; i < length; i++) {
      if (this.in.bytes[this.in.position] === TAG.holes) {
        this.in.position++;
        i += this.in.size() - 1;
        continue;
      }
      array[i] = this.read();
    }
    if (array.length !== length) setLength(array, length);
  }

  /** Keys and values in turn. */
  fillDictionary(object: Record<string, unknown>, prototype: object | null): void {
    for (let left = this.in.count(2); left > 0; left--) {
      const key = this.in.string();
      const value = this.read();
      if (prototype !== null && key in prototype) defineValue(object, key, value, true);
      else object[key] = value;
    }
  }

  private readNested(tag: number): unknown {
    if (++this.depth > NESTING_MAX) throw new Damaged('they nest too deep');
    const value = this.readContainer(tag);
    this.depth--;
    return value;
  }

  private readContainer(tag: number): unknown {
    switch (tag) {
      case TAG.shaped: {
        const shape = this.parts.shapes.read(this.in, this.in.size());
        this.shapes[this.shapes.length] = shape;
        return this.readShaped(shape);
      }
      case TAG.shapedAgain: {
        const shape = this.shapes[this.in.size()];
        if (shape === undefined) throw new Damaged('an object has no keys');
        return this.readShaped(shape);
      }
      case TAG.array: {
        const array = this.register<unknown[]>([]);
        this.fillArray(array);
        return array;
      }
      case TAG.dictionary: {
        const object = this.register<Record<string, unknown>>({});
        this.fillDictionary(object, objectPrototype);
        return object;
      }
      case TAG.deferred:
        return this.readDeferred();
      default:
        return readObject(this, tag);
    }
  }

  private readShaped(shape: ReadShape): object {
    const object = this.register({ ...shape.template });
    const { keys } = shape;
    for (let i = 0; i < keys.length; i++) object[keys[i] as string] = this.read();
    return object;
  }

  private readDeferred(): object {
    const tag = this.in.byte();
    const object = makeContainer(this, tag);
    this.defer(object, tag);
    return object;
  }

  private referred(number: number): object {
    const object = this.objects[number];
    if (object === undefined) throw new Damaged('a reference leads nowhere');
    if (object === UNFINISHED) throw new Damaged('the arguments of a reducer contain the object itself');
    return object;
  }
}

function setLength(array: unknown[], length: number): void {
  if (length > 0xffffffff || length < array.length) throw new Damaged('an array is longer than it says');
  array.length = length;
}
