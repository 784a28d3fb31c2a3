/**
 * Reads what must be there before a function is made: the superclass and the computed keys of a class, the class that has to make
 * a function which stands in it.
 *
 * Rules: as of `closure-state.ts`, which it belongs to.
 */

import { type AnyFunction, type FunctionRecord, FunctionRefusal, type StateOptions } from '../function-record.js';
import type { ClosurePlan } from './closure-plan.js';
import type { HeadPlan } from './draft.js';
import { findHomeClass, findMember, homeOf, type MemberPlace } from './home-class.js';
import { withInspector } from './inspector.js';
import type { ScopeView } from './inspector-views.js';
import { readThis, type ThisTools } from './lexical-this.js';

/** With what a head is read. */
export interface HeadTools extends Pick<StateOptions, 'holder' | 'around'> {
  /** The scopes of the function, if they were read already. */
  readonly scopes?: readonly ScopeView[] | undefined;
  readonly describe: (fn: AnyFunction) => FunctionRecord;
}

const { toString: textOf } = Function.prototype;

/** The head of a function, in the order of the plan. Throws `FunctionRefusal`. */
export function readHead(fn: AnyFunction, plan: ClosurePlan, tools: HeadTools): readonly unknown[] {
  return plan.head.map((item) => readItem(fn, plan, item, tools));
}

function readItem(fn: AnyFunction, plan: ClosurePlan, item: HeadPlan, tools: HeadTools): unknown {
  switch (item.kind) {
    case 'superclass':
      return Object.getPrototypeOf(fn) as unknown;
    case 'key':
      return readKey(fn, item);
    case 'home':
      return findHomeClass(fn, plan, {
        home: item.home,
        scopes: (other) => (other === undefined ? tools.scopes : undefined) ?? scopesOf(other ?? fn),
        around: tools.around,
      });
    case 'member':
      return memberOf(fn, plan, tools)?.key;
    case 'member-part':
      return memberOf(fn, plan, tools)?.part;
    case 'receiver':
      if (item.home.receiver === 'around') return readAround(fn, plan, tools);
      return item.home.receiver === 'class' ? homeOf(fn) : undefined;
    default:
      return item satisfies never;
  }
}

function memberOf(fn: AnyFunction, plan: ClosurePlan, { describe }: HeadTools): MemberPlace | undefined {
  const type = homeOf(fn) as AnyFunction;
  return findMember(fn, plan, { type, record: describe(type) });
}

function scopesOf(fn: AnyFunction): readonly ScopeView[] {
  return withInspector((inspector) => inspector.view(fn).scopes()) ?? [];
}

function readAround(fn: AnyFunction, plan: ClosurePlan, { holder }: HeadTools): unknown {
  let owner = plan.unit.parent;
  while (owner?.kind === 'arrow' || owner?.kind === 'class') owner = owner.parent;
  return withInspector((inspector) => readThis(fn, { ...plan, thisOwner: owner?.kind }, { inspector, holder }));
}

/** The `this` that an arrow function captures. */
export function readOwnThis(fn: AnyFunction, plan: ClosurePlan, tools: ThisTools): unknown {
  const isInitializer = plan.head.some((item) => item.kind === 'receiver' && item.home.receiver === 'class');
  return isInitializer ? homeOf(fn) : readThis(fn, plan, tools);
}

function readKey(fn: AnyFunction, item: HeadPlan & { readonly kind: 'key' }): PropertyKey {
  const owner = item.isStatic ? fn : ((fn as { prototype?: object }).prototype as object);
  for (const key of Reflect.ownKeys(owner)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
    if ([value, get, set].some((member) => isOfText(member, item.memberText))) return key;
  }
  throw new FunctionRefusal(
    'it is a class with a computed key that cannot be found again; export the class from a module',
  );
}

function isOfText(member: unknown, text: string): boolean {
  return typeof member === 'function' && text === Reflect.apply(textOf, member, []);
}
