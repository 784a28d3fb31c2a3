/**
 * Whether a function is whole by its own text, and the record of one that is.
 *
 * Rules: the scopes say which free names are outer variables; a name that none of them has is a global. Without scopes
 * (no inspector) a free name must be a global that exists.
 * Guarantees: what it lets through means the same elsewhere; everything else is refused with all reasons that the user
 * can act on, and where they stand.
 */

import { findSourceMap } from 'node:module';
import { relative } from 'node:path';
import type { AnyNode } from 'acorn';
import { type AnyFunction, FunctionRefusal } from '../function-record.js';
import { isStandardGlobal } from './builtins.js';
import { isEntryScript, toFile } from './entry-script.js';
import { ownNameOf } from './function-name.js';
import { inspectorProblem, type ScopeView } from './inspector.js';
import { refuseOwnState, shapeOf, type TextShape } from './own-state.js';
import { type ParsedFunction, parseFunctionText } from './parser.js';
import { analyzeFunction, type FunctionNeeds, type Tie } from './scope-analysis.js';
import type { Position, Script } from './scripts.js';
import { isCompiledFrom, isToolHelper, type TextRecord } from './text-function.js';

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

/** A text's record, and what every function of that text must look like for it to be all. */
export interface DescribedText {
  readonly record: TextRecord;
  readonly shape: TextShape;
}

/** The record of a function whose text is enough. Throws `FunctionRefusal` for any other. */
export function describeByText(site: TextSite): DescribedText {
  const parsed = parseFunctionText(site.text);
  if (parsed === undefined) throw new FunctionRefusal('its text cannot be parsed');
  const strict = isStrictAround(site);
  const needs = analyzeFunction(parsed.node, { strict });
  refuseTies(site, needs, parsed);
  refuseOuterNames(site, needs, parsed);
  const shape = shapeOf(parsed.node);
  refuseOwnState(site.fn, shape);
  const record: TextRecord = {
    kind: 'text',
    source: withPlainKey(site.text, parsed),
    form: parsed.form,
    strict,
    name: ownNameOf(site.fn) ?? '',
    url: traceName(site.script),
    ...(positionOf(site, 0) ?? { line: 0, column: 0 }),
  };
  return { record, shape };
}

/** How stack traces call the script: the inspector shows a URL for the path of a CommonJS file. */
export function traceName(script: Script | undefined): string | undefined {
  if (!script?.url) return undefined;
  return script.isModule || isCompiledFrom(script.url) ? script.url : (toFile(script.url) ?? script.url);
}

function positionOf({ script, start }: TextSite, offset: number): Position | undefined {
  return script === undefined || start === undefined ? undefined : script.positionAt(start + offset);
}

/** ` (app.mjs:12:8)` as stack traces count, or nothing when the place is unknown. */
function describePlace(site: TextSite, offset: number): string {
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

function refuseTies(site: TextSite, { ties }: FunctionNeeds, { offset }: ParsedFunction): void {
  const reasons: string[] = [];
  for (const [kind, start] of ties) {
    if (kind === 'dynamic-import') continue;
    if (kind === 'this' && isThisUndefined(site)) continue;
    reasons.push(`${TIE_REASONS[kind]}${describePlace(site, start + offset)}`);
  }
  if (reasons.length > 0) throw new FunctionRefusal(`it uses ${joinWords(reasons)}; ${advise(site)}`);
}

function advise({ script }: TextSite): string {
  return script !== undefined && isEntryScript(script.url)
    ? 'export the function from a module other than the entry script, or pass what it needs as arguments'
    : 'export the function from a module, or pass what it needs as arguments';
}

function joinWords(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function refuseOuterNames(site: TextSite, { names }: FunctionNeeds, { node, offset }: ParsedFunction): void {
  const outer: string[] = [];
  const unknown: string[] = [];
  for (const [name, start] of [...names].sort(([, a], [, b]) => a - b)) {
    const shown = `"${name}"${describePlace(site, start + offset)}`;
    const origin = originOf(name, site, node);
    if (origin === 'outer') outer.push(shown);
    else if (origin === 'unknown') unknown.push(shown);
  }
  if (outer.length > 0) {
    const variables = outer.length === 1 ? 'the outer variable' : 'the outer variables';
    throw new FunctionRefusal(`it uses ${variables} ${joinWords(outer)}; ${advise(site)}`);
  }
  if (unknown.length === 0) return;
  const reason = inspectorProblem();
  throw new FunctionRefusal(
    reason === undefined
      ? `it uses ${joinWords(unknown)}, which this program has added to the globals; ${advise(site)}`
      : `it uses ${joinWords(unknown)}, and ${reason}; ${advise(site)}`,
  );
}

function originOf(name: string, { scopes }: TextSite, { type }: AnyNode): 'global' | 'outer' | 'unknown' {
  const isOuter = scopes?.some(({ kind, variables }) => kind !== 'global' && Object.hasOwn(variables, name));
  if (isOuter) return isToolHelper(name) ? 'global' : 'outer';
  // `arguments` of an outer function.
  if (name === 'arguments') return 'outer';
  if (isStandardGlobal(name) || isToolHelper(name)) return 'global';
  if (scopes === undefined) return 'unknown';
  // What only the definition of a class has read, such as its superclass, is in no scope any more.
  if (type === 'ClassExpression') return 'outer';
  // A name that is nowhere fails there as it does here; one that this program has made would fail only there.
  return Object.hasOwn(globalThis, name) ? 'unknown' : 'global';
}

/** At the top of an ES module `this` is `undefined`, as it is in a compiled text. */
function isThisUndefined({ script, start }: TextSite): boolean {
  if (script === undefined || start === undefined || !script.isModule) return false;
  const around = script.nodesAround(start);
  return around.length > 0 && !around.some((node) => bindsThis(node) && node.start !== start);
}

function bindsThis({ type }: AnyNode): boolean {
  return (
    type === 'FunctionExpression' ||
    type === 'FunctionDeclaration' ||
    type === 'PropertyDefinition' ||
    type === 'StaticBlock'
  );
}

/** Whether the code around the text is strict, which the text itself does not show. */
function isStrictAround({ fn, script, start }: TextSite): boolean {
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
function withPlainKey(text: string, { key, isKeyForeign, offset }: ParsedFunction): string {
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
