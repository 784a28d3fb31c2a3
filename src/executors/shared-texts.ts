/**
 * Which unit a function can use because one with the same text has it: see `serialization/functions/interchangeable`.
 *
 * Rules: knows texts and units, no call. A text is looked at when it comes with a second function, so that functions which
 * are made once, as most are, cost nothing here.
 * Guarantees: bounded; an error that comes out of a function which used another one's unit shows the function's own place.
 * What can be wrong: a stack that other code looks at within the worker shows the place of the other function, whose text is
 * the same to the letter.
 */

import { createRequire } from 'node:module';
import { types } from 'node:util';
import { lazily } from '../base/lazily.js';
import type { FunctionUnit } from '../core/ports.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { readArrowText } from '../serialization/functions/arrow-text.js';
import { ownNameOf } from '../serialization/functions/function-name.js';
import { createLruMap } from '../serialization/functions/lru-map.js';
import { type Relocation, relocateStack, type TextPlace } from '../serialization/functions/relocate-stack.js';

const requireOwn = createRequire(import.meta.url);
const describing = lazily(
  () =>
    requireOwn('../serialization/functions/describing.js') as typeof import('../serialization/functions/describing.js'),
);
const code = lazily(
  () => requireOwn('../serialization/functions/code.js') as typeof import('../serialization/functions/code.js'),
);

/** What is known of a text: seen once, tied to its place, or whose unit its functions use. */
type Knowledge = 'seen' | 'tied' | SharedUnit;

interface SharedUnit {
  readonly unit: FunctionUnit;
  readonly name: string;
  readonly text: string;
  readonly place: TextPlace;
}

/** The texts of one executor's functions. */
export class SharedTexts {
  readonly #texts = createLruMap<string, Knowledge>({ maxEntries: 1000, maxWeight: 2 ** 18 });
  readonly #byUnit = new WeakMap<FunctionUnit, SharedUnit>();

  /** The unit that `fn` can use. */
  find(fn: AnyFunction): FunctionUnit | undefined {
    const text = readArrowText(fn);
    const known = text === undefined ? undefined : this.#texts.get(text);
    return typeof known === 'object' && known.name === ownNameOf(fn) ? known.unit : undefined;
  }

  /** Learns that `fn` was given a unit of its own. */
  learn(fn: AnyFunction, unit: FunctionUnit): void {
    const text = readArrowText(fn);
    if (text === undefined) return;
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, 'seen', text.length);
    if (known !== 'seen') return;
    const shared = judge(fn, text, unit);
    this.#texts.set(text, shared ?? 'tied', text.length);
    if (shared !== undefined) this.#byUnit.set(unit, shared);
  }

  /** Whether several functions may use this unit. */
  isShared(unit: FunctionUnit): boolean {
    return this.#byUnit.has(unit);
  }

  /** Puts right where an error, which `fn` threw under a shared unit, says that it was thrown. */
  correctPlace(error: Error, { fn, unit }: { readonly fn: AnyFunction; readonly unit: FunctionUnit }): void {
    const shared = this.#byUnit.get(unit);
    const to = shared && describing().locateFunction(fn);
    if (shared !== undefined && to !== undefined) correct(error, { text: shared.text, from: shared.place, to });
  }
}

/** How long a chain of causes is followed, which may be a circle. */
const MAX_CAUSES = 20;

function correct(error: Error, relocation: Relocation): void {
  let current: unknown = error;
  for (let left = MAX_CAUSES; left > 0 && types.isNativeError(current); left -= 1) {
    const { value, writable }: PropertyDescriptor = Object.getOwnPropertyDescriptor(current, 'stack') ?? {};
    if (writable === true && typeof value === 'string') current.stack = relocateStack(value, relocation);
    current = Object.getOwnPropertyDescriptor(current, 'cause')?.value;
  }
}

function judge(fn: AnyFunction, text: string, unit: FunctionUnit): SharedUnit | undefined {
  // Frames that were mapped to a source show no place that could be put right.
  if (process.sourceMapsEnabled) return undefined;
  const record = describing().describeFunction(fn);
  if (record.kind !== 'text' || record.url === undefined || !code().isInterchangeable(text)) return undefined;
  const { name, url, line, column } = record;
  return { unit, name, text, place: { url, line, column } };
}
