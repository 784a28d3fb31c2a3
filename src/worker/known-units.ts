/**
 * The functions that a worker has heard of, by the numbers that calls use, made when they are first called, and how long each
 * took when it was last called.
 *
 * Rules: uses nothing that a task may have replaced.
 * Guarantees: holds what the host has not told it to forget, and no more.
 */

import type { Codec, DecodedUnit } from '../serialization/codec.js';
import { isPromise, SafeMap } from '../serialization/intrinsics.js';
import { ignoreFailure } from './invoke.js';

/** A function whose last call took less is expected to be as quick again. */
const QUICK_US = 200;

/** A function that was quick so often is trusted to be quick. A slow call costs it as many. */
const STEADY_CALLS = 64;
/** No more is remembered, so that two slow calls in a row cost it all trust. */
const REMEMBERED_CALLS = 2 * STEADY_CALLS;

const FUNCTION = { direction: 'argument', root: 'fn' } as const;

/** See the file's header. */
export class KnownUnits {
  readonly #codec: Codec;
  readonly #bytes = new SafeMap<number, Uint8Array>();
  readonly #made = new SafeMap<number, DecodedUnit>();
  /** How much each is trusted to be quick; 0 or less when its last call was not. */
  readonly #quick = new SafeMap<number, number>();

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Learns what a number stands for. */
  learn(unit: number, bytes: Uint8Array): void {
    this.#bytes.set(unit, bytes);
  }

  /** Forgets it. */
  forget(unit: number): void {
    this.#bytes.delete(unit);
    this.#made.delete(unit);
    this.#quick.delete(unit);
  }

  /** What a number stands for now. */
  bytesOf(unit: number): Uint8Array | undefined {
    return this.#bytes.get(unit);
  }

  /** The unit, made of the bytes that it had when the call came. */
  find(unit: number, bytes: Uint8Array | undefined): DecodedUnit | Promise<DecodedUnit> {
    const known = this.#made.get(unit);
    if (known !== undefined) return known;
    if (bytes === undefined) throw new Error(`The function ${unit} was never sent.`);
    const made = this.#codec.decodeUnit(bytes, FUNCTION);
    if (!isPromise(made)) return this.#keep(unit, made as DecodedUnit);
    ignoreFailure(made);
    return this.#keepLater(unit, made as Promise<DecodedUnit>);
  }

  /** Notes how long a call took, from its start to its answer. */
  noteDuration(unit: number, durationUs: number): void {
    if (this.#bytes.get(unit) === undefined) return;
    const known = this.#quick.get(unit) ?? 0;
    const trust = known < 0 ? -known : known;
    if (durationUs < QUICK_US) this.#quick.set(unit, trust < REMEMBERED_CALLS ? trust + 1 : trust);
    else this.#quick.set(unit, trust > STEADY_CALLS ? STEADY_CALLS - trust : 0);
  }

  /** Whether the next call is likely to be over at once. */
  isQuick(unit: number): boolean {
    return (this.#quick.get(unit) ?? 0) > 0;
  }

  /** Whether it has been over at once for so long that answers may wait for the next call. */
  isSteady(unit: number): boolean {
    return (this.#quick.get(unit) ?? 0) >= STEADY_CALLS;
  }

  async #keepLater(unit: number, making: Promise<DecodedUnit>): Promise<DecodedUnit> {
    return this.#keep(unit, await making);
  }

  #keep(unit: number, made: DecodedUnit): DecodedUnit {
    if (made.kind !== 'fresh-function' && this.#bytes.get(unit) !== undefined) this.#made.set(unit, made);
    return made;
  }
}
