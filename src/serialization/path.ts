/**
 * The path to a place in a value, such as `args[0].config["a b"].get("k")`. Made only when something fails.
 *
 * Rules: runs no code of the user's: no getter, no `toString`.
 */

import { isMap, isSet, mapForEach, regExpTest, stringSlice, uncurry } from './intrinsics.js';

/** From a container to what stands in it. A Map's entries are numbered: 2i is the i-th key, 2i + 1 its value. */
export interface Step {
  readonly holder: object;
  readonly key: PropertyKey;
}

/** More steps than this are abridged in the middle. */
const STEPS_SHOWN = 12;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const INDEX = /^(0|[1-9]\d{0,9})$/;
const stringify = JSON.stringify;
const describeSymbol = uncurry(Symbol.prototype.toString);

function describeKey(key: unknown): string {
  if (typeof key === 'string') return key.length > 60 ? `${stringify(stringSlice(key, 0, 60))}…` : stringify(key);
  if (typeof key === 'symbol') return describeSymbol(key);
  if (typeof key === 'object' && key !== null) return '{…}';
  return typeof key === 'function' ? 'function' : `${key as number}`;
}

function mapKeyAt(map: Map<unknown, unknown>, index: number): unknown {
  let at = 0;
  let found: unknown;
  mapForEach(map, (_, key) => {
    if (at++ === index) found = key;
  });
  return found;
}

const boxes = new WeakSet<object>();

/** Notes an object that the program does not know of: paths do not show the step into it. */
export function hideSteps<T extends object>(box: T): T {
  boxes.add(box);
  return box;
}

function formatStep({ holder, key }: Step): string {
  if (boxes.has(holder)) return '';
  if (typeof key === 'number') {
    if (isMap(holder)) {
      const index = key >> 1;
      return key & 1 ? `.get(${describeKey(mapKeyAt(holder, index))})` : `.keys()[${index}]`;
    }
    return isSet(holder) ? `.values()[${key}]` : `[${key}]`;
  }
  if (typeof holder === 'function' && typeof key === 'string' && key[0] === '@') return ` -> ${stringSlice(key, 1)}`;
  if (typeof key === 'symbol') return `[${describeSymbol(key)}]`;
  if (regExpTest(IDENTIFIER, key)) return `.${key}`;
  return regExpTest(INDEX, key) ? `[${key}]` : `[${describeKey(key)}]`;
}

function formatSteps(steps: readonly Step[], from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += formatStep(steps[i] as Step);
  return text;
}

/** The path from `root`; `skipped` levels between `head` and `tail` are not known. */
export function formatPath(root: string, head: readonly Step[], skipped: number, tail: readonly Step[]): string {
  const { length } = tail;
  if (head.length === 0 && length <= 2 * STEPS_SHOWN) return root + formatSteps(tail, 0, length);
  const first = head.length === 0 ? tail : head;
  const shown = length < STEPS_SHOWN ? length : STEPS_SHOWN;
  const left = skipped + length - shown - (head.length === 0 ? STEPS_SHOWN : 0);
  return `${root}${formatSteps(first, 0, STEPS_SHOWN)} … ${left} levels … ${formatSteps(tail, length - shown, length)}`;
}
