/**
 * Notes what ties a text to its place, for every function that would lose it.
 *
 * Rules: as of `scope-analysis.ts`, which it belongs to.
 */

import type { Place, Reader, Span, Tie, Unit } from './scopes.js';

/** Notes that the text at a place is tied to what stands around it, for every unit up to the one that gives it. */
export function tie(reader: Reader, kind: Tie, span: Span, place: Place): void {
  if (place.unit === undefined && !reader.loose.has(kind)) reader.loose.set(kind, span.start);
  for (let unit = place.unit; unit !== undefined; unit = unit.parent) {
    const isGiver = gives(unit, kind);
    // Taken out of its class or object, a method has lost what its `super` starts from.
    if (!isGiver || kind === 'super') addTie(unit, kind, span);
    if (isGiver) return;
  }
}

function addTie(unit: Unit, kind: Tie, { start, end }: Span): void {
  const spans = unit.ties.get(kind);
  if (spans === undefined) unit.ties.set(kind, [{ start, end }]);
  else spans.push({ start, end });
}

function gives({ kind }: Unit, tied: Tie): boolean {
  if (tied === 'super') return kind === 'method' || kind === 'field' || kind === 'static-block';
  if (tied !== 'this' && tied !== 'new.target') return false;
  return kind !== 'arrow' && kind !== 'class';
}

/** The same for a private name, which its class gives. */
export function tiePrivateName(reader: Reader, name: string, span: Span, place: Place): void {
  for (let unit = place.unit; unit !== undefined; unit = unit.parent) {
    if (reader.privateNames.get(unit)?.has(name)) return;
    addTie(unit, 'private-name', span);
  }
}
