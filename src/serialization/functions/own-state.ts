/**
 * What a function carries beside its text: properties that were set on it, a changed prototype, the state of a class.
 *
 * Rules: reads keys, never values.
 * Guarantees: a function whose text is not all of it is refused, so that nothing is lost silently.
 */

import type { AnyNode } from 'acorn';
import { type AnyFunction, FunctionRefusal } from '../function-record.js';

/** What a text alone makes. */
export interface TextShape {
  readonly kind: 'class' | 'function' | 'other';
  readonly hasStaticState: boolean;
  readonly staticCount: number;
  readonly methodCount: number;
}

const STANDARD_KEYS = new Set<PropertyKey>(['length', 'name', 'prototype', 'arguments', 'caller']);
const ADVICE = 'export it from a module';

/** Reads the shape off the tree. */
export function shapeOf(node: AnyNode): TextShape {
  if (node.type !== 'ClassExpression') {
    const isFunction = node.type === 'FunctionExpression' && !node.generator;
    return { kind: isFunction ? 'function' : 'other', hasStaticState: false, staticCount: 0, methodCount: 0 };
  }
  const members = node.body.body;
  const methods = members.filter((member) => member.type === 'MethodDefinition' && member.kind !== 'constructor');
  const staticCount = methods.filter((member) => 'static' in member && member.static).length;
  return {
    kind: 'class',
    hasStaticState: members.some(
      (member) => member.type === 'StaticBlock' || (member.type === 'PropertyDefinition' && member.static),
    ),
    staticCount,
    methodCount: methods.length - staticCount,
  };
}

/** Refuses a function that is more than its text. */
export function refuseOwnState(fn: AnyFunction, shape: TextShape): void {
  if (shape.hasStaticState) throw new FunctionRefusal(`it is a class with static fields; ${ADVICE}`);
  const keys = Reflect.ownKeys(fn).filter((key) => !STANDARD_KEYS.has(key));
  if (keys.length > shape.staticCount) {
    const added = keys.slice(shape.staticCount).map((key) => `"${String(key)}"`);
    throw new FunctionRefusal(`properties were set on it (${added.join(', ')}); ${ADVICE}`);
  }
  if (shape.kind === 'other') return;
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  if (typeof prototype !== 'object' || prototype === null) return;
  const count = Reflect.ownKeys(prototype).filter((key) => key !== 'constructor').length;
  const isDerived = shape.kind === 'function' && Object.getPrototypeOf(prototype) !== Object.prototype;
  if (count > shape.methodCount || isDerived) {
    throw new FunctionRefusal(`something was added to its prototype; ${ADVICE}`);
  }
}
