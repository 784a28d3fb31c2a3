/**
 * A function's text at the place where it stands: how that place is called, what is around it, and how errors speak of it.
 *
 * Rules: reads texts and positions, no values but whether a function has `caller`.
 */

import { findSourceMap } from 'node:module';
import { relative } from 'node:path';
import type { AnyNode } from 'acorn';
import { type AnyFunction, FunctionRefusal } from '../function-record.js';
import { isEntryScript, toFile } from './entry-script.js';
import { isCompiledFrom } from './glue.js';
import type { ScopeView } from './inspector-views.js';
import { type ParsedFunction, parseFunctionText } from './parser.js';
import type { Tie } from './scopes.js';
import type { Position, Script } from './scripts.js';

/** A function's text and what is known of the place where it stands. */
export interface TextSite {
  readonly fn: AnyFunction;
  readonly text: string;
  readonly script: Script | undefined;
  /** Where the text starts in the script. */
  readonly start: number | undefined;
  /** The scopes around it; `undefined` without an inspector. */
  readonly scopes: readonly ScopeView[] | undefined;
}

/** How stack traces call the script: the inspector shows a URL for the path of a CommonJS file. */
export function traceName(script: Script | undefined): string | undefined {
  if (!script?.url) return undefined;
  return script.isModule || isCompiledFrom(script.url) ? script.url : (toFile(script.url) ?? script.url);
}

/** The place of an offset in the text. */
export function positionOf({ script, start }: TextSite, offset: number): Position | undefined {
  return script === undefined || start === undefined ? undefined : script.positionAt(start + offset);
}

/** ` (app.mjs:12:8)` as stack traces count, or nothing when the place is unknown. */
export function describePlace(site: TextSite, offset: number): string {
  const position = positionOf(site, offset);
  const url = site.script?.url;
  if (position === undefined || !url) return '';
  const line = position.line + 1;
  const column = position.column + 1;
  const origin = findSourceMap(url)?.findOrigin(line, column);
  // Without a mapping the answer has no such fields.
  if (origin !== undefined && 'fileName' in origin) {
    return ` (${shorten(origin.fileName)}:${origin.lineNumber}:${origin.columnNumber})`;
  }
  return ` (${shorten(url)}:${line}:${column})`;
}

/** Files of the program's own folder are known by their path in it. */
function shorten(url: string): string {
  const file = toFile(url);
  if (file === undefined) return url;
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}

const TIE_REASONS = {
  this: '"this" of the code around it',
  super: '"super" outside its class or object',
  'new.target': '"new.target" of the code around it',
  'import.meta': '"import.meta"',
  'private-name': 'private names of a class around it',
  'direct-eval': 'a direct eval, which can reach any outer variable',
  with: 'a "with" statement',
} as const satisfies Record<Exclude<Tie, 'dynamic-import'>, string>;

/** What a text uses of its place, in words, with positions in the text. */
export function describeTies(site: TextSite, ties: ReadonlyMap<Tie, number>): string {
  const reasons: string[] = [];
  for (const [kind, start] of ties) {
    if (kind !== 'dynamic-import') reasons.push(`${TIE_REASONS[kind]}${describePlace(site, start)}`);
  }
  return joinWords(reasons);
}

/** What can be done instead. */
export function adviseFor({ script }: TextSite): string {
  return script !== undefined && isEntryScript(script.url)
    ? 'export the function from a module other than the entry script, or pass what it needs as arguments'
    : 'export the function from a module, or pass what it needs as arguments';
}

/** Words with commas and an `and`. */
export function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** Whether the code around the text is strict, which the text itself does not show. */
export function isStrictAround({ fn, script, start }: TextSite): boolean {
  if (script?.isModule) return true;
  // Plain functions have it when they are sloppy; others tell nothing.
  if (Object.hasOwn(fn, 'caller')) return false;
  if (script === undefined || start === undefined) return true;
  if (!/["']use strict["']|\bclass\b/.test(script.source)) return false;
  const around = script.nodesAround(start);
  if (around.length === 0) return /^\s*["']use strict["']/.test(script.source);
  return around.some((node) => node.type === 'ClassBody' || hasUseStrict(node));
}

function hasUseStrict(node: AnyNode): boolean {
  if (node.type !== 'Program' && node.type !== 'BlockStatement') return false;
  return node.body.some((statement) => 'directive' in statement && statement.directive === 'use strict');
}

/** A computed key or a private name means nothing elsewhere: a plain key of the same length stands for it. */
export function withPlainKey(text: string, { key, isKeyForeign, offset }: ParsedFunction): string {
  if (!isKeyForeign || key === undefined) return text;
  const isComputed = key.type !== 'Identifier' || text[key.start + offset] !== '#';
  const from = isComputed ? text.lastIndexOf('[', key.start + offset - 1) : key.start + offset;
  const to = isComputed ? text.indexOf(']', key.end + offset) + 1 : key.end + offset;
  const plain = `_${text.slice(from + 1, to).replace(/[^\r\n\u2028\u2029]/g, ' ')}`;
  const changed = text.slice(0, from) + plain + text.slice(to);
  if (parseFunctionText(changed)?.isKeyForeign !== false)
    throw new FunctionRefusal('its computed key cannot be replaced');
  return changed;
}
