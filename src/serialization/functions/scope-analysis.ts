/**
 * Reads a text, of one function or of a whole script: which names each function in it takes from outside itself, whose
 * variables those are, and the other things that tie it to its place.
 *
 * Rules: pure; reads acorn's tree, never a value. Decides nothing: whether a free name is a global is the caller's question.
 * Guarantees: every name that a text could take from outside is reported (hoisting, default parameters, catch, labels,
 * keys and Annex B are followed).
 */

import type { AnyNode, Program } from 'acorn';
import { declareImports, declarePattern, visitVariables, writeTarget } from './scope-patterns.js';
import {
  closeScope,
  createScope,
  declare,
  type Place,
  type Reader,
  type Reference,
  type Scope,
  type Tie,
  type Unit,
  use,
  varScope,
} from './scopes.js';
import { tie, tiePrivateName } from './ties.js';
import { childrenOf } from './tree.js';

/** The result for one function. Positions are offsets in the parsed text. */
export interface FunctionNeeds {
  /** Free names with the place of their first use; `arguments` among them when it is an outer function's. */
  readonly names: ReadonlyMap<string, number>;
  readonly ties: ReadonlyMap<Tie, number>;
  /** Undefined for what is neither a function nor a class. */
  readonly unit: Unit | undefined;
}

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;
type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;
type MemberNode = Extract<AnyNode, { type: 'Property' | 'MethodDefinition' | 'PropertyDefinition' }>;

function createReader(): Reader {
  return { units: [], privateNames: new Map(), listed: new Set(), loose: new Map(), visit };
}

/** Reads one function, class, or method (as a property); `strict` is the strictness of the code around it. */
export function analyzeFunction(node: AnyNode, { strict }: { readonly strict: boolean }): FunctionNeeds {
  const reader = createReader();
  const outside = createScope(undefined, { holdsVars: true, unit: undefined });
  const place: Place = { scope: outside, unit: undefined, strict };
  // A method that is read alone has lost the object that `super` starts from, and its key is not part of what it does.
  if (node.type === 'Property') visitFunction(reader, node.value as FunctionNode, place, 'function');
  else visit(reader, node, place);
  const names = new Map<string, number>();
  for (const { name, start } of outside.used) names.set(name, Math.min(start, names.get(name) ?? start));
  const unit = reader.units[0];
  const ties = new Map(reader.loose);
  for (const [kind, [first]] of unit?.ties ?? []) if (first !== undefined) ties.set(kind, first.start);
  return { names, ties, unit };
}

/** Every function and class of a whole script. */
export function analyzeScript(program: Program, { isModule }: { readonly isModule: boolean }): readonly Unit[] {
  const reader = createReader();
  const scope = createScope(undefined, { holdsVars: true, unit: undefined });
  const place: Place = { scope, unit: undefined, strict: isModule || hasUseStrict(program) };
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') declareImports(node, scope);
    else visit(reader, node, place);
  }
  closeScope(scope);
  return reader.units;
}

function visitStatements(reader: Reader, statements: readonly AnyNode[], place: Place): void {
  for (const { start } of statements) reader.listed.add(start);
  visitAll(reader, statements, place);
}

function visitAll(reader: Reader, nodes: Iterable<AnyNode | null | undefined>, place: Place): void {
  for (const node of nodes) if (node) visit(reader, node, place);
}

function visitInNewScope(reader: Reader, node: AnyNode, place: Place): void {
  const repeats = /^(?:For|While|DoWhile)/.test(node.type);
  const scope = createScope(place.scope, { holdsVars: false, repeats, unit: place.unit });
  if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') {
    if (node.left.type !== 'VariableDeclaration') writeTarget(reader, node.left, { ...place, scope });
    else visit(reader, node.left, { ...place, scope });
    visitAll(reader, [node.right, node.body], { ...place, scope });
  } else if (node.type === 'BlockStatement') {
    visitStatements(reader, node.body, { ...place, scope });
  } else {
    visitAll(reader, childrenOf(node), { ...place, scope });
  }
  closeScope(scope);
}

function visit(reader: Reader, node: AnyNode, place: Place): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      return visitFunction(reader, node, place, 'function');
    case 'ArrowFunctionExpression':
      return visitFunction(reader, node, place, 'arrow');
    case 'ClassDeclaration':
    case 'ClassExpression':
      return visitClass(reader, node, place);
    case 'BlockStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'SwitchStatement':
      return visitInNewScope(reader, node, place);
    case 'CatchClause': {
      const scope = createScope(place.scope, { holdsVars: false, unit: place.unit });
      if (node.param) declarePattern(reader, node.param, { target: scope, kind: 'name', place: { ...place, scope } });
      visit(reader, node.body, { ...place, scope });
      return closeScope(scope);
    }
    case 'VariableDeclaration':
      return visitVariables(reader, node, place);
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return visitMember(reader, node, place);
    case 'AssignmentExpression':
      writeTarget(reader, node.left, place);
      return visit(reader, node.right, place);
    case 'UpdateExpression':
      return writeTarget(reader, node.argument, place);
    default:
      return visitExpression(reader, node, place);
  }
}

