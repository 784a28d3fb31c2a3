/**
 * The functions that a worker was sent, by their numbers, and how long each took when it was last called.
 *
 * Rules: revives through the codec; calls nothing. What a task may have replaced is not used.
 * Guarantees: a function is revived once.
 */

import type { Codec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { isPromise, SafeMap } from '../serialization/intrinsics.js';

/** A function whose last call took less is expected to be as quick again. */
const QUICK_US = 200;

const WHERE = { direction: 'argument', root: 'fn' } as const;

/** See the file's header. */
export class KnownUnits {
  readonly #codec: Codec;
  readonly #bytes = new SafeMap<number, Uint8Array>();
  readonly #functions = new SafeMap<number, AnyFunction>();
  readonly #quick = new SafeMap<number, boolean>();

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Learns a function: later calls name it by its number. */
  learn(unit: number, bytes: Uint8Array): void {
    this.#bytes.set(unit, bytes);
  }

  /** The function: at once, or as a promise while its module is being loaded. Throws `SerializationError`. */
  find(unit: number): AnyFunction | Promise<AnyFunction> {
    const known = this.#functions.get(unit);
    if (known !== undefined) return known;
    const bytes = this.#bytes.get(unit);
    if (bytes === undefined) throw new Error(`The function ${unit} was never sent.`);
    const revived = this.#codec.decode(bytes, WHERE);
    if (isPromise(revived)) return this.#rememberLater(unit, revived as Promise<AnyFunction>);
    this.#functions.set(unit, revived as AnyFunction);
    return revived as AnyFunction;
  }

  async #rememberLater(unit: number, loading: Promise<AnyFunction>): Promise<AnyFunction> {
    const fn = await loading;
    this.#functions.set(unit, fn);
    return fn;
  }

  /** Notes how long a call took, from its start to its answer. */
  noteDuration(unit: number, durationUs: number): void {
    this.#quick.set(unit, durationUs < QUICK_US);
  }

  /** Whether the next call is likely to be over at once. */
  isQuick(unit: number): boolean {
    return this.#quick.get(unit) === true;
  }
}
