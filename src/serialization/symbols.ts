/**
 * Symbols: the registered ones travel by their key, the well-known ones by their name. Local ones that functions capture get a
 * name, under which each side keeps its one symbol.
 *
 * Guarantees: a symbol arrives as the identical one, or as the one that stands for it there, and comes back as itself; a local symbol
 * as data is refused.
 */

import { EventEmitter } from 'node:events';
import { origin } from '../base/origin.js';
import type { ByteReader } from './byte-reader.js';
import { Damaged } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { createLruMap } from './functions/lru-map.js';
import { getOwnPropertyNames, getOwnPropertySymbols, SafeMap, symbolFor, symbolKeyFor } from './intrinsics.js';
import { Refusal } from './refusal.js';
import { TAG } from './wire.js';

const namesOfSymbols = new SafeMap<symbol, string>();
const symbolsOfNames = new SafeMap<string, symbol>();
for (const name of getOwnPropertyNames(Symbol)) {
  const symbol = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof symbol !== 'symbol') continue;
  noteCommon(symbol, name);
}
// Emitters that catch rejections keep that under a symbol of Node, which no global names.
for (const symbol of getOwnPropertySymbols(EventEmitter.prototype)) {
  if (symbol.description === 'kCapture') noteCommon(symbol, 'node:kCapture');
}

function noteCommon(symbol: symbol, name: string): void {
  namesOfSymbols.set(symbol, name);
  symbolsOfNames.set(name, symbol);
}

/** Whether a symbol is the same elsewhere. */
export function isCommonSymbol(symbol: symbol): boolean {
  return symbolKeyFor(symbol) !== undefined || namesOfSymbols.has(symbol);
}

/** Writes a symbol with its tag. */
export function writeSymbol(
  out: ByteWriter,
  symbol: symbol,
  { isCaptured }: { readonly isCaptured: boolean } = { isCaptured: false },
): void {
  const key = symbolKeyFor(symbol);
  const name = key === undefined ? namesOfSymbols.get(symbol) : undefined;
  if (key === undefined && name === undefined) {
    if (isCaptured) return writeLocal(out, symbol);
    throw new Refusal('it is a local symbol, which would be another one there: use Symbol.for(…) or a string');
  }
  out.byte(key === undefined ? TAG.wellKnownSymbol : TAG.registeredSymbol);
  out.string((key ?? name) as string);
}

/** Programs have few symbols; of one that makes many, those that were not used for long are forgotten. */
const LIMITS = { maxEntries: 1000, maxWeight: Number.POSITIVE_INFINITY };
const namesOfLocals = createLruMap<symbol, string>(LIMITS);
const localsOfNames = createLruMap<string, symbol>(LIMITS);
let lastNumber = 0;

function noteLocal(symbol: symbol, name: string): void {
  namesOfLocals.set(symbol, name, 0);
  localsOfNames.set(name, symbol, 0);
}

function writeLocal(out: ByteWriter, symbol: symbol): void {
  let name = namesOfLocals.get(symbol);
  if (name === undefined) {
    lastNumber += 1;
    name = `${origin}.${lastNumber}`;
    noteLocal(symbol, name);
  }
  const { description } = symbol;
  out.byte(description === undefined ? TAG.namelessSymbol : TAG.localSymbol);
  out.string(name);
  if (description !== undefined) out.string(description);
}

function readLocal(reader: ByteReader, tag: number): symbol {
  const name = reader.string();
  const description = tag === TAG.localSymbol ? reader.string() : undefined;
  const known = localsOfNames.get(name);
  if (known !== undefined) return known;
  const symbol = Symbol(description);
  noteLocal(symbol, name);
  return symbol;
}

/** Reads what follows a symbol's tag. */
export function readSymbol(reader: ByteReader, tag: number): symbol {
  if (tag === TAG.localSymbol || tag === TAG.namelessSymbol) return readLocal(reader, tag);
  const text = reader.string();
  if (tag === TAG.registeredSymbol) return symbolFor(text);
  const symbol = symbolsOfNames.get(text);
  if (symbol === undefined) throw new Damaged(`Symbol.${text} does not exist here`);
  return symbol;
}
