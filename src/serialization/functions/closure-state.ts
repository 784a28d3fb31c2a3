/**
 * Reads what a function by value captures, now: the values of its variables, and what was set on it.
 *
 * Rules: runs no code of the user's but, for a lexical `this`, the start of a call that is ended before its first line.
 * Guarantees: variables that nothing changes any more are read once; those that functions share are one object in a message.
 */

import { builtinModules, Module } from 'node:module';
import {
  type AnyFunction,
  ByReference,
  type ClosureState,
  FunctionRefusal,
  type PropertyState,
  type StateOptions,
  type ValueRecord,
} from '../function-record.js';
import { REDUCE, registeredPair } from '../reducers.js';
import { isTracked, trackClass, trackFunction } from './class-tracker.js';
import { type HeadTools, readHead, readOwnThis } from './closure-head.js';
import type { CellPlan, ClosurePlan } from './closure-plan.js';
import { withInspector } from './inspector.js';
import { hasVariable, type ScopeView } from './inspector-views.js';
import type { ThisTools } from './lexical-this.js';
import {
  NO_MEMBERS,
  readDeleted,
  readFunctionParent,
  readProperties,
  readPrototype,
  shapeOfText,
  type TextShape,
} from './own-state.js';
import { findReference } from './references.js';
import { shareCells } from './shared-cells.js';

/** The captured values, in the order of the plan. */
export interface Cells {
  readonly values: readonly unknown[];
  readonly uninitialized: readonly number[];
}

/** What is known of one function by value. */
export interface KnownClosure {
  readonly record: ValueRecord;
  /** Absent for a function that was made here of what had arrived: it knows its own variables. */
  readonly plan: ClosurePlan | undefined;
  readonly place: string;
  /** The values, when nothing can change them. */
  settled: Cells | undefined;
  /** Reads the variables of a function that was made here. */
  readonly readMade: (() => Cells) | undefined;
  readonly madeHead: readonly unknown[];
}

const moduleNames = new Set(builtinModules);
const { toString: textOf } = Function.prototype;
const shapes = new WeakMap<ValueRecord, TextShape>();

/** It inherits from what its target inherits from. */
function shapeOfBound(target: object): TextShape {
  const parent = Object.getPrototypeOf(target) as object;
  return { ...NO_MEMBERS, kind: 'other', hasStaticState: false, isDerived: false, length: undefined, parent };
}

function shapeOfRecord(record: ValueRecord, fn: AnyFunction, head: readonly unknown[]): TextShape {
  if (record.head[0] === 'target') return shapeOfBound(head[0] as object);
  const known = shapes.get(record);
  if (known !== undefined) return known;
  const text = Reflect.apply(textOf, fn, []) as string;
  const shape = shapeOfText(text);
  shapes.set(record, shape);
  return shape;
}

/** The state of a function. `scopes`: already read. */
export function readState(fn: AnyFunction, closure: KnownClosure, options: StateOptions & HeadTools): ClosureState {
  const { record, plan, place } = closure;
  const { shared, scopes, holder } = options;
  const head = plan === undefined || plan.head.length === 0 ? closure.madeHead : readHead(fn, plan, options);
  if (record.home !== undefined && head[2] !== undefined) return memberState(fn, closure, head);
  const shape = shapeOfRecord(record, fn, closure.madeHead);
  const cells = plan === undefined ? (closure.readMade?.() as Cells) : readCells(fn, closure, plan, { scopes, holder });
  const prototype = readPrototype(fn, shape);
  const isClass = shape.kind === 'class' || prototype !== undefined;
  return {
    fn,
    record,
    id: record.home !== undefined ? trackFunction(fn) : isClass || isTracked(fn) ? trackClass(fn) : '',
    head,
    labels: labelsOf(closure),
    cells: plan === undefined ? cells.values : withPrivates(fn, record, shareCells(fn, { cells, plan, shared })),
    uninitialized: cells.uninitialized,
    properties: withReducer(fn, readProperties(fn, shape)),
    prototype,
    parent: readFunctionParent(fn, shape),
    deleted: shape.kind === 'class' ? readDeleted(fn, shape) : undefined,
    place,
  };
}

function labelsOf({ record, plan }: KnownClosure): string[] {
  return [...(plan === undefined ? record.cells : plan.cells.map(({ label }) => label)), ...(record.privates ?? [])];
}

/** The class that is there has the function, and all that belongs to it. */
function memberState(fn: AnyFunction, closure: KnownClosure, head: readonly unknown[]): ClosureState {
  const { record, place } = closure;
  return {
    fn,
    record,
    id: trackFunction(fn),
    head,
    labels: labelsOf(closure),
    cells: record.cells.map(() => undefined),
    uninitialized: [],
    properties: [],
    prototype: undefined,
    parent: undefined,
    deleted: undefined,
    place,
  };
}

