/**
 * Which class gives a function what only code inside of that class has: private names, and what `super` starts from. Such a
 * function is made by the class where it arrives.
 *
 * Rules: reads texts only. Guarantees: what no class can give is refused, with reason and place.
 */

import type { AnyNode } from 'acorn';
import { FunctionRefusal } from '../function-record.js';
import { type Draft, type Home, isReplaced, spanIn } from './draft.js';
import type { Span, Tie, Unit } from './scopes.js';
import { unitsWithin } from './script-units.js';
import { adviseFor, describeTies } from './text-site.js';

type Member = Extract<AnyNode, { type: 'MethodDefinition' | 'PropertyDefinition' | 'StaticBlock' }>;

/** Plans how a text gets what its class gives. Throws `FunctionRefusal` for what ties a text to its place for good. */
export function planHome(draft: Draft, isWhole: boolean): void {
  const { site, unit } = draft;
  const ties = new Map<Tie, Span[]>();
  for (const [kind, spans] of unit.ties) {
    const left = spans.filter((span) => !isReplaced(draft, spanIn(draft, span)));
    if (left.length > 0) ties.set(kind, left);
  }
  const firm = new Map<Tie, number>();
  const note = (kind: Tie): void => {
    const [first] = ties.get(kind) ?? [];
    if (first !== undefined) firm.set(kind, spanIn(draft, first).start);
  };
  for (const kind of ['new.target', 'direct-eval', 'with'] as const) note(kind);
  if (site.scopes?.some(({ kind }) => kind === 'with')) firm.set('with', 0);
  if (ties.has('super') || ties.has('private-name')) {
    const home = isWhole ? findHome(unit, ties) : undefined;
    if (home === undefined) for (const kind of ['super', 'private-name'] as const) note(kind);
    else planHead(draft, home);
  }
  if (firm.size > 0) throw new FunctionRefusal(`it uses ${describeTies(site, firm)}; ${adviseFor(site)}`);
}

function planHead(draft: Draft, home: Home): void {
  draft.home = home;
  draft.head.unshift(
    { name: draft.names.give(6, 'class'), plan: { kind: 'home', home } },
    { name: draft.names.give(4, 'key'), plan: { kind: 'member', home } },
    { name: draft.names.give(5, 'part'), plan: { kind: 'member-part', home } },
    { name: draft.names.give(5, 'self'), plan: { kind: 'receiver', home } },
  );
}

/** Whether functions inside of a class may have to be made by it. */
export function givesHome({ site, unit }: Draft): boolean {
  return unitsWithin(site, unit.node).some((inner) => inner !== unit && findHome(inner, inner.ties)?.unit === unit);
}

/** The innermost class that gives a function one of these; `undefined`: an object, or code that cannot be read. */
function findHome(unit: Unit, ties: ReadonlyMap<Tie, readonly Span[]>): Home | undefined {
  if (unit.kind === 'field' || unit.kind === 'static-block') return undefined;
  const homes = new Set<Unit>();
  for (const span of ties.get('private-name') ?? []) {
    const giver = giverOfPrivate(unit, span);
    if (giver === undefined) return undefined;
    homes.add(giver);
  }
  let level: Home['level'] = 'static';
  if ((ties.get('super') ?? []).length > 0) {
    const giver = giverOfSuper(unit);
    const member = giver && memberOf(giver);
    if (giver?.parent === undefined || member === undefined) return undefined;
    homes.add(giver.parent);
    level = isStatic(member) ? 'static' : 'instance';
  }
  for (let at = unit.parent; at !== undefined; at = at.parent) {
    if (homes.has(at)) return { unit: at, level, receiver: receiverOf(unit, ties) };
  }
  return undefined;
}

function giverOfPrivate(unit: Unit, { start }: Span): Unit | undefined {
  for (let at = unit.parent; at !== undefined; at = at.parent) {
    const isTied = at.ties.get('private-name')?.some((span) => span.start === start) ?? false;
    if (!isTied) return at.kind === 'class' ? at : undefined;
  }
  return undefined;
}

const SUPER_GIVERS = new Set<Unit['kind']>(['method', 'field', 'static-block']);

function giverOfSuper(unit: Unit): Unit | undefined {
  let at: Unit | undefined = unit;
  while (at !== undefined && !SUPER_GIVERS.has(at.kind)) at = at.parent;
  return at;
}

/** The member of its class that a unit is; `undefined` for one of an object. */
export function memberOf({ parent, node }: Unit): Member | undefined {
  if (parent?.node.type !== 'ClassDeclaration' && parent?.node.type !== 'ClassExpression') return undefined;
  return parent.node.body.body.find((member) => member === node || ('value' in member && member.value === node));
}

function isStatic(member: Member): boolean {
  return member.type === 'StaticBlock' || member.static;
}

/** In what is run when the class is defined, `this` is the class. `super.x()` is called on the `this` of the code around. */
function receiverOf(unit: Unit, ties: ReadonlyMap<Tie, readonly Span[]>): Home['receiver'] {
  if (unit.kind !== 'arrow') return 'none';
  let owner: Unit | undefined = unit;
  while (owner?.kind === 'arrow') owner = owner.parent;
  const member = owner && memberOf(owner);
  if (member !== undefined && member.type !== 'MethodDefinition' && isStatic(member)) return 'class';
  return ties.has('super') ? 'around' : 'none';
}