function visitExpression(reader: Reader, node: AnyNode, place: Place): void {
  switch (node.type) {
    case 'Identifier':
      return use(node, place, 'read');
    case 'PrivateIdentifier':
      return tiePrivateName(reader, node.name, node, place);
    case 'ThisExpression':
      return tie(reader, 'this', node, place);
    case 'Super':
      return tie(reader, 'super', node, place);
    case 'MetaProperty':
      return tie(reader, node.meta.name === 'import' ? 'import.meta' : 'new.target', node, place);
    case 'MemberExpression':
      visit(reader, node.object, place);
      if (node.computed || node.property.type === 'PrivateIdentifier') visit(reader, node.property, place);
      return;
    case 'LabeledStatement':
      return visit(reader, node.body, place);
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return;
    case 'ExportNamedDeclaration':
      if (node.declaration) return visit(reader, node.declaration, place);
      return;
    case 'CallExpression':
      return visitCall(reader, node, place);
    case 'TaggedTemplateExpression':
      visitCallee(reader, node.tag, place);
      return visit(reader, node.quasi, place);
    case 'SwitchCase':
      if (node.test) visit(reader, node.test, place);
      return visitStatements(reader, node.consequent, place);
    case 'WithStatement':
      tie(reader, 'with', node, place);
      break;
    case 'ImportExpression':
      tie(reader, 'dynamic-import', node, place);
      break;
  }
  visitAll(reader, childrenOf(node), place);
}

function visitCall(reader: Reader, node: Extract<AnyNode, { type: 'CallExpression' }>, place: Place): void {
  const { callee } = node;
  if (callee.type === 'Identifier' && callee.name === 'eval') tie(reader, 'direct-eval', node, place);
  visitCallee(reader, callee, place);
  visitAll(reader, node.arguments, place);
}

/** What is called has no `this` when it is a name. */
function visitCallee(reader: Reader, callee: AnyNode, place: Place): void {
  if (callee.type === 'Identifier') use(callee, place, reader.listed.has(callee.start) ? 'first-call' : 'call');
  else visit(reader, callee, place);
}

/** Object and class members: a key that is not computed is no use of a name, and methods have a home of their own. */
function visitMember(reader: Reader, node: MemberNode, place: Place): void {
  if (node.computed) visit(reader, node.key, place);
  if (!node.value) return;
  const isMethod =
    node.type === 'MethodDefinition' || (node.type === 'Property' && (node.method || node.kind !== 'init'));
  if (isMethod) return visitFunction(reader, node.value as FunctionNode, place, 'method');
  if (node.type !== 'Property') return visitInUnit(reader, [node.value], { ...place, kind: 'field', node });
  if (node.shorthand && node.value.type === 'Identifier') return use(node.value, place, 'shorthand');
  visit(reader, node.value, place);
}

function hasUseStrict(node: AnyNode): boolean {
  if (node.type !== 'BlockStatement' && node.type !== 'Program') return false;
  return node.body.some((statement) => 'directive' in statement && statement.directive === 'use strict');
}

function createUnit(reader: Reader, kind: Unit['kind'], node: AnyNode, place: Place): Unit {
  const unit: Unit = {
    kind,
    node,
    parent: place.unit,
    scope: place.scope,
    strict: place.strict,
    free: [],
    ties: new Map(),
  };
  reader.units.push(unit);
  return unit;
}

function visitFunction(reader: Reader, node: FunctionNode, place: Place, kind: Unit['kind']): void {
  const strict = place.strict || hasUseStrict(node.body);
  if (node.type === 'FunctionDeclaration' && node.id) {
    declare(place.scope, node.id.name, 'function');
    // Annex B: in sloppy mode a function in a block is a `var` too.
    if (!strict) declare(varScope(place.scope), node.id.name, 'function');
  }
  const unit = createUnit(reader, kind, node, place);
  const parameters = createScope(place.scope, { holdsVars: true, repeats: true, unit });
  const inner: Place = { scope: parameters, unit, strict };
  if (kind !== 'arrow') declare(parameters, 'arguments', 'name');
  if (node.type === 'FunctionExpression' && node.id) declare(parameters, node.id.name, 'name');
  for (const parameter of node.params) {
    declarePattern(reader, parameter, { target: parameters, kind: 'parameter', place: inner });
  }
  if (node.body.type === 'BlockStatement') {
    // A `var` of the body is not seen by default values of parameters.
    const body = createScope(parameters, { holdsVars: true, unit });
    visitStatements(reader, node.body.body, { ...inner, scope: body });
    closeScope(body);
  } else {
    visit(reader, node.body, inner);
  }
  unit.free = freeIn(parameters);
  closeScope(parameters);
}

function freeIn({ used, declared }: Scope): readonly Reference[] {
  return used.filter(({ name }) => !declared.has(name));
}

function visitInUnit(
  reader: Reader,
  nodes: readonly AnyNode[],
  site: Place & { readonly kind: Unit['kind']; readonly node: AnyNode },
): void {
  const unit = createUnit(reader, site.kind, site.node, site);
  const scope = createScope(site.scope, { holdsVars: true, repeats: true, unit });
  if (site.kind === 'static-block') visitStatements(reader, nodes, { scope, unit, strict: true });
  else visitAll(reader, nodes, { scope, unit, strict: true });
  unit.free = freeIn(scope);
  closeScope(scope);
}

function visitClass(reader: Reader, node: ClassNode, place: Place): void {
  if (node.type === 'ClassDeclaration' && node.id) declare(place.scope, node.id.name, 'class');
  const unit = createUnit(reader, 'class', node, place);
  const scope = createScope(place.scope, { holdsVars: false, unit });
  if (node.id) declare(scope, node.id.name, 'name');
  const inner: Place = { scope, unit, strict: true };
  if (node.superClass) visit(reader, node.superClass, inner);
  const privateNames = new Set<string>();
  for (const member of node.body.body) {
    if ('key' in member && member.key.type === 'PrivateIdentifier') privateNames.add(member.key.name);
  }
  reader.privateNames.set(unit, privateNames);
  for (const member of node.body.body) {
    if (member.type !== 'StaticBlock') visit(reader, member, inner);
    else visitInUnit(reader, member.body, { ...inner, kind: 'static-block', node: member });
  }
  unit.free = freeIn(scope);
  closeScope(scope);
}
