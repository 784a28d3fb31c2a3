/**
 * Writes one value: what is primitive, plain objects, arrays, identity and depth. All other objects are in
 * `writer-objects.ts`.
 *
 * Rules: calls no method of the value (no `toJSON`, no iterator), reads each property once.
 * Guarantees: what cannot travel throws `Refusal` with the steps to it still on the stack of this writer; nothing of the
 * value is kept after `reset`.
 */

import type { Collector } from './attachments.js';
import { attributesOf } from './attributes.js';
import { besideOf } from './beside.js';
import type { UsedBuffers } from './buffers.js';
import { ByteWriter } from './byte-writer.js';
import { namesAreIndices } from './extras.js';
import type { FunctionRecord, SharedCells } from './function-record.js';
import { Identities } from './identities.js';
import {
  arrayPrototype,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  isArgumentsObject,
  isArray,
  isExotic,
  isProxy,
  isView,
  objectKeys,
  objectPrototype,
} from './intrinsics.js';
import type { Beside, Hold } from './memory-port.js';
import { Refusal, verify } from './refusal.js';
import { NEW_SHAPES_MAX, type WrittenShape } from './shapes.js';
import { writeSymbol } from './symbols.js';
import { type Origin, Trail } from './trail.js';
import { DEPTH_LIMIT, TAG } from './wire.js';
import { writeContent } from './writer-containers.js';
import type { TableEntry, Writer, WriterTools } from './writer-context.js';
import { writeArray, writeFunction, writeObject } from './writer-objects.js';

/** A container whose content comes after the root value. */
interface Pending {
  readonly object: object;
  readonly tag: number;
  readonly origin: Origin;
  readonly captureDepth: number;
}

let messages = 0;

/** Whether an object with the default prototype is not plainly something else; `constructor` may tell a prototype. */
function mayBePlain(object: object): boolean {
  return !isArray(object) && !isView(object) && !isArgumentsObject(object) && !hasOwn(object, 'constructor');
}

/** Writes one value at a time. */
export class ValueWriter implements Writer {
  readonly out = new ByteWriter();
  readonly trail = new Trail();
  readonly identities = new Identities();
  readonly tools: WriterTools;
  buffers: UsedBuffers | undefined;
  collector: Collector | undefined;
  holds: Hold[] = [];
  undos: Hold[] = [];
  isLasting = false;
  table: TableEntry[] = [];
  shared: SharedCells | undefined;
  headDepth = 0;
  captureDepth = 0;
  hasWarned = false;
  private pending: Pending[] = [];
  private whole = 0;
  private readonly reducing: object[] = [];
  private message = 0;
  private shapesWritten = 0;
  private shapesAdded = 0;

  constructor(tools: WriterTools) {
    this.tools = tools;
  }

  /** Writes the value, and then what stood too deep in it. */
  writeRoot(value: unknown, root: string): void {
    const { trail } = this;
    trail.root = root;
    this.message = ++messages;
    this.write(value);
    for (let i = 0; i < this.pending.length; i++) {
      const { object, tag, origin, captureDepth } = this.pending[i] as Pending;
      trail.origin = origin;
      this.captureDepth = captureDepth;
      writeContent(this, object, tag);
    }
  }

  /** Lets go of everything, so that the writer can be used again. */
  reset(): void {
    if (this.pending.length > 0) this.pending = [];
    if (this.table.length > 0) this.table = [];
    this.buffers = undefined;
    this.collector = undefined;
    if (this.holds.length > 0) this.holds = [];
    if (this.undos.length > 0) this.undos = [];
    this.isLasting = false;
    this.shared = undefined;
    this.headDepth = 0;
    this.captureDepth = 0;
    this.hasWarned = false;
    this.whole = 0;
    this.reducing.length = 0;
    this.shapesWritten = 0;
    this.shapesAdded = 0;
    this.identities.reset();
    this.trail.reset();
    this.out.reset();
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
    else writeSymbol(this.out, value as symbol, { isCaptured: this.captureDepth + this.headDepth > 0 });
  }

