/**
 * What a function carries beside its text: properties that were set on it, a changed prototype, the state of a class.
 *
 * Rules: runs no getter.
 * Guarantees: what the text makes is told from what was added to it.
 */

import type { AnyNode } from 'acorn';
import type { AnyFunction, DeletedMembers, PropertyState, PrototypeState } from '../function-record.js';
import { isSameIntrinsic } from './other-realms.js';
import { parseFunctionText } from './parser.js';

/** What a text alone makes. */
export interface TextShape {
  readonly kind: 'class' | 'function' | 'other';
  readonly hasStaticState: boolean;
  readonly isDerived: boolean;
  /** What it says of its parameters; `undefined`: the text does not tell. */
  readonly length: number | undefined;
  /** What such a function inherits from. */
  readonly parent: object;
  /** The texts of methods and accessors. */
  readonly staticTexts: readonly string[];
  readonly methodTexts: readonly string[];
  /** The keys of those whose text says it. */
  readonly staticKeys: readonly PropertyKey[];
  readonly methodKeys: readonly PropertyKey[];
}

const { toString: textOf } = Function.prototype;
type Fn = { readonly async: boolean; readonly generator: boolean };

/** Of what is no class. */
export const NO_MEMBERS = { staticTexts: [], methodTexts: [], staticKeys: [], methodKeys: [] } as const;
const STANDARD_KEYS = new Set<PropertyKey>(['length', 'name', 'prototype', 'arguments', 'caller']);
const ADVICE = 'export it from a module';
const functionPrototypes = [
  Function.prototype,
  Object.getPrototypeOf(async () => {}),
  Object.getPrototypeOf(function* () {}),
  Object.getPrototypeOf(async function* () {}),
] as readonly [object, object, object, object];

/** Reads the shape off the tree; `text` is what the tree was made of, `offset` is added to its positions. */
export function shapeOf(node: AnyNode, { text = '', offset = 0 } = {}): TextShape {
  if (node.type !== 'ClassExpression') {
    const parent = parentOf(node);
    const kind = node.type === 'FunctionExpression' && parent === functionPrototypes[0] ? 'function' : 'other';
    const fn = node.type === 'Property' ? node.value : node;
    return { kind, hasStaticState: false, isDerived: false, length: lengthOf(fn), parent, ...NO_MEMBERS };
  }
  const members = node.body.body;
  const methods = members.filter((member) => member.type === 'MethodDefinition' && member.kind !== 'constructor');
  const isStatic = (member: AnyNode): boolean => 'static' in member && member.static;
  const read = ({ start, end }: AnyNode): string => text.slice(start + offset, end + offset);
  return {
    kind: 'class',
    hasStaticState: members.some(
      (member) => member.type === 'StaticBlock' || (member.type === 'PropertyDefinition' && member.static),
    ),
    isDerived: Boolean(node.superClass),
    length: lengthOf(members.find((member) => member.type === 'MethodDefinition' && member.kind === 'constructor')),
    parent: functionPrototypes[0],
    staticTexts: methods.filter(isStatic).map(read),
    methodTexts: methods.filter((member) => !isStatic(member)).map(read),
    staticKeys: methods.filter(isStatic).flatMap(keysOf),
    methodKeys: methods.filter((member) => !isStatic(member)).flatMap(keysOf),
  };
}

/** How many parameters stand before the first with a default value. */
function lengthOf(node: AnyNode | undefined): number {
  const fn = node?.type === 'MethodDefinition' ? node.value : node;
  const { params = [] } = (fn ?? {}) as { readonly params?: readonly AnyNode[] };
  const end = params.findIndex(({ type }) => type === 'AssignmentPattern' || type === 'RestElement');
  return end === -1 ? params.length : end;
}

/** Whether the length is the one that the text gives. */
function isLengthOf({ length }: TextShape, descriptor: PropertyDescriptor | undefined): boolean {
  if (length === undefined) return true;
  const { value, writable, enumerable } = descriptor ?? {};
  return value === length && writable === false && enumerable === false;
}

/** The key of a member, if its text says it. */
function keysOf(member: AnyNode): PropertyKey[] {
  if (member.type !== 'MethodDefinition') return [];
  const { key, computed } = member;
  if (key.type === 'Literal') return [String(key.value)];
  if (key.type === 'Identifier') return computed ? [] : [key.name];
  if (key.type !== 'MemberExpression' || key.computed || key.property.type !== 'Identifier') return [];
  if (key.object.type !== 'Identifier' || key.object.name !== 'Symbol') return [];
  const symbol: unknown = Object.getOwnPropertyDescriptor(Symbol, key.property.name)?.value;
  return typeof symbol === 'symbol' ? [symbol] : [];
}

/** Members of the text that were deleted since. */
export function readDeleted(fn: AnyFunction, { staticKeys, methodKeys }: TextShape): DeletedMembers | undefined {
  const own = staticKeys.filter((key) => !Object.hasOwn(fn, key));
  const prototype = ownPrototype(fn) ?? {};
  const inherited = methodKeys.filter((key) => !Object.hasOwn(prototype, key));
  return own.length + inherited.length === 0 ? undefined : { own, inherited };
}

/** What functions of this kind inherit from. */
function parentOf(node: AnyNode): object {
  const { async: isAsync, generator: isGenerator } = (node.type === 'Property' ? node.value : node) as Partial<Fn>;
  if (isGenerator === true) return functionPrototypes[isAsync === true ? 3 : 2];
  return functionPrototypes[isAsync === true ? 1 : 0];
}

