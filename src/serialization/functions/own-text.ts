/**
 * Whether a function is whole by its own text, and the record of one that is.
 *
 * Rules: the scopes say which free names are outer variables; a name that none of them has is a global. Without scopes
 * (no inspector) a free name must be a global that exists.
 * Guarantees: what it calls whole means the same elsewhere. Without an inspector everything else is refused, with all reasons
 * that the user can act on, and where they stand.
 */

import { type AnyFunction, FunctionRefusal } from '../function-record.js';
import { isStandardGlobal } from './builtins.js';
import { ownNameOf } from './function-name.js';
import { isToolHelper } from './glue.js';
import { inspectorProblem } from './inspector.js';
import { hasVariable, type ScopeView } from './inspector-views.js';
import { describeOwnState, shapeOf, type TextShape } from './own-state.js';
import { type ParsedFunction, parseFunctionText } from './parser.js';
import { analyzeFunction, type FunctionNeeds } from './scope-analysis.js';
import type { Tie, Unit } from './scopes.js';
import type { TextRecord } from './text-function.js';
import {
  adviseFor,
  describePlace,
  describeTies,
  isStrictAround,
  joinWords,
  positionOf,
  type TextSite,
  traceName,
  withPlainKey,
} from './text-site.js';

/** A text's record, and what every function of that text must look like for it to be all. */
export interface DescribedText {
  readonly record: TextRecord;
  readonly shape: TextShape;
}

/** A text that is not all of its function. */
export interface PartialText {
  readonly parsed: ParsedFunction;
  readonly unit: Unit;
}

/** The record of a function whose text is enough, or what was read of another. Throws `FunctionRefusal`. */
export function describeByText(site: TextSite): DescribedText | PartialText {
  const parsed = parseFunctionText(site.text);
  if (parsed === undefined) throw new FunctionRefusal('its text cannot be parsed');
  const strict = isStrictAround(site);
  const needs = analyzeFunction(parsed.node, { strict });
  const shape = shapeOf(parsed.node);
  const { unit } = needs;
  if (site.scopes !== undefined && unit !== undefined) {
    if (!isWhole(site, site.scopes, needs, shape) || keepsState(site.text, unit)) return { parsed, unit };
  } else {
    refuseTies(site, needs, parsed);
    refuseUnknownNames(site, needs, parsed);
    const state = describeOwnState(site.fn, shape);
    if (state !== undefined) throw new FunctionRefusal(state);
  }
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

/** One that uses itself, other than to call itself, may keep something on itself, which no later call is to see. */
function keepsState(text: string, { node }: Unit): boolean {
  const name = node.type === 'FunctionExpression' ? node.id?.name : undefined;
  if (name === undefined) return false;
  const uses = text.split(name).length - 1;
  const calls = text.split(`${name}(`).length - 1;
  return uses > calls;
}

/** Classes never are: what is known of them by name makes one class of all that arrive. */
function isWhole(
  { fn }: TextSite,
  scopes: readonly ScopeView[],
  { names, ties }: FunctionNeeds,
  shape: TextShape,
): boolean {
  if (shape.kind === 'class') return false;
  for (const kind of ties.keys()) if (kind !== 'dynamic-import') return false;
  for (const name of names.keys()) if (!isGlobal(name, scopes)) return false;
  return describeOwnState(fn, shape) === undefined;
}

/** A name that is nowhere fails there as it does here; one that this program has made would fail only there. */
function isGlobal(name: string, scopes: readonly ScopeView[]): boolean {
  const isOuter = scopes.some(({ kind, variables }) => kind !== 'global' && hasVariable(variables, name));
  if (isToolHelper(name)) return true;
  if (isOuter || name === 'arguments') return false;
  return isStandardGlobal(name) || !Object.hasOwn(globalThis, name);
}

function refuseTies(site: TextSite, { ties }: FunctionNeeds, { offset }: ParsedFunction): void {
  const found = new Map<Tie, number>();
  for (const [kind, start] of ties) if (kind !== 'dynamic-import') found.set(kind, start + offset);
  if (found.size === 0) return refuseRelativeImport(site);
  // With an inspector these would be no reason.
  const isReadable = [...found.keys()].every((kind) => kind === 'this' || kind === 'import.meta');
  const problem = isReadable ? inspectorProblem() : undefined;
  const reason = `it uses ${describeTies(site, found)}${problem === undefined ? '' : `, and ${problem}`}`;
  throw new FunctionRefusal(`${reason}; ${adviseFor(site)}`);
}

/** Nobody knows which file it is relative to. */
function refuseRelativeImport(site: TextSite): void {
  const problem = inspectorProblem();
  if (problem === undefined || !/\bimport\s*\(\s*['"`]\.{1,2}\//.test(site.text)) return;
  throw new FunctionRefusal(`it uses a relative import(), and ${problem}; ${adviseFor(site)}`);
}

function refuseUnknownNames(site: TextSite, { names }: FunctionNeeds, { offset }: ParsedFunction): void {
  const unknown: string[] = [];
  for (const [name, start] of [...names].sort(([, a], [, b]) => a - b)) {
    if (name !== 'arguments' && (isStandardGlobal(name) || isToolHelper(name))) continue;
    unknown.push(`"${name}"${describePlace(site, start + offset)}`);
  }
  if (unknown.length === 0) return;
  throw new FunctionRefusal(`it uses ${joinWords(unknown)}, and ${inspectorProblem()}; ${adviseFor(site)}`);
}

/** Whether a function still is what its text makes. */
export function isAsItsText(fn: AnyFunction, { shape }: DescribedText): boolean {
  return describeOwnState(fn, shape) === undefined;
}
