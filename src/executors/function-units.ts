/**
 * Packs functions, once each: a task names its function by a small number, and a worker hears of each number once.
 *
 * Rules: knows the codec only.
 * Guarantees: the same function, and another one that packs to the same bytes, has the same number. So has a function that
 * does the same as one that was packed, though it stands elsewhere.
 */

import type { FunctionUnit } from '../core/ports.js';
import { attachmentsOf } from '../serialization/attachments.js';
import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { SharedTexts } from './shared-texts.js';

const { Buffer } = globalThis;

/** The functions of one executor. */
export class FunctionUnits {
  readonly #codec: Codec;
  readonly #byFunction = new WeakMap<AnyFunction, FunctionUnit>();
  readonly #byContent = new Map<string, FunctionUnit>();
  readonly #texts = new SharedTexts();
  #lastId = 0;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The unit of `fn`. Throws `SerializationError` when it cannot travel. */
  pack(fn: AnyFunction): FunctionUnit {
    const known = this.#byFunction.get(fn);
    if (known !== undefined) return known;
    // Not remembered by function: for one that is made for a single call, that would cost more than it saves.
    const shared = this.#texts.find(fn);
    if (shared !== undefined) return shared;
    const bytes = this.#codec.encode(fn, { direction: 'argument', root: 'fn' });
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    // What goes beside the bytes is a part of the function, too.
    const isAlone = attachmentsOf(bytes) === undefined;
    let unit = isAlone ? this.#byContent.get(content) : undefined;
    if (unit === undefined) {
      this.#lastId += 1;
      unit = { id: this.#lastId, bytes };
      if (isAlone) this.#byContent.set(content, unit);
    }
    this.#byFunction.set(fn, unit);
    this.#texts.learn(fn, unit);
    return unit;
  }

  /** Whether functions that stand at other places may have this unit too. */
  isShared(unit: FunctionUnit): boolean {
    return this.#texts.isShared(unit);
  }

  /** Puts right where an error, which `fn` threw under a shared unit, says that it was thrown. */
  correctPlace(error: Error, thrower: { readonly fn: AnyFunction; readonly unit: FunctionUnit }): void {
    this.#texts.correctPlace(error, thrower);
  }
}
