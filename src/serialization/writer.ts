/**
 * Writes one value: what is primitive, plain objects, arrays, identity and depth. All other objects are in
 * `writer-objects.ts`.
 *
 * Rules: calls no method of the value (no `toJSON`, no iterator), reads each property once.
 * Guarantees: what cannot travel throws `Refusal` with the steps to it still on the stack of this writer; nothing of the
 * value is kept after `reset`.
 */

import type { UsedBuffers } from './buffers.js';
import { ByteWriter } from './byte-writer.js';
import type { ClassTable } from './classes.js';
import type { FunctionPort, FunctionRecord } from './function-record.js';
import {
  arrayPrototype,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  isArgumentsObject,
  isProxy,
  objectKeys,
  objectPrototype,
  SafeMap,
} from './intrinsics.js';
import type { Step } from './path.js';
import { formatPath } from './path.js';
import type { ReducerTable } from './reducers.js';
import { Refusal } from './refusal.js';
import { NEW_SHAPES_MAX, type WrittenShape, type WrittenShapes } from './shapes.js';
import { writeSymbol } from './symbols.js';
import { DEPTH_LIMIT, TAG } from './wire.js';
import { writeContent, writeFunction, writeObject } from './writer-objects.js';

/** What one codec's writers share. */
export interface WriterTools {
  readonly port: FunctionPort;
  readonly classes: ClassTable;
  readonly shapes: WrittenShapes;
  readonly reducers: ReducerTable;
}

/** A container whose content comes after the root value. */
export interface Pending {
  readonly object: object;
  readonly tag: number;
  /** The first steps to it, and how many more there were. */
  readonly head: readonly Step[];
  readonly skipped: number;
}

/** An entry of the table of functions and classes. */
export interface TableEntry {
  readonly use: number;
  readonly record: FunctionRecord;
  readonly path: string;
}

/** Objects up to this number are compared one by one, which is faster than a Map. */
const FEW = 8;
const HEAD_STEPS = 12;
let messages = 0;

/** Writes one value at a time. */
export class ValueWriter {
  readonly out = new ByteWriter();
  readonly tools: WriterTools;
  root = '';
  depth = 0;
  buffers: UsedBuffers | undefined;
  table: TableEntry[] = [];
  private readonly holders: object[] = [];
  private readonly keys: PropertyKey[] = [];
  private readonly few: unknown[] = [];
  private many: SafeMap<object, number> | undefined;
  private count = 0;
  private pending: Pending[] = [];
  private current: Pending | undefined;
  private head: readonly Step[] = [];
  private message = 0;
  private shapesWritten = 0;
  private shapesAdded = 0;

  constructor(tools: WriterTools) {
    this.tools = tools;
  }

  /** Writes the value, and then what stood too deep in it. */
  writeRoot(value: unknown, root: string): void {
    this.root = root;
    this.message = ++messages;
    this.write(value);
    for (let i = 0; i < this.pending.length; i++) {
      this.current = this.pending[i] as Pending;
      writeContent(this, this.current.object, this.current.tag);
    }
  }

  /** Lets go of everything, so that the writer can be used again. */
  reset(): void {
    for (let i = 0; i < this.few.length; i++) this.few[i] = undefined;
    if (this.holders.length > 0) {
      this.holders.length = 0;
      this.keys.length = 0;
    }
    if (this.pending.length > 0) {
      this.pending = [];
      this.head = [];
    }
    if (this.table.length > 0) this.table = [];
    this.many = undefined;
    this.buffers = undefined;
    this.current = undefined;
    this.count = 0;
    this.depth = 0;
    this.shapesWritten = 0;
    this.shapesAdded = 0;
    this.out.reset();
  }

  /** The path to where the writer stands. */
  path(): string {
    const tail: Step[] = [];
    for (let i = 0; i < this.depth; i++) {
      tail[i] = { holder: this.holders[i] as object, key: this.keys[i] as PropertyKey };
    }
    return formatPath(this.root, this.current?.head ?? [], this.current?.skipped ?? 0, tail);
  }

  /** Steps into a container; `at` says where in it, `leave` steps out. */
  enter(holder: object): void {
    this.holders[this.depth++] = holder;
  }

  /** Where in the container the next value stands. Said before the value is read, for reading may throw. */
  at(key: PropertyKey): void {
    this.keys[this.depth - 1] = key;
  }

  /** Steps out of a container. */
  leave(): void {
    this.depth--;
  }

  /** Writes any value. */
  write(value: unknown): void {
    if (typeof value === 'number') this.out.number(value);
    else if (typeof value === 'string') this.out.string(value);
    else if (typeof value === 'object') {
      if (value === null) this.out.byte(TAG.null);
      else this.writeReferable(value);
    } else if (typeof value === 'boolean') this.out.byte(value ? TAG.true : TAG.false);
    else if (typeof value === 'undefined') this.out.byte(TAG.undefined);
    else if (typeof value === 'function') this.writeReferable(value);
    else if (typeof value === 'bigint') this.out.bigint(value);
    else writeSymbol(this.out, value as symbol);
  }