/** The shape of a text. */
export function shapeOfText(text: string): TextShape {
  const parsed = parseFunctionText(text);
  if (parsed === undefined) throw new SyntaxError(`this text cannot be parsed: ${text}`);
  return shapeOf(parsed.node, { text, offset: parsed.offset });
}

/** What of a function its text does not make, in words; `undefined`: nothing. */
export function describeOwnState(fn: AnyFunction, shape: TextShape): string | undefined {
  if (shape.hasStaticState) return `it is a class with static fields; ${ADVICE}`;
  const keys = Reflect.ownKeys(fn).filter((key) => !STANDARD_KEYS.has(key));
  if (keys.length > shape.staticTexts.length) {
    const added = keys.slice(shape.staticTexts.length).map((key) => `"${String(key)}"`);
    return `properties were set on it (${added.join(', ')}); ${ADVICE}`;
  }
  if (shape.kind !== 'class' && !isLengthOf(shape, Object.getOwnPropertyDescriptor(fn, 'length')))
    return `its length was changed; ${ADVICE}`;
  const hasOtherParent = shape.kind !== 'class' && !isSameIntrinsic(Object.getPrototypeOf(fn), shape.parent);
  const prototype = ownPrototype(fn);
  if (shape.kind === 'other' && prototype !== undefined && Reflect.ownKeys(prototype).length > 0) {
    return `something was added to its prototype; ${ADVICE}`;
  }
  if (shape.kind === 'other' || prototype === undefined)
    return hasOtherParent ? 'its prototype was changed' : undefined;
  const count = Reflect.ownKeys(prototype).filter((key) => key !== 'constructor').length;
  const isDerived = shape.kind === 'function' && !isSameIntrinsic(Object.getPrototypeOf(prototype), Object.prototype);
  if (count > shape.methodTexts.length || isDerived || hasOtherParent) {
    return `something was added to its prototype; ${ADVICE}`;
  }
  return undefined;
}

function ownPrototype(fn: AnyFunction): object | undefined {
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  return typeof prototype === 'object' && prototype !== null ? prototype : undefined;
}

/** The own properties that were set on a function; what a class's text makes anew is left out. */
export function readProperties(fn: AnyFunction, shape: TextShape): PropertyState[] {
  const { kind, staticTexts } = shape;
  return readState(fn, staticTexts, (key, descriptor) => {
    if (key === 'length') return isLengthOf(shape, descriptor);
    // A class may have a static member of its own under this name.
    if (key === 'name' && kind === 'class') return descriptor.writable !== true && typeof descriptor.value === 'string';
    return STANDARD_KEYS.has(key);
  });
}

function readState(
  owner: object,
  texts: readonly string[],
  isStandard: (key: PropertyKey, descriptor: PropertyDescriptor) => boolean,
): PropertyState[] {
  const found: PropertyState[] = [];
  for (const key of Reflect.ownKeys(owner)) {
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    if (descriptor === undefined || isStandard(key, descriptor) || isOfText(descriptor, texts)) continue;
    found.push({ key, descriptor });
  }
  return found;
}

function isOfText(descriptor: PropertyDescriptor, texts: readonly string[]): boolean {
  if (texts.length === 0) return false;
  const fn: unknown = descriptor.value ?? descriptor.get ?? descriptor.set;
  if (typeof fn !== 'function') return false;
  const text = Reflect.apply(textOf, fn, []) as string;
  return texts.some((member) => member.endsWith(text));
}

/** How the `prototype` differs from what the text makes. */
export function readPrototype(fn: AnyFunction, shape: TextShape): PrototypeState | undefined {
  const { kind, methodTexts } = shape;
  const prototype = ownPrototype(fn);
  if (prototype === undefined) return undefined;
  // That of a generator function has no constructor.
  if (kind === 'other') {
    const added = readState(prototype, [], () => false);
    return added.length === 0 ? undefined : { properties: added, hasConstructor: true, parent: undefined };
  }
  const hasConstructor = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value === fn;
  const properties = readState(prototype, methodTexts, (key) => key === 'constructor' && hasConstructor);
  const parent = kind === 'class' ? readOtherParent(fn, prototype, shape) : readParent(prototype);
  if (hasConstructor && properties.length === 0 && parent === undefined) return undefined;
  return { properties, hasConstructor, parent };
}

/** Of a class, if `Object.setPrototypeOf` has changed it since the class was defined. */
function readOtherParent(fn: AnyFunction, prototype: object, { isDerived }: TextShape): PrototypeState['parent'] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  const superclass: unknown = Object.getPrototypeOf(fn);
  if (!isDerived) return readParent(prototype);
  // After `extends null` it stays null.
  if (superclass === Function.prototype) return parent === null ? undefined : { object: parent };
  if (typeof superclass !== 'function' || superclass.prototype === parent) return undefined;
  return parent === Object.prototype ? { of: Object as unknown as AnyFunction } : readParent(prototype);
}

function readParent(prototype: object): PrototypeState['parent'] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  if (isSameIntrinsic(parent, Object.prototype)) return undefined;
  const type: unknown = parent && Object.getOwnPropertyDescriptor(parent, 'constructor')?.value;
  const isItsPrototype = typeof type === 'function' && (type as { prototype?: unknown }).prototype === parent;
  return isItsPrototype ? { of: type as AnyFunction } : { object: parent };
}

/** What a function inherits from, if its text does not say it. */
export function readFunctionParent(fn: AnyFunction, shape: TextShape): object | null | undefined {
  const parent = Object.getPrototypeOf(fn) as object | null;
  return shape.isDerived || isSameIntrinsic(parent, shape.parent) ? undefined : parent;
}
