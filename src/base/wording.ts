/**
 * Words for messages: a value in short, and the name that was probably meant.
 *
 * Rules: pure; never throws, whatever a value does when it is looked at.
 */

import { inspect } from 'node:util';

const LONGEST_VALUE = 80;

/** A short picture of a value for a message. */
export function show(value: unknown): string {
  try {
    const text = inspect(value, { depth: 0, breakLength: Infinity, maxArrayLength: 3, maxStringLength: 40 });
    const line = text.replace(/\s+/g, ' ');
    return line.length <= LONGEST_VALUE ? line : `${line.slice(0, LONGEST_VALUE - 1)}…`;
  } catch {
    return `a value (${typeof value}) that cannot be inspected`;
  }
}

/** The known name that `name` was probably meant to be, if one is near. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = countEdits(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** How many letters must be added, dropped or replaced to turn one word into the other (Levenshtein's distance). */
function countEdits(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
