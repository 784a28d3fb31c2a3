/**
 * What the analysis of a text is made of: scopes, the variables that they declare, the places that use them, and the units (a
 * function, a class, the initializer of a field) whose needs are asked for.
 *
 * Rules: pure data; knows acorn's nodes only to hold them.
 * Guarantees: when a scope is closed, each use in it has found its variable or waits in the scope around.
 */

import type { AnyNode } from 'acorn';

/** What a function can take from its place besides names. */
export type Tie =
  | 'this'
  | 'super'
  | 'new.target'
  | 'import.meta'
  | 'private-name'
  | 'direct-eval'
  | 'with'
  | 'dynamic-import';

/** Where a text stands: from its first character to the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What an import binding stands for. `'*'` is the whole namespace. */
export interface ImportSource {
  readonly specifier: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

/** One variable. */
export interface Binding {
  readonly name: string;
  readonly kind: 'import' | 'const' | 'let' | 'var' | 'function' | 'class' | 'parameter' | 'name';
  readonly scope: Scope;
  /** How often the text gives it a value: a `var` counts its initializer. */
  writes: number;
  /** The units that use it, without the one that declares it. */
  readonly users: Set<Unit>;
  imported: ImportSource | undefined;
  /** What it is initialized with, when that is one expression. */
  initializer: AnyNode | undefined;
}

/** How a name is used: what has to be rewritten depends on it. `'first-call'`: of a call that begins a statement of a list. */
export type Role = 'read' | 'write' | 'shorthand' | 'call' | 'first-call';

/** One use of a name. */
export interface Reference extends Span {
  readonly name: string;
  readonly role: Role;
  readonly isWrite: boolean;
  readonly unit: Unit | undefined;
  binding: Binding | undefined;
}

/** A part of the text that has needs of its own. */
export interface Unit {
  readonly kind: 'function' | 'method' | 'arrow' | 'class' | 'field' | 'static-block';
  readonly node: AnyNode;
  readonly parent: Unit | undefined;
  /** The scope that it is made in. */
  readonly scope: Scope;
  readonly strict: boolean;
  /** Uses of names that it does not declare. */
  free: readonly Reference[];
  readonly ties: Map<Tie, Span[]>;
}

/** A stretch of text with variables of its own. */
export interface Scope {
  readonly parent: Scope | undefined;
  /** Whether `var` stops here. */
  readonly holdsVars: boolean;
  /** Whether what stands in it may be executed more often than what stands around it. */
  readonly repeats: boolean;
  /** The unit that it belongs to. */
  readonly unit: Unit | undefined;
  readonly declared: Map<string, Binding>;
  used: Reference[];
}

/** Where the reader stands in the text. */
export interface Place {
  readonly scope: Scope;
  readonly unit: Unit | undefined;
  readonly strict: boolean;
}

/** What is collected. */
export interface Reader {
  readonly units: Unit[];
  readonly privateNames: Map<Unit, ReadonlySet<string>>;
  /** Where statements of lists begin: before one there may be no semicolon. */
  readonly listed: Set<number>;
  /** Ties at places outside all units. */
  readonly loose: Map<Tie, number>;
  /** Reads any node; patterns need it. */
  readonly visit: (reader: Reader, node: AnyNode, place: Place) => void;
}

/** Notes a use of a name. */
export function use(node: AnyNode & { readonly name: string }, place: Place, role: Role, isWrite = false): void {
  const { name, start, end } = node;
  const reference: Reference = { name, start, end, role, isWrite, unit: place.unit, binding: undefined };
  place.scope.used.push(reference);
}

/** A new scope. */
export function createScope(
  parent: Scope | undefined,
  options: { readonly holdsVars: boolean; readonly repeats?: boolean; readonly unit: Unit | undefined },
): Scope {
  const { holdsVars, repeats = false, unit } = options;
  return { parent, holdsVars, repeats, unit, declared: new Map(), used: [] };
}

/** Declares a variable; a second declaration of the same name is the same variable. */
export function declare(scope: Scope, name: string, kind: Binding['kind']): Binding {
  const known = scope.declared.get(name);
  if (known !== undefined) return known;
  const binding: Binding = {
    name,
    kind,
    scope,
    writes: 0,
    users: new Set(),
    imported: undefined,
    initializer: undefined,
  };
  scope.declared.set(name, binding);
  return binding;
}

/** What a finished scope has not declared, its parent is asked for. */
export function closeScope(scope: Scope): void {
  const { parent, declared } = scope;
  for (const reference of scope.used) {
    const binding = declared.get(reference.name);
    if (binding === undefined) parent?.used.push(reference);
    else bind(reference, binding);
  }
  if (parent !== undefined) scope.used = [];
}

function bind(reference: Reference, binding: Binding): void {
  reference.binding = binding;
  if (reference.isWrite) binding.writes += 1;
  if (reference.unit !== undefined && reference.unit !== binding.scope.unit) binding.users.add(reference.unit);
}

/** The scope that a `var` in this one belongs to. */
export function varScope(scope: Scope): Scope {
  let current = scope;
  while (!current.holdsVars && current.parent !== undefined) current = current.parent;
  return current;
}

/** Whether one activation of the variable's scope can make several functions of what stands in `site`. */
export function isMadeOften(site: Scope, { scope }: Binding): boolean {
  for (let at: Scope | undefined = site; at !== undefined && at !== scope; at = at.parent) {
    if (at.repeats) return true;
  }
  return false;
}

/** Whether the text changes a variable after it has got its value. */
export function isReassigned({ kind, writes }: Binding): boolean {
  return kind === 'var' ? writes > 1 : writes > 0;
}
