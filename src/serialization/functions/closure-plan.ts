/**
 * What has to be done to send one function by value: which of its names are captured, which parts of its text cannot stand
 * elsewhere and what stands for them. The same for every function made of that text at that place.
 *
 * Rules: reads texts and the names in scopes, no values but those of globals.
 * Guarantees: a function that cannot be rebuilt faithfully is refused, with reason and place.
 */

import type { AnyNode } from 'acorn';
import type { ReferenceRecord, ValueRecord } from '../function-record.js';
import { isStandardGlobal } from './builtins.js';
import { planClass } from './class-plan.js';
import type { Draft, HeadPlan } from './draft.js';
import { isReplaced, spanIn } from './draft.js';
import { applyEdits, createNameGiver } from './edits.js';
import { ownNameOf } from './function-name.js';
import { isToolHelper } from './glue.js';
import { givesHome, planHome } from './home-plan.js';
import { importOf } from './import-expression.js';
import { hasVariable, type ScopeView } from './inspector-views.js';
import { isLiveImport } from './live-imports.js';
import type { ParsedFunction } from './parser.js';
import { describeImport } from './references.js';
import { type Binding, isMadeOften, isReassigned, type Reference, type Scope, type Span, type Unit } from './scopes.js';
import { findUnit } from './script-units.js';
import { describePlace, isStrictAround, positionOf, type TextSite, traceName, withPlainKey } from './text-site.js';

/** One captured variable. */
export interface CellPlan {
  /** What the program calls it. */
  readonly label: string;
  readonly source: 'scope' | 'global' | 'this' | 'arguments';
  /** It is had there by an import. */
  readonly imported: ReferenceRecord | undefined;
  readonly binding: Binding | undefined;
  /** Several functions may change it: it travels as an object that they share. */
  readonly isShared: boolean;
  /** Nothing changes it once it has a value. */
  readonly isConstant: boolean;
  /** One activation of the code around may make several functions of this text. */
  readonly isMadeOften: boolean;
  /** Of an object that only tools read: the members that are used. */
  readonly members: readonly string[] | undefined;
}

/** See the file's header. */
export interface ClosurePlan {
  readonly record: ValueRecord;
  readonly cells: readonly CellPlan[];
  readonly head: readonly HeadPlan[];
  /** What gives `this` to the text. */
  readonly thisOwner: Unit['kind'] | 'module' | undefined;
  readonly unit: Unit;
  /** The scope that the function is made in, where the whole script was read. */
  readonly site: Scope | undefined;
  /** The text of the whole script, if it was read. */
  readonly script: string | undefined;
  readonly place: string;
}

/** Plans a function. Throws `FunctionRefusal`. */
export function planClosure(site: TextSite, parsed: ParsedFunction, textUnit: Unit): ClosurePlan {
  const found = findUnit(site);
  const unit = found ?? textUnit;
  const text = withPlainKey(site.text, parsed);
  const draft: Draft = {
    site,
    unit,
    offset: found === undefined ? parsed.offset : -(site.start ?? 0),
    text,
    names: createNameGiver(text),
    edits: [],
    replaced: [],
    head: [],
    privates: [],
    thisName: undefined,
    home: undefined,
  };
  if (unit.kind === 'class') planClass(draft);
  planHome(draft, found !== undefined);
  const thisOwner = planThis(draft, found !== undefined);
  const meta = planMeta(draft);
  const captured = planNames(draft, thisOwner);
  const record: ValueRecord = {
    kind: 'value',
    source: applyEdits(text, draft.edits),
    form: parsed.form,
    strict: isStrictAround(site),
    name: ownNameOf(site.fn) ?? '',
    url: traceName(site.script),
    ...(positionOf(site, 0) ?? { line: 0, column: 0 }),
    cells: captured.map(({ name }) => name),
    head: draft.head.map(({ name }) => name),
    meta,
    privates: draft.privates.length === 0 ? undefined : draft.privates,
    hasHome: unit.kind === 'class' && found !== undefined && givesHome(draft) ? true : undefined,
    home: draft.home?.level,
  };
  return {
    record,
    cells: captured.map(({ plan }) => plan),
    head: draft.head.map(({ plan }) => plan),
    thisOwner,
    unit,
    site: found?.scope,
    script: found && site.script?.source,
    place: `${ownNameOf(site.fn) || '(anonymous)'}${describePlace(site, 0)}`,
  };
}