  /** The number of an object that was written already; otherwise it gets the next number. */
  number(object: object): number | undefined {
    const { count, few } = this;
    if (this.many === undefined) {
      for (let i = 0; i < count; i++) if (few[i] === object) return i;
      this.count = count + 1;
      if (count < FEW) {
        few[count] = object;
        return undefined;
      }
      this.many = new SafeMap();
      for (let i = 0; i < count; i++) this.many.set(few[i] as object, i);
    } else {
      const known = this.many.get(object);
      if (known !== undefined) return known;
      this.count = count + 1;
    }
    this.many.set(object, count);
    return undefined;
  }

  /** Whether a container here is written later. */
  get tooDeep(): boolean {
    return this.depth >= DEPTH_LIMIT;
  }

  /** Promises a container's content for later. */
  defer(object: object, tag: number): void {
    const { current } = this;
    const head = current === undefined ? this.firstSteps() : current.head;
    const skipped = current === undefined ? this.depth - head.length : current.skipped + this.depth;
    this.pending[this.pending.length] = { object, tag, head, skipped };
  }

  /** The number of an entry in the table of functions and classes. */
  tableIndex(record: FunctionRecord, use: number): number {
    const { table } = this;
    for (let i = 0; i < table.length; i++) {
      const entry = table[i] as TableEntry;
      if (entry.record === record && entry.use === use) return i;
    }
    table[table.length] = { record, use, path: this.path() };
    return table.length - 1;
  }

  /** An object with the default prototype. */
  writePlain(object: Record<string, unknown>): void {
    if (this.tooDeep) {
      this.out.byte(TAG.deferred);
      this.out.byte(TAG.dictionary);
      this.defer(object, TAG.dictionary);
      return;
    }
    const keys = objectKeys(object);
    const shape = this.shapeOf(keys);
    if (shape === undefined) {
      this.out.byte(TAG.dictionary);
      this.writeDictionary(object, keys);
      return;
    }
    this.writeShape(shape);
    this.enter(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      this.at(key);
      this.write(object[key]);
    }
    this.leave();
  }

  /** Keys and values in turn. */
  writeDictionary(object: Record<string, unknown>, keys: readonly string[]): void {
    this.out.size(keys.length);
    this.enter(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      this.out.string(key);
      this.at(key);
      this.write(object[key]);
    }
    this.leave();
  }

  /** The keys of an object, once in a message. */
  writeShape(shape: WrittenShape): void {
    const { out } = this;
    if (shape.message === this.message) {
      out.byte(TAG.shapedAgain);
      out.size(shape.index);
      return;
    }
    shape.message = this.message;
    shape.index = this.shapesWritten++;
    out.byte(TAG.shaped);
    out.size(shape.bytes.length);
    out.raw(shape.bytes, shape.bytes.length);
  }

  /** The elements of an array, holes as holes. */
  writeElements(array: readonly unknown[]): void {
    const { length } = array;
    const { out } = this;
    out.size(length);
    this.enter(array);
    let indices: readonly string[] | undefined;
    let cursor = 0;
    for (let i = 0; i < length; i++) {
      this.at(i);
      const value = array[i];
      if (value === undefined ? hasOwn(array, i) : !(i in arrayPrototype) || hasOwn(array, i)) {
        this.write(value);
        continue;
      }
      indices ??= objectKeys(array);
      while (cursor < indices.length && +(indices[cursor] as string) <= i) cursor++;
      const index = cursor < indices.length ? +(indices[cursor] as string) : length;
      const next = index < length ? index : length;
      out.byte(TAG.holes);
      out.size(next - i);
      i = next - 1;
    }
    this.leave();
  }

  private shapeOf(keys: readonly string[]): WrittenShape | undefined {
    const { shapes } = this.tools;
    const shape = shapes.find(keys);
    if (shape !== undefined || this.shapesAdded >= NEW_SHAPES_MAX) return shape;
    this.shapesAdded++;
    return shapes.add(keys);
  }

  /** The first steps to here; siblings share them. */
  private firstSteps(): readonly Step[] {
    const last = this.head[HEAD_STEPS - 1];
    const holder = this.holders[HEAD_STEPS - 1] as object;
    const key = this.keys[HEAD_STEPS - 1] as PropertyKey;
    if (last !== undefined && last.holder === holder && last.key === key) return this.head;
    const head: Step[] = [];
    for (let i = 0; i < HEAD_STEPS; i++)
      head[i] = { holder: this.holders[i] as object, key: this.keys[i] as PropertyKey };
    this.head = head;
    return head;
  }

  private writeReferable(value: object): void {
    const known = this.number(value);
    if (known !== undefined) {
      this.out.byte(TAG.ref);
      this.out.size(known);
      return;
    }
    if (isProxy(value)) throw new Refusal('it is a Proxy, whose handler stays here: send the data that it shows');
    if (typeof value === 'function') return writeFunction(this, value as () => unknown);
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype && !isArgumentsObject(value)) {
      const symbols = getOwnPropertySymbols(value);
      if (symbols.length === 0) return this.writePlain(value as Record<string, unknown>);
    }
    return writeObject(this, value, prototype);
  }
}
