/**
 * Packs functions: a task names its function by a small number, and a worker hears of each number once.
 *
 * What a function captures may change between two calls, so it travels with the arguments of each; then the unit holds the code
 * alone. Rules: knows the codec only.
 * Guarantees: what packs to the same bytes has the same number while it is remembered; what is remembered is bounded. So has a
 * function that does the same as one that was packed, though it stands elsewhere.
 */

import type { FunctionUnit } from '../core/ports.js';
import { attachmentsOf } from '../serialization/attachments.js';
import type { Codec, EncodedApart, EncodeOptions } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { createLruMap } from '../serialization/functions/lru-map.js';
import { isHolding } from '../serialization/memory-port.js';
import { CALL_ROOT } from '../serialization/trail.js';
import { SharedTexts } from './shared-texts.js';

const { Buffer } = globalThis;

type Table = EncodedApart['table'];

interface PackedTable {
  readonly table: Table;
  readonly unit: FunctionUnit;
}

/** A call as bytes. */
export interface PackedCall {
  readonly unit: FunctionUnit;
  readonly args: Uint8Array;
}

/** What becomes of the memory that goes beside a call. */
export type CallTerms = Pick<EncodeOptions, 'transfer' | 'keeps'>;

const FUNCTION = { direction: 'argument', root: 'fn', lasting: true } as const;
const ARGUMENTS = { direction: 'argument', root: 'args' } as const;
const CALL = { direction: 'argument', root: CALL_ROOT } as const;

/** The functions of one executor. */
export class FunctionUnits {
  readonly #codec: Codec;
  readonly #byFunction = new WeakMap<AnyFunction, FunctionUnit>();
  readonly #byContent = createLruMap<string, FunctionUnit>({ maxEntries: 1000, maxWeight: 64 * 2 ** 20 });
  /** The last table that began with this code. */
  readonly #byCode = new WeakMap<object, PackedTable>();
  readonly #texts = new SharedTexts();
  #lastId = 0;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The unit of `fn`, with all that it captures now. Throws `SerializationError` when it cannot travel. */
  pack(fn: AnyFunction): FunctionUnit {
    return (
      this.#find(fn) ?? (this.#codec.isClosure(fn) ? this.#unitOf(this.#codec.encode(fn, FUNCTION)) : this.#add(fn))
    );
  }

  /** A call of `fn`. Throws `SerializationError` when something of it cannot travel. */
  packCall(fn: AnyFunction, args: readonly unknown[], terms: CallTerms): PackedCall {
    const known = this.#find(fn);
    if (known === undefined && this.#codec.isClosure(fn)) {
      const { bytes, table } = this.#codec.encodeApart([fn, args], { ...CALL, ...terms });
      return { unit: this.#unitOfTable(table), args: bytes };
    }
    const unit = known ?? this.#add(fn);
    return { unit, args: this.packArguments(args, terms) };
  }

  /** The arguments of a call whose function is packed. Throws `SerializationError` when something of them cannot travel. */
  packArguments(args: readonly unknown[], terms: CallTerms): Uint8Array {
    const isPlain = terms.transfer === undefined && terms.keeps !== true;
    return this.#codec.encode(args, isPlain ? ARGUMENTS : { ...ARGUMENTS, ...terms });
  }

  /** Whether functions that stand at other places may have this unit too. */
  isShared(unit: FunctionUnit): boolean {
    return this.#texts.isShared(unit);
  }

  /** Puts right where an error, which `fn` threw under a shared unit, says that it was thrown. */
  correctPlace(error: Error, thrower: { readonly fn: AnyFunction; readonly unit: FunctionUnit }): void {
    this.#texts.correctPlace(error, thrower);
  }

  #find(fn: AnyFunction): FunctionUnit | undefined {
    // By text, it is not remembered by function: for one that is made for a single call, that would cost more than it saves.
    return this.#byFunction.get(fn) ?? this.#texts.find(fn);
  }

  #add(fn: AnyFunction): FunctionUnit {
    const unit = this.#unitOf(this.#codec.encode(fn, FUNCTION));
    this.#byFunction.set(fn, unit);
    this.#texts.learn(fn, unit);
    return unit;
  }

  #unitOfTable(table: Table): FunctionUnit {
    const [first] = table;
    const known = first && this.#byCode.get(first.record);
    if (known !== undefined && isSameTable(known.table, table)) return known.unit;
    const unit = this.#unitOf(this.#codec.encodeTable(table));
    if (first !== undefined) this.#byCode.set(first.record, { table, unit });
    return unit;
  }

  #unitOf(bytes: Uint8Array): FunctionUnit {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    // What goes beside the bytes is a part of the function, too.
    const isAlone = attachmentsOf(bytes) === undefined && !isHolding(bytes);
    const known = isAlone ? this.#byContent.get(content) : undefined;
    if (known !== undefined) return known;
    this.#lastId += 1;
    const unit: FunctionUnit = { id: this.#lastId, bytes };
    if (isAlone) this.#byContent.set(content, unit, content.length * 2);
    return unit;
  }
}

/** Packs a function when the first of several calls is made: what it captured then is what all of them see. */
export function packOnce<H extends { readonly units: FunctionUnits }>(fn: AnyFunction): (home: H) => FunctionUnit {
  let last: { readonly home: H; readonly unit: FunctionUnit } | undefined;
  return (home) => {
    if (last?.home !== home) last = { home, unit: home.units.pack(fn) };
    return last.unit;
  };
}

/** Where in the call an entry was first needed does not matter. */
function isSameTable(known: Table, table: Table): boolean {
  if (known.length !== table.length) return false;
  for (let i = 0; i < table.length; i += 1) {
    if (known[i]?.record !== table[i]?.record || known[i]?.use !== table[i]?.use) return false;
  }
  return true;
}
