/**
 * Sends the reducers of a pool, and those that were registered for classes of modules, to its workers: there they take apart what
 * tasks return.
 *
 * Rules: knows codecs, not links; what is sent is plain data.
 * Guarantees: neither a class nor a reducer that cannot travel stops a worker from starting. That is told when an instance has to
 * travel.
 */

import type { Codec } from './codec.js';
import type { AnyFunction, FunctionPort } from './function-record.js';
import {
  type AnyPair,
  classKey,
  countRegistrations,
  type Learned,
  listRegistered,
  type PoolReducer,
  type ReducerTable,
} from './reducers.js';
import { textOf } from './refusal.js';

const { Buffer } = globalThis;

/** One reducer on its way. */
export interface ShippedReducer {
  /** The name of its class. */
  readonly key: string;
  /** `[reduce, revive]`, packed, as base64; one alone if the other cannot travel, `null` if none can. */
  readonly functions: string | null;
  /** Why, then. */
  readonly problem: string;
}

const WHERE = { direction: 'argument', root: 'reducer' } as const;

/** With what reducers are sent. */
export interface ShippingParts {
  readonly codec: Codec;
  readonly port: FunctionPort;
  /** The pool's own. */
  readonly reducers: readonly PoolReducer[];
}

/** What a worker that starts now must know. The pool's own are packed at once, what was registered when it is first needed. */
export function createReducerShipping(parts: ShippingParts): () => readonly ShippedReducer[] {
  const own = shipOwn(parts);
  let shipped: { readonly at: number; readonly items: readonly ShippedReducer[] } | undefined;
  return () => {
    const at = countRegistrations();
    if (shipped?.at !== at) shipped = { at, items: [...new Map([...shipRegistered(parts), ...own]).values()] };
    return shipped.items;
  };
}

function shipRegistered({ codec, port }: ShippingParts): Map<string, ShippedReducer> {
  const byKey = new Map<string, ShippedReducer>();
  for (const { type, pair } of listRegistered()) {
    // With a class by value its reducer goes along.
    if (isByValue(type as unknown as AnyFunction, port)) continue;
    add(byKey, classKey(type as unknown as AnyFunction, port), pair, codec);
  }
  return byKey;
}

function shipOwn({ codec, port, reducers }: ShippingParts): Map<string, ShippedReducer> {
  const byKey = new Map<string, ShippedReducer>();
  for (const reducer of reducers) {
    add(byKey, classKey(reducer.type as unknown as AnyFunction, port), reducer, codec);
  }
  return byKey;
}

function isByValue(type: AnyFunction, port: FunctionPort): boolean {
  try {
    return port.describe(type).kind === 'value';
  } catch {
    // A class that cannot travel has no key either.
    return false;
  }
}

function add(
  byKey: Map<string, ShippedReducer>,
  key: string | undefined,
  { reduce, revive }: AnyPair,
  codec: Codec,
): void {
  if (key === undefined) return;
  try {
    byKey.set(key, { key, functions: toBase64(codec, [reduce, revive]), problem: '' });
  } catch (error) {
    byKey.set(key, { key, functions: tryAlone(codec, revive), problem: textOf(error) });
  }
}

function tryAlone(codec: Codec, revive: unknown): string | null {
  try {
    return toBase64(codec, [undefined, revive]);
  } catch {
    // Both have the same problem, or the first one's has been told.
    return null;
  }
}

function toBase64(codec: Codec, functions: readonly unknown[]): string {
  const { buffer, byteOffset, byteLength } = codec.encode(functions, WHERE);
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** Takes what was shipped, in a worker. */
export async function learnReducers(
  codec: Codec,
  table: ReducerTable,
  shipped: readonly ShippedReducer[],
): Promise<void> {
  for (const { key, functions, problem } of shipped) {
    try {
      const read = functions === null ? [] : await codec.decode(Buffer.from(functions, 'base64'), WHERE);
      const [reduce, revive] = read as (AnyFunction | undefined)[];
      table.learn(key, { reduce: reduce as Learned['reduce'], revive, problem });
    } catch (error) {
      table.learn(key, { reduce: undefined, revive: undefined, problem: textOf(error) });
    }
  }
}