/** `this` of the code around becomes a variable. */
function planThis(draft: Draft, isWhole: boolean): ClosurePlan['thisOwner'] {
  const spans = (draft.unit.ties.get('this') ?? [])
    .map((span) => spanIn(draft, span))
    .filter((span) => !isReplaced(draft, span));
  if (spans.length === 0) return undefined;
  let owner = isWhole ? draft.unit.parent : undefined;
  while (owner?.kind === 'arrow' || owner?.kind === 'class') owner = owner.parent;
  const isTop = isWhole && owner === undefined;
  const { script } = draft.site;
  // At the top of an ES module it is undefined, and of a script the global object, as in what is compiled.
  if (isTop && (script?.isModule === true || !isCommonJs(draft.site))) return undefined;
  const name = draft.names.give(4, 'ths');
  for (const { start, end } of spans) draft.edits.push({ start, end, text: name });
  draft.thisName = name;
  return owner?.kind ?? (isTop ? 'module' : 'function');
}

function isCommonJs({ script }: TextSite): boolean {
  return script !== undefined && !script.isModule && /^(?:\/|file:|[a-z]:)/i.test(script.url);
}

function planMeta(draft: Draft): string | undefined {
  if (draft.unit.free.some(({ name }) => name === '__vite_ssr_import_meta__')) return '__vite_ssr_import_meta__';
  const spans = (draft.unit.ties.get('import.meta') ?? [])
    .map((span) => spanIn(draft, span))
    .filter((span) => !isReplaced(draft, span));
  if (spans.length === 0) return undefined;
  const name = draft.names.give(11, 'import_meta');
  for (const { start, end } of spans) draft.edits.push({ start, end, text: name.padEnd(end - start) });
  return name;
}

interface Captured {
  readonly name: string;
  readonly plan: CellPlan;
}

const NO_PLAN = {
  imported: undefined,
  binding: undefined,
  isShared: false,
  isConstant: false,
  isMadeOften: false,
  members: undefined,
} as const;

function planNames(draft: Draft, thisOwner: ClosurePlan['thisOwner']): Captured[] {
  const captured: Captured[] = [];
  const { thisName } = draft;
  if (thisOwner !== undefined && thisName !== undefined) {
    captured.push({ name: thisName, plan: { ...NO_PLAN, label: 'this', source: 'this', isConstant: true } });
  }
  const uses = new Map<string, Reference[]>();
  for (const reference of draft.unit.free) {
    if (isReplaced(draft, spanIn(draft, reference))) continue;
    const known = uses.get(reference.name);
    if (known === undefined) uses.set(reference.name, [reference]);
    else known.push(reference);
  }
  for (const [name, references] of uses) {
    const plan = planName(draft, name, references);
    if (plan !== undefined) captured.push(plan);
  }
  return captured;
}