/** What a class keeps in static private fields may change with each call of it. */
function withPrivates(fn: AnyFunction, { privates }: ValueRecord, values: readonly unknown[]): readonly unknown[] {
  if (privates === undefined) return values;
  const found = withInspector((inspector) => {
    const view = inspector.view(fn);
    return privates.map((name) => view.readPrivate(name));
  });
  if (found === undefined) throw new FunctionRefusal('its static private fields can no longer be read');
  return [...values, ...found];
}

/** An instance that is made there must be able to come back. */
function withReducer(fn: AnyFunction, properties: PropertyState[]): PropertyState[] {
  const pair = registeredPair(fn);
  if (pair === undefined) return properties;
  const { reduce, revive } = pair;
  const descriptor = { value: { reduce, revive }, enumerable: false, writable: true, configurable: true };
  return [...properties, { key: REDUCE, descriptor }];
}

function readCells(
  fn: AnyFunction,
  closure: KnownClosure,
  plan: ClosurePlan,
  { scopes, holder }: Pick<StateOptions, 'holder'> & { readonly scopes: readonly ScopeView[] | undefined },
): Cells {
  if (closure.settled !== undefined) return closure.settled;
  const cells =
    scopes === undefined && plan.cells.some(({ source }) => source !== 'global')
      ? withInspector((inspector) => readFromScopes(fn, plan, inspector.view(fn).scopes(), { inspector, holder }))
      : readFromScopes(fn, plan, scopes ?? [], { inspector: undefined, holder });
  if (cells === undefined) throw new FunctionRefusal('its variables can no longer be read');
  if (cells.uninitialized.length === 0 && plan.cells.every((cell, index) => isSettled(cell, cells.values[index]))) {
    closure.settled = cells;
  }
  return cells;
}

/** A `var` has no value before its declaration was reached. */
function isSettled({ isConstant, binding, imported }: CellPlan, value: unknown): boolean {
  if (imported !== undefined) return true;
  return isConstant && value !== undefined && binding !== undefined;
}

const UNINITIALIZED = Symbol('uninitialized');

function readFromScopes(fn: AnyFunction, plan: ClosurePlan, scopes: readonly ScopeView[], tools: ThisTools): Cells {
  const uninitialized: number[] = [];
  const values = plan.cells.map((cell, index) => {
    const value = readCell(fn, plan, cell, scopes, tools);
    if (value !== UNINITIALIZED) return value;
    uninitialized.push(index);
    return undefined;
  });
  return { values, uninitialized };
}

function readCell(
  fn: AnyFunction,
  plan: ClosurePlan,
  cell: CellPlan,
  scopes: readonly ScopeView[],
  tools: ThisTools,
): unknown {
  if (cell.imported !== undefined) return new ByReference(cell.imported);
  if (cell.source === 'this') return readOwnThis(fn, plan, tools);
  const value = cell.source === 'global' ? readGlobal(cell.label) : readVariable(scopes, cell.label);
  if (value === undefined && isNeverUndefined(cell)) return UNINITIALIZED;
  if (cell.source === 'arguments') return Array.from((value ?? []) as ArrayLike<unknown>);
  if (cell.members !== undefined && typeof value === 'object' && value !== null) return narrow(value, cell.members);
  if (value instanceof Module)
    throw new FunctionRefusal(
      `${plan.place} uses "${cell.label}" of CommonJS, which belongs to the process or thread that loaded the file: ${MODULE_ADVICE}`,
    );
  return asReference(value);
}

const MODULE_ADVICE = 'use "exports", "__filename" or "require", or read what is needed into a variable';

/** Node 20 shows a variable that has no value yet as `undefined`; one that is declared as a function, say, never is. */
function isNeverUndefined({ isConstant, binding }: CellPlan): boolean {
  if (!isConstant || binding === undefined || binding.kind === 'var') return false;
  return (
    binding.kind === 'class' || (/^(?:const|let)$/.test(binding.kind) && VALUES.test(binding.initializer?.type ?? ''))
  );
}

const VALUES = /^(?:Literal|TemplateLiteral|(?:ArrowFunction|Function|Class|Object|Array|New)Expression)$/;

/** `node -e` and the REPL have Node's modules as globals, which are loaded when they are first read. */
function readGlobal(name: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
  if (descriptor?.get === undefined) return descriptor?.value;
  if (moduleNames.has(name)) return new ByReference({ kind: 'builtin', module: `node:${name}`, path: '' });
  throw new FunctionRefusal(`it uses the global "${name}", which a getter gives: read it into a variable first`);
}

function readVariable(scopes: readonly ScopeView[], name: string): unknown {
  const scope = scopes.find(({ kind, variables }) => kind !== 'global' && hasVariable(variables, name));
  try {
    return scope?.variables[name];
  } catch {
    return UNINITIALIZED;
  }
}

function narrow(value: object, members: readonly string[]): object {
  const used: Record<string, unknown> = {};
  for (const member of members) used[member] = (value as Record<string, unknown>)[member];
  return used;
}

function asReference(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const record = findReference(value);
  return record === undefined ? value : new ByReference(record);
}
