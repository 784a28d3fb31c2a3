/**
 * Packs functions, once each: a task names its function by a small number, and a worker hears of each number once.
 *
 * Rules: knows the codec only.
 * Guarantees: the same function, and another one that packs to the same bytes, has the same number.
 */

import type { FunctionUnit } from '../core/ports.js';
import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';

const { Buffer } = globalThis;

/** The functions of one executor. */
export class FunctionUnits {
  readonly #codec: Codec;
  readonly #byFunction = new WeakMap<AnyFunction, FunctionUnit>();
  readonly #byContent = new Map<string, FunctionUnit>();
  #lastId = 0;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The unit of `fn`. Throws `SerializationError` when it cannot travel. */
  pack(fn: AnyFunction): FunctionUnit {
    const known = this.#byFunction.get(fn);
    if (known !== undefined) return known;
    const bytes = this.#codec.encode(fn, { direction: 'argument', root: 'fn' });
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let unit = this.#byContent.get(content);
    if (unit === undefined) {
      this.#lastId += 1;
      unit = { id: this.#lastId, bytes };
      this.#byContent.set(content, unit);
    }
    this.#byFunction.set(fn, unit);
    return unit;
  }
}
