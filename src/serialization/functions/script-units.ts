/**
 * The functions and classes of whole scripts, found by where they stand.
 *
 * Guarantees: a script is read once while it is remembered; one that is too long or does not parse has none.
 */

import { analyzeScript } from './scope-analysis.js';
import type { Span, Unit } from './scopes.js';
import type { Script } from './scripts.js';

/** A megabyte takes about a second to read. */
const MAX_LENGTH = 2 ** 20;

interface Units {
  readonly byStart: ReadonlyMap<number, Unit>;
  /** Methods: their texts begin with a key that is no part of their node. */
  readonly byEnd: ReadonlyMap<number, Unit>;
  readonly all: readonly Unit[];
}

const unitsOfScripts = new WeakMap<Script, Units>();

/** The unit of a text; `undefined` when its script cannot be read. */
export function findUnit(site: {
  readonly script: Script | undefined;
  readonly start: number | undefined;
  readonly text: string;
}): Unit | undefined {
  const { script, start, text } = site;
  if (script === undefined || start === undefined || script.source.length > MAX_LENGTH) return undefined;
  const units = unitsOf(script);
  return units.byStart.get(start) ?? units.byEnd.get(start + text.length);
}

/** The units that stand inside a stretch of a script that was read, and the one that fills it. */
export function unitsWithin({ script }: { readonly script: Script | undefined }, { start, end }: Span): Unit[] {
  if (script === undefined) return [];
  return unitsOf(script).all.filter(({ node }) => node.start >= start && node.end <= end);
}

function unitsOf(script: Script): Units {
  const known = unitsOfScripts.get(script);
  if (known !== undefined) return known;
  const units = readUnits(script);
  unitsOfScripts.set(script, units);
  return units;
}

function readUnits(script: Script): Units {
  const byStart = new Map<number, Unit>();
  const byEnd = new Map<number, Unit>();
  const program = script.tree();
  const all = program === undefined ? [] : analyzeScript(program, script);
  for (const unit of all) {
    if (unit.kind === 'method') byEnd.set(unit.node.end, unit);
    else if (unit.kind !== 'field' && unit.kind !== 'static-block') byStart.set(unit.node.start, unit);
  }
  return { byStart, byEnd, all };
}
