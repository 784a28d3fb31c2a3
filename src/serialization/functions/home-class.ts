/**
 * Finds the class that a function stands in, and the member of it that the function is.
 *
 * Rules: runs no code of the user's. Guarantees: the class is the one around this very function, or one of its text that holds it.
 */

import { type AnyFunction, type FunctionRecord, FunctionRefusal, type StateOptions } from '../function-record.js';
import type { ClosurePlan } from './closure-plan.js';
import type { Home } from './draft.js';
import { memberOf } from './home-plan.js';
import type { ScopeView } from './inspector-views.js';
import type { Scope } from './scopes.js';

const { toString: textOf } = Function.prototype;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
/** A function stays in its class. */
const homes = new WeakMap<AnyFunction, AnyFunction>();

/** The class that was found for a function. */
export function homeOf(fn: AnyFunction): AnyFunction | undefined {
  return homes.get(fn);
}

/** With what the class is looked for. */
export interface HomeTools {
  readonly home: Home;
  /** The scopes of the function, or of a class. */
  readonly scopes: (other?: AnyFunction) => readonly ScopeView[];
  readonly around: StateOptions['around'];
}

/** The class around a function. Throws `FunctionRefusal`. */
export function findHomeClass(fn: AnyFunction, plan: ClosurePlan, { home, scopes, around }: HomeTools): AnyFunction {
  const known = homes.get(fn);
  if (known !== undefined) return known;
  const { node } = home.unit;
  const text = plan.script?.slice(node.start, node.end) ?? '';
  const own = scopes();
  const candidates = [...findAround(text, around?.objects() ?? []), ...findInScopes(text, own)];
  // At the top of a script there is one class of a text; code around it that runs again makes another.
  const found = isMadeOnce(home.unit) ? candidates[0] : candidates.find((type) => hasSameValues(own, scopes(type)));
  if (found !== undefined) {
    homes.set(fn, found);
    return found;
  }
  const name = 'id' in node && node.id ? `the class "${(node.id as { name: string }).name}"` : 'the class';
  throw new FunctionRefusal(
    `it uses private names or "super" of ${name} around it, and no variable that it can see holds that class: use the class by its name in the function, or send the class`,
  );
}

function isMadeOnce({ scope }: Home['unit']): boolean {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) if (at.repeats) return false;
  return true;
}

/** Whether the variables around the class are those around the function, as far as their values tell. */
function hasSameValues(own: readonly ScopeView[], ofClass: readonly ScopeView[]): boolean {
  for (let back = 1; back <= own.length && back <= ofClass.length; back += 1) {
    const { kind, variables } = own.at(-back) as ScopeView;
    if (kind === 'global') continue;
    const others = (ofClass.at(-back) as ScopeView).variables;
    for (const name of Object.getOwnPropertyNames(variables)) {
      if (!Object.is(readVariable(variables, name), readVariable(others, name))) return false;
    }
  }
  return true;
}

function isClassOf(value: unknown, text: string): value is AnyFunction {
  return typeof value === 'function' && Reflect.apply(textOf, value, []) === text;
}

function findInScopes(text: string, scopes: readonly ScopeView[]): AnyFunction[] {
  return scopes
    .filter(({ kind }) => kind !== 'global')
    .flatMap(({ variables }) => Object.getOwnPropertyNames(variables).map((name) => readVariable(variables, name)))
    .filter((value) => isClassOf(value, text));
}

/** One that has no value yet throws. */
function readVariable(variables: ScopeView['variables'], name: string): unknown {
  try {
    return variables[name];
  } catch {
    return undefined;
  }
}

/** The function was found in the class, or in an instance of it. */
function findAround(text: string, objects: readonly object[]): AnyFunction[] {
  const found: AnyFunction[] = [];
  for (const object of objects) {
    if (isClassOf(object, text)) found.push(object);
    for (let at = getPrototypeOf(object) as object | null; at !== null; at = getPrototypeOf(at) as object | null) {
      const type: unknown = getOwnPropertyDescriptor(at, 'constructor')?.value;
      if (isClassOf(type, text)) found.push(type);
    }
  }
  return found;
}

/** Where a class has a function as its own member. */
export interface MemberPlace {
  readonly key: PropertyKey;
  readonly part: MemberPart;
}

/** Of the class itself or of its `prototype`; a value or an accessor. */
export type MemberPart = `${'static' | 'instance'} ${'value' | 'get' | 'set'}`;

/** The place of a function in its class, if it can be taken from there. Throws `FunctionRefusal` if it must be and cannot. */
export function findMember(
  fn: AnyFunction,
  plan: ClosurePlan,
  { type, record }: { readonly type: AnyFunction; readonly record: FunctionRecord },
): MemberPlace | undefined {
  const isMade = record.kind === 'value';
  const place = findPlace(fn, type, 'static') ?? findPlace(fn, (type as { prototype?: unknown }).prototype, 'instance');
  if (place !== undefined && (!isMade || place.key === keyOfText(plan))) return place;
  if (isMade && record.hasHome === true) return undefined;
  const where = record.kind === 'module' ? `, which ${record.url} exports` : '';
  throw new FunctionRefusal(
    `it uses private names or "super" of the class around it${where}: the class that is there already cannot make it; make it a method of the class, or send the class by value (registerByValue)`,
  );
}

function findPlace(fn: AnyFunction, owner: unknown, level: 'static' | 'instance'): MemberPlace | undefined {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null) return undefined;
  for (const key of Reflect.ownKeys(owner)) {
    const descriptor = getOwnPropertyDescriptor(owner, key);
    for (const part of ['value', 'get', 'set'] as const)
      if (descriptor?.[part] === fn) return { key, part: `${level} ${part}` };
  }
  return undefined;
}

/** The key under which the text of its class makes a method. */
function keyOfText({ unit }: ClosurePlan): string | undefined {
  const member = memberOf(unit);
  if (member?.type !== 'MethodDefinition' || member.computed) return undefined;
  return member.key.type === 'Identifier' ? member.key.name : undefined;
}