function planName(draft: Draft, name: string, references: readonly Reference[]): Captured | undefined {
  const { site } = draft;
  if (isToolHelper(name) || name === '__vite_ssr_import_meta__') return undefined;
  const isOuter = isInScopes(site.scopes, name);
  if (!isOuter && name !== 'arguments') {
    if (isStandardGlobal(name) || !Object.hasOwn(globalThis, name)) return undefined;
    return { name, plan: { ...NO_PLAN, label: name, source: 'global' } };
  }
  if (name === 'arguments') {
    const given = draft.names.give(9, 'arguments');
    for (const reference of references) rename(draft, reference, given);
    return { name: given, plan: { ...NO_PLAN, label: name, source: 'arguments' } };
  }
  const binding = references[0]?.binding;
  if (isOwnName(draft, name)) {
    if (binding === undefined || !isReassigned(binding)) return undefined;
    blankOwnName(draft);
  }
  const imported = binding && importOf(binding);
  const url = site.script?.url;
  if (imported && url !== undefined && isLiveImport(imported, url)) {
    const namespace = describeImport({ ...imported, name: '*' }, url);
    if (namespace !== undefined) return planLive(draft, { name: imported.name, references, namespace });
  }
  const isShared = binding !== undefined && isReassigned(binding) && isUsedOften(draft, binding);
  const plan: CellPlan = {
    label: name,
    source: 'scope',
    imported: imported && url !== undefined ? describeImport(imported, url) : undefined,
    binding,
    isShared,
    isConstant: binding !== undefined && !isReassigned(binding),
    isMadeOften: binding !== undefined && isMadeOften(draft.unit.scope, binding),
    members: membersOf(draft, name, references),
  };
  if (!isShared) return { name, plan };
  const given = draft.names.give(name.length - 2, name);
  for (const reference of references) rename(draft, reference, `${given}.v`);
  return { name: given, plan };
}

/** The member of the module's namespace is the variable of the module. */
function planLive(
  draft: Draft,
  { name, references, namespace }: { name: string; references: readonly Reference[]; namespace: ReferenceRecord },
): Captured {
  const given = draft.names.give(name.length, name);
  for (const reference of references) rename(draft, reference, `${given}.${name}`);
  const label = references[0]?.name ?? name;
  return { name: given, plan: { ...NO_PLAN, label, source: 'scope', imported: namespace, isConstant: true } };
}

function isUsedOften({ unit }: Draft, binding: Binding): boolean {
  return binding.users.size > 1 || isMadeOften(unit.scope, binding);
}

/** Whether a scope has the name; the innermost one counts. */
export function isInScopes(scopes: readonly ScopeView[] | undefined, name: string): boolean {
  return scopes?.some(({ kind, variables }) => kind !== 'global' && hasVariable(variables, name)) ?? false;
}

function rename(draft: Draft, reference: Reference, given: string): void {
  const { start, end } = spanIn(draft, reference);
  const { role, name } = reference;
  draft.edits.push({ start, end, text: rewrite(role, name, given) });
}

/** A member that is called as a name has no `this`; at the beginning of a statement, the bracket must not join the line before. */
function rewrite(role: Reference['role'], name: string, given: string): string {
  if (role === 'shorthand') return `${keyOf(name)}:${given}`;
  const isCall = (role === 'call' || role === 'first-call') && given.includes('.');
  if (!isCall) return given;
  return role === 'call' ? `(0,${given})` : `;(0,${given})`;
}

/** `__proto__:` would set the prototype, which the shorthand does not. */
function keyOf(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : name;
}

function idOf(node: AnyNode): (Span & { readonly name: string }) | undefined {
  return (node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') && node.id ? node.id : undefined;
}

/** The text of a declaration, compiled as an expression, has its name inside. */
function isOwnName({ unit }: Draft, name: string): boolean {
  return unit.kind === 'function' && idOf(unit.node)?.name === name;
}

function blankOwnName(draft: Draft): void {
  const id = idOf(draft.unit.node);
  if (id === undefined) return;
  const { start, end } = spanIn(draft, id);
  draft.edits.push({ start, end, text: ' '.repeat(end - start) });
}

/** What bundlers and test runners call the modules that a file imports. */
const INTEROP = /^(?:__vite_ssr_import_\d+__|import_\w+|\w+__WEBPACK_IMPORTED_MODULE_\w+)$/;

function membersOf(draft: Draft, name: string, references: readonly Reference[]): string[] | undefined {
  if (!INTEROP.test(name)) return undefined;
  const members = new Set<string>();
  for (const reference of references) {
    const [, member] = /^\s*\.\s*([\w$]+)/.exec(draft.text.slice(spanIn(draft, reference).end)) ?? [];
    if (member === undefined) return undefined;
    members.add(member);
  }
  return [...members];
}
