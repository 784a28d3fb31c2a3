/**
 * Changes a text without moving it: what is replaced keeps its length wherever a name of that length is free, and keeps its
 * line ends always.
 *
 * Rules: pure; positions are offsets in the text.
 */

import type { Span } from './scopes.js';

/** A change of a text. */
export interface Edit extends Span {
  readonly text: string;
}

/** The text with the changes made. They must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Replaces a stretch by spaces, and by what stands at its beginning. */
export function blank(text: string, { start, end }: Span, replacement = ''): Edit {
  const rest = text.slice(start + replacement.length, end).replace(/[^\r\n\u2028\u2029]/g, ' ');
  return { start, end, text: replacement + rest };
}

const FIRST = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_';

/** Gives names that a text does not use. */
export interface NameGiver {
  /** A new name, of this length if there is one, with a prefix that tells readers what it is. */
  give(length: number, prefix: string): string;
}

/** Makes names that stand nowhere in the text. */
export function createNameGiver(text: string): NameGiver {
  const given = new Set<string>();
  const isFree = (name: string): boolean => !given.has(name) && !text.includes(name);
  return {
    give(length, prefix) {
      for (let size = Math.max(1, length); ; size += 1) {
        for (let number = 0; number < 2000; number += 1) {
          const name = spell(prefix, number, size);
          if (name === undefined || !isFree(name)) continue;
          given.add(name);
          return name;
        }
      }
    },
  };
}

/** Words of two letters may be reserved, so short names take letters in turn and nothing else. */
function spell(prefix: string, number: number, size: number): string | undefined {
  if (size === 1) return FIRST[number];
  if (size === 2) return number < 54 ? `${FIRST[number]}$` : undefined;
  const digits = number === 0 ? '' : number.toString(36);
  if (digits.length > size - 1) return undefined;
  return `$${prefix.padEnd(size, '$').slice(0, size - 1 - digits.length)}${digits}`;
}
