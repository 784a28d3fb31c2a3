/**
 * Finds the `this` that an arrow function has from the code around it.
 *
 * V8 does not show it, so where the text does not tell, the function is called with a breakpoint at its entry, and ended there: its
 * first line is never reached. Rules: only for arrow functions whose parameters are plain names, since default values run before
 * the breakpoint; not while a debugger is attached, which would be stopped.
 */

import { type AnyFunction, FunctionRefusal, type StateOptions } from '../function-record.js';
import type { ClosurePlan } from './closure-plan.js';
import { findCommonJsExports } from './commonjs-exports.js';
import { toFile } from './entry-script.js';
import { isWatched } from './inspector.js';
import type { Inspector } from './inspector-views.js';

const HINT = "assign it to a variable ('const self = this') and use that, or pass what it needs as arguments";

/** With what it is looked for. */
export interface ThisTools {
  readonly inspector: Inspector | undefined;
  readonly holder: StateOptions['holder'];
}

const { toString: textOf } = Function.prototype;

/** Whether the function stands in the object's own field of its class: then that object is its `this`. */
function isFieldOf(
  fn: AnyFunction,
  { thisOwner, unit }: ClosurePlan,
  holder: NonNullable<ThisTools['holder']>,
): boolean {
  const field = unit.parent?.node;
  if (thisOwner !== 'field' || field?.type !== 'PropertyDefinition' || field.static || field.computed) return false;
  if (field.value !== unit.node || field.key.type !== 'Identifier' || field.key.name !== holder.key) return false;
  if (Object.getOwnPropertyDescriptor(holder.object, holder.key)?.value !== fn) return false;
  const text = Reflect.apply(textOf, fn, []) as string;
  for (let at = Object.getPrototypeOf(holder.object) as object | null; at !== null; at = Object.getPrototypeOf(at)) {
    const type: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof type === 'function' && (Reflect.apply(textOf, type, []) as string).includes(text)) return true;
  }
  return false;
}

/** The value of `this` in an arrow function. Throws `FunctionRefusal`. */
export function readThis(fn: AnyFunction, plan: ClosurePlan, { inspector, holder }: ThisTools): unknown {
  if (plan.thisOwner === 'module') {
    const file = toFile(plan.record.url ?? '');
    return file === undefined ? undefined : findCommonJsExports(file)?.value;
  }
  if (holder !== undefined && isFieldOf(fn, plan, holder)) return holder.object;
  const { node } = plan.unit;
  if (node.type !== 'ArrowFunctionExpression')
    throw new FunctionRefusal(`it uses "this" of the code around it; ${HINT}`);
  if (node.params.some(({ type }) => type !== 'Identifier' && type !== 'RestElement')) {
    throw new FunctionRefusal(
      `it uses "this" of the code around it, which cannot be looked at because a parameter has a default value or a pattern; ${HINT}`,
    );
  }
  if (isWatched()) {
    throw new FunctionRefusal(
      `it uses "this" of the code around it, which is not looked at while a debugger is attached; ${HINT}`,
    );
  }
  const found = inspector?.probeThis(fn);
  if (found === undefined)
    throw new FunctionRefusal(`it uses "this" of the code around it, which cannot be read; ${HINT}`);
  return found.value;
}
