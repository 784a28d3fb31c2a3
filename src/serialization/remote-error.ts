/**
 * What a task throws, from the worker to the host: any value, encoded by the codec as it is; and where that is impossible, an
 * `Error` that says as much of it as can travel.
 *
 * Rules: decides nothing about tasks. Guarantees: `encodeThrown` never throws; `decodeThrown` never throws or rejects; each call
 * gives a fresh object.
 */

import type { SerializationError } from '../base/errors.js';
import type { Codec, CodecOptions } from './codec.js';
import { defineProperty, getOwnPropertyDescriptor, isNativeError, isPromise } from './intrinsics.js';
import { salvage } from './salvage.js';
import type { SubmitSite } from './submit-site.js';

const OPTIONS: CodecOptions = { direction: 'result', root: 'error' };

/** The bytes for whatever was thrown. */
export function encodeThrown(codec: Codec, thrown: unknown): Uint8Array {
  try {
    return codec.encode(thrown, { ...OPTIONS, lasting: true });
  } catch (error) {
    return salvage(codec, thrown, error as SerializationError);
  }
}

/**
 * The value that was thrown, with the submit site joined to its stack; at once, or as a promise when the module of a class is to
 * be loaded. Bytes that cannot be read give the `SerializationError` that says so.
 */
export function decodeThrown(codec: Codec, bytes: Uint8Array, site?: SubmitSite): unknown {
  try {
    const value = codec.decode(bytes, OPTIONS);
    return isPromise(value) ? settle(value as Promise<unknown>, site) : joinSite(value, site);
  } catch (error) {
    return joinSite(error, site);
  }
}

async function settle(loading: Promise<unknown>, site: SubmitSite | undefined): Promise<unknown> {
  try {
    return joinSite(await loading, site);
  } catch (error) {
    return joinSite(error, site);
  }
}

/**
 * Adds the submit site below the stack of a fresh error. All lines keep V8's form, so that what reads stacks reads this one. A
 * value that is no error is returned as it is.
 */
export function joinSite(value: unknown, site: SubmitSite | undefined): unknown {
  if (site === undefined || !isNativeError(value)) return value;
  const frames = site.text();
  const { stack } = value;
  if (frames === '' || getOwnPropertyDescriptor(value, 'stack')?.configurable === false) return value;
  const text = typeof stack === 'string' && stack !== '' ? `${stack}\n${frames}` : frames;
  defineProperty(value, 'stack', { value: text, writable: true, configurable: true, enumerable: false });
  return value;
}
