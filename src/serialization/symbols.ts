/**
 * Symbols: the registered ones travel by their key, the well-known ones by their name.
 *
 * Guarantees: a symbol arrives as the identical one; a local symbol is refused, for it cannot be the same elsewhere.
 */

import type { ByteReader } from './byte-reader.js';
import { Damaged } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { getOwnPropertyNames, SafeMap, symbolFor, symbolKeyFor } from './intrinsics.js';
import { Refusal } from './refusal.js';
import { TAG } from './wire.js';

const namesOfSymbols = new SafeMap<symbol, string>();
const symbolsOfNames = new SafeMap<string, symbol>();
for (const name of getOwnPropertyNames(Symbol)) {
  const symbol = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof symbol !== 'symbol') continue;
  namesOfSymbols.set(symbol, name);
  symbolsOfNames.set(name, symbol);
}

/** Whether a symbol is the same elsewhere. */
export function isCommonSymbol(symbol: symbol): boolean {
  return symbolKeyFor(symbol) !== undefined || namesOfSymbols.has(symbol);
}

/** Writes a symbol with its tag. */
export function writeSymbol(out: ByteWriter, symbol: symbol): void {
  const key = symbolKeyFor(symbol);
  const name = key === undefined ? namesOfSymbols.get(symbol) : undefined;
  if (key === undefined && name === undefined) {
    throw new Refusal('it is a local symbol, which would be another one there: use Symbol.for(…) or a string');
  }
  out.byte(key === undefined ? TAG.wellKnownSymbol : TAG.registeredSymbol);
  out.string((key ?? name) as string);
}

/** Reads what follows a symbol's tag. */
export function readSymbol(reader: ByteReader, tag: number): symbol {
  const text = reader.string();
  if (tag === TAG.registeredSymbol) return symbolFor(text);
  const symbol = symbolsOfNames.get(text);
  if (symbol === undefined) throw new Damaged(`Symbol.${text} does not exist here`);
  return symbol;
}
