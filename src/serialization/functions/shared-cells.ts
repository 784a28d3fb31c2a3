/**
 * Decides which functions of a message have a variable in common.
 *
 * V8 does not say. Functions of one activation of the code around have the same variable, those of two have two, and its value may be
 * equal. So where the values are equal, one of the functions is entered and ended at its entry, with a mark in the variable meanwhile.
 *
 * Rules: not while a debugger is attached, which would be stopped; only functions whose parameters are plain names are entered. Where
 * that leaves none, the same place in the text and an equal value count as the same variable.
 * Guarantees: what was found out of two functions is remembered, for it never changes.
 */

import type { AnyFunction, SharedCells } from '../function-record.js';
import { hideSteps } from '../path.js';
import type { CellPlan, ClosurePlan } from './closure-plan.js';
import { isWatched, withInspector } from './inspector.js';
import type { Binding, Unit } from './scopes.js';

/** One function that has the variable. */
interface Holder {
  readonly fn: AnyFunction;
  readonly unit: Unit;
}

/** One variable that functions of a message have in common. */
interface SharedCell {
  readonly box: { v: unknown };
  readonly holders: Holder[];
}

/** With what is shared. */
export interface Sharing {
  readonly cells: { readonly values: readonly unknown[]; readonly uninitialized: readonly number[] };
  readonly plan: ClosurePlan;
  readonly shared: SharedCells;
}

/** The captured values of a function, with an object in place of each variable that other functions may have too. */
export function shareCells(
  fn: AnyFunction,
  { cells: { values, uninitialized }, plan, shared }: Sharing,
): readonly unknown[] {
  const { cells, unit } = plan;
  if (!cells.some(({ isShared }) => isShared)) return values;
  return values.map((value, index) => {
    const cell = cells[index] as CellPlan;
    const { isShared, binding } = cell;
    if (!isShared || binding === undefined) return value;
    if (uninitialized.includes(index)) return { v: undefined };
    const known = (shared.get(binding) ?? []) as SharedCell[];
    shared.set(binding, known);
    const holder = { fn, unit };
    const found = known.find((candidate) => isSame(candidate, holder, { cell, binding, value }));
    if (found === undefined) known.push({ box: hideSteps({ v: value }), holders: [holder] });
    else found.holders.push(holder);
    return (found ?? known.at(-1))?.box;
  });
}

interface Variable {
  readonly cell: CellPlan;
  readonly binding: Binding;
  readonly value: unknown;
}

function isSame({ box, holders }: SharedCell, holder: Holder, { cell, binding, value }: Variable): boolean {
  // There is one activation of the top.
  if (binding.scope.parent === undefined) return true;
  if (!Object.is(box.v, value)) return false;
  // Of one activation comes one function of each place, unless a loop or a function stands between.
  if (!cell.isMadeOften && holders.some(({ unit }) => unit === holder.unit)) return false;
  return compare(holders, holder, binding, cell.label) ?? true;
}

/** Stands for one variable. Two that turn out to be one are joined. */
interface Identity {
  joined: Identity | undefined;
  readonly others: WeakSet<Identity>;
}

/** For each function, by its variables. */
const identities = new WeakMap<AnyFunction, WeakMap<Binding, Identity>>();

function identityOf(fn: AnyFunction, binding: Binding): Identity {
  let byBinding = identities.get(fn);
  if (byBinding === undefined) {
    byBinding = new WeakMap();
    identities.set(fn, byBinding);
  }
  let identity = byBinding.get(binding);
  if (identity === undefined) {
    identity = { joined: undefined, others: new WeakSet() };
    byBinding.set(binding, identity);
  }
  while (identity.joined !== undefined) identity = identity.joined;
  return identity;
}

/** Whether a function has the variable of the others; `undefined` when it cannot be found out. */
function compare(others: readonly Holder[], holder: Holder, binding: Binding, name: string): boolean | undefined {
  const own = identityOf(holder.fn, binding);
  for (const { fn } of others) {
    const identity = identityOf(fn, binding);
    if (identity === own) return true;
    if (identity.others.has(own) || own.others.has(identity)) return false;
  }
  if (isWatched()) return undefined;
  const other = others.find(canEnter) ?? (canEnter(holder) ? others[0] : undefined);
  if (other === undefined) return undefined;
  const [one, two] = canEnter(other) ? [other, holder] : [holder, other];
  const isShared = withInspector((inspector) => inspector.probeShared(one.fn, two.fn, name));
  const identity = identityOf(other.fn, binding);
  if (isShared === true) own.joined = identity;
  else if (isShared === false) identity.others.add(own);
  return isShared;
}

function canEnter({ unit: { node } }: Holder): boolean {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      return !node.generator && hasPlainParameters(node.params);
    case 'ArrowFunctionExpression':
      return hasPlainParameters(node.params);
    default:
      return false;
  }
}

function hasPlainParameters(
  params: readonly { readonly type: string; readonly argument?: { readonly type: string } }[],
): boolean {
  return params.every(
    ({ type, argument }) => type === 'Identifier' || (type === 'RestElement' && argument?.type === 'Identifier'),
  );
}