  get beside(): Beside | undefined {
    return besideOf(this, this.tools.memory);
  }

  get tooDeep(): boolean {
    // What stands in the head of a function may lead back to it.
    if (this.headDepth > 0 && this.whole === 0) return true;
    if (this.trail.depth < DEPTH_LIMIT) return false;
    if (this.whole === 0) return true;
    if (this.trail.depth < 3 * DEPTH_LIMIT) return false;
    throw new Refusal('it is nested too deep in what a reducer returned');
  }

  get mustBeWhole(): boolean {
    return this.whole > 0;
  }

  /**
   * Writes what a reducer made of an object, without putting off any part of it: what makes the object again needs its
   * arguments complete. The object itself cannot be one of them.
   */
  writePartsOf(object: object, parts: readonly unknown[]): void {
    this.whole++;
    this.reducing[this.reducing.length] = object;
    this.write(parts);
    this.reducing.length--;
    this.whole--;
  }

  /** Promises a container's content for later. */
  defer(object: object, tag: number): void {
    const { captureDepth } = this;
    this.pending[this.pending.length] = { object, tag, origin: this.trail.originHere(), captureDepth };
  }

  /** The number of an entry in the table of functions and classes. */
  tableIndex(record: FunctionRecord, use: number): number {
    const { table } = this;
    for (let i = 0; i < table.length; i++) {
      const entry = table[i] as TableEntry;
      if (entry.record === record && entry.use === use) return i;
    }
    table[table.length] = { record, use, path: this.trail.path() };
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
    if (keys.length === 0) verify(!isExotic(object), 'a plain object');
    const shape = this.shapeOf(keys);
    if (shape === undefined) {
      this.out.byte(TAG.dictionary);
      this.writeDictionary(object, keys);
      return;
    }
    this.writeShape(shape);
    this.trail.enter(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      this.trail.at(key);
      this.write(object[key]);
    }
    this.trail.leave();
  }

  /** Keys and values in turn. */
  writeDictionary(object: Record<string, unknown>, keys: readonly string[]): void {
    this.out.size(keys.length);
    this.trail.enter(object);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      this.out.string(key);
      this.trail.at(key);
      this.write(object[key]);
    }
    this.trail.leave();
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
    this.trail.enter(array);
    let indices: readonly string[] | undefined;
    let cursor = 0;
    for (let i = 0; i < length; i++) {
      this.trail.at(i);
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
    this.trail.leave();
  }

  private shapeOf(keys: readonly string[]): WrittenShape | undefined {
    const { shapes } = this.tools;
    const shape = shapes.find(keys);
    if (shape !== undefined || this.shapesAdded >= NEW_SHAPES_MAX) return shape;
    this.shapesAdded++;
    return shapes.add(keys);
  }

  private refuseCircle(value: object): void {
    for (let i = 0; i < this.reducing.length; i++) {
      if (this.reducing[i] === value) throw new Refusal('its reducer returned data that contain the object itself');
    }
  }

  private writeReferable(value: object): void {
    const known = this.identities.meet(value);
    if (known !== -1) {
      if (this.whole > 0) this.refuseCircle(value);
      this.out.byte(TAG.ref);
      this.out.size(known);
      return;
    }
    if (isProxy(value)) throw new Refusal('it is a Proxy, whose handler stays here: send the data that it shows');
    if (typeof value === 'function') return writeFunction(this, value as () => unknown);
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype) {
      if (mayBePlain(value) && getOwnPropertySymbols(value).length === 0) {
        const isMore = this.captureDepth > 0 && attributesOf(value, 'object') !== undefined;
        return isMore ? writeObject(this, value, prototype) : this.writePlain(value as Record<string, unknown>);
      }
    } else if (prototype === arrayPrototype && isArray(value)) {
      const isMore = this.captureDepth > 0 && attributesOf(value, 'array') !== undefined;
      if (!isMore && getOwnPropertySymbols(value).length === 0 && namesAreIndices(value)) {
        return writeArray(this, value);
      }
    }
    return writeObject(this, value, prototype);
  }
}
