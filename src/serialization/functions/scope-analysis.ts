/**
 * What the text of one function takes from outside itself: free names, and the other things that tie it to its place.
 *
 * Rules: pure; reads acorn's tree, never a value. Decides nothing: whether a free name is a global is the caller's question.
 * Guarantees: every name that the text could take from outside is reported (hoisting, default parameters, catch, labels,
 * keys and Annex B are followed); the position is that of the first use.
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

/** The result for one function. Positions are offsets in the parsed text. */
export interface FunctionNeeds {
  /** Free names with the place of their first use; `arguments` among them when it is an outer function's. */
  readonly names: ReadonlyMap<string, number>;
  readonly ties: ReadonlyMap<Tie, number>;
}

interface Scope {
  readonly parent: Scope | undefined;
  /** Whether `var` stops here. */
  readonly holdsVars: boolean;
  readonly declared: Set<string>;
  readonly used: Map<string, number>;
}

/** What the code being read gets from a function around it that is part of the text. */
interface Frame {
  readonly ownThis: boolean;
  readonly ownSuper: boolean;
  readonly strict: boolean;
}

interface Reader {
  readonly ties: Map<Tie, number>;
  readonly privateNames: Set<string>[];
}

type FunctionNode = Extract<
  AnyNode,
  { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }
>;
type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;

/** Reads one function, class, or method (as a property); `strict` is the strictness of the code around it. */
export function analyzeFunction(node: AnyNode, { strict }: { readonly strict: boolean }): FunctionNeeds {
  const reader: Reader = { ties: new Map(), privateNames: [] };
  const outside = createScope(undefined, true);
  const frame: Frame = { ownThis: false, ownSuper: false, strict };
  // A method that is read alone has lost the object that `super` starts from, and its key is not part of what it does.
  if (node.type === 'Property') visitFunction(reader, node.value as FunctionNode, outside, frame, false);
  else visit(reader, node, outside, frame);
  return { names: outside.used, ties: reader.ties };
}

function createScope(parent: Scope | undefined, holdsVars: boolean): Scope {
  return { parent, holdsVars, declared: new Set(), used: new Map() };
}

/** What a finished scope has not declared, its parent is asked for. */
function closeScope(scope: Scope): void {
  const { parent } = scope;
  if (parent === undefined) return;
  for (const [name, start] of scope.used) if (!scope.declared.has(name)) use(parent, name, start);
}

function use(scope: Scope, name: string, start: number): void {
  const known = scope.used.get(name);
  if (known === undefined || start < known) scope.used.set(name, start);
}

function varScope(scope: Scope): Scope {
  let current = scope;
  while (!current.holdsVars && current.parent !== undefined) current = current.parent;
  return current;
}

function tie(reader: Reader, kind: Tie, start: number): void {
  if (!reader.ties.has(kind)) reader.ties.set(kind, start);
}

/** The nodes below a node, in source order. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item === 'object' && item !== null && 'type' in item && 'start' in item)
        children.push(item as AnyNode);
    }
  }
  return children;
}

function visitAll(reader: Reader, nodes: Iterable<AnyNode | null | undefined>, scope: Scope, frame: Frame): void {
  for (const node of nodes) if (node) visit(reader, node, scope, frame);
}

function visitInNewScope(reader: Reader, node: AnyNode, scope: Scope, frame: Frame): void {
  const inner = createScope(scope, false);
  visitAll(reader, childrenOf(node), inner, frame);
  closeScope(inner);
}

function visit(reader: Reader, node: AnyNode, scope: Scope, frame: Frame): void {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return visitFunction(reader, node, scope, frame, false);
    case 'ClassDeclaration':
    case 'ClassExpression':
      return visitClass(reader, node, scope, frame);
    case 'BlockStatement':
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'SwitchStatement':
      return visitInNewScope(reader, node, scope, frame);
    case 'CatchClause': {
      const inner = createScope(scope, false);
      if (node.param) declarePattern(reader, node.param, { target: inner, scope: inner, frame });
      visit(reader, node.body, inner, frame);
      return closeScope(inner);
    }
    case 'VariableDeclaration':
      for (const { id, init } of node.declarations) {
        declarePattern(reader, id, { target: node.kind === 'var' ? varScope(scope) : scope, scope, frame });
        if (init) visit(reader, init, scope, frame);
      }
      return;
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return visitMember(reader, node, scope, frame);
    default:
      return visitExpression(reader, node, scope, frame);
  }
}

function visitExpression(reader: Reader, node: AnyNode, scope: Scope, frame: Frame): void {
  switch (node.type) {
    case 'Identifier':
      return use(scope, node.name, node.start);
    case 'PrivateIdentifier':
      if (!reader.privateNames.some((names) => names.has(node.name))) tie(reader, 'private-name', node.start);
      return;
    case 'ThisExpression':
      if (!frame.ownThis) tie(reader, 'this', node.start);
      return;
    case 'Super':
      if (!frame.ownSuper) tie(reader, 'super', node.start);
      return;
    case 'MetaProperty':
      if (node.meta.name === 'import') tie(reader, 'import.meta', node.start);
      else if (!frame.ownThis) tie(reader, 'new.target', node.start);
      return;
    case 'MemberExpression':
      visit(reader, node.object, scope, frame);
      if (node.computed || node.property.type === 'PrivateIdentifier') visit(reader, node.property, scope, frame);
      return;
    case 'LabeledStatement':
      return visit(reader, node.body, scope, frame);
    case 'BreakStatement':
    case 'ContinueStatement':
      return;
    case 'CallExpression':
      if (node.callee.type === 'Identifier' && node.callee.name === 'eval') tie(reader, 'direct-eval', node.start);
      break;
    case 'WithStatement':
      tie(reader, 'with', node.start);
      break;
    case 'ImportExpression':
      tie(reader, 'dynamic-import', node.start);
      break;
  }
  visitAll(reader, childrenOf(node), scope, frame);
}

/** Object and class members: a key that is not computed is no use of a name, and methods have a home of their own. */
function visitMember(
  reader: Reader,
  node: Extract<AnyNode, { type: 'Property' | 'MethodDefinition' | 'PropertyDefinition' }>,
  scope: Scope,
  frame: Frame,
): void {
  if (node.computed) visit(reader, node.key, scope, frame);
  if (!node.value) return;
  const isMethod =
    node.type === 'MethodDefinition' || (node.type === 'Property' && (node.method || node.kind !== 'init'));
  if (isMethod) return visitFunction(reader, node.value as FunctionNode, scope, frame, true);
  if (node.type === 'Property') return visit(reader, node.value, scope, frame);
  visit(reader, node.value, scope, { ...frame, ownThis: true, ownSuper: true });
}

function hasUseStrict(body: AnyNode): boolean {
  if (body.type !== 'BlockStatement') return false;
  return body.body.some((statement) => 'directive' in statement && statement.directive === 'use strict');
}

function visitFunction(reader: Reader, node: FunctionNode, scope: Scope, frame: Frame, isMethod: boolean): void {
  const strict = frame.strict || hasUseStrict(node.body);
  if (node.type === 'FunctionDeclaration' && node.id) {
    scope.declared.add(node.id.name);
    // Annex B: in sloppy mode a function in a block is a `var` too.
    if (!strict) varScope(scope).declared.add(node.id.name);
  }
  const isArrow = node.type === 'ArrowFunctionExpression';
  const inner: Frame = isArrow ? { ...frame, strict } : { ownThis: true, ownSuper: isMethod, strict };
  const parameters = createScope(scope, true);
  if (!isArrow) parameters.declared.add('arguments');
  if (node.type === 'FunctionExpression' && node.id) parameters.declared.add(node.id.name);
  for (const parameter of node.params) {
    declarePattern(reader, parameter, { target: parameters, scope: parameters, frame: inner });
  }
  if (node.body.type === 'BlockStatement') {
    // A `var` of the body is not seen by default values of parameters.
    const body = createScope(parameters, true);
    visitAll(reader, node.body.body, body, inner);
    closeScope(body);
  } else {
    visit(reader, node.body, parameters, inner);
  }
  closeScope(parameters);
}

function visitClass(reader: Reader, node: ClassNode, scope: Scope, frame: Frame): void {
  if (node.type === 'ClassDeclaration' && node.id) scope.declared.add(node.id.name);
  const inner = createScope(scope, false);
  if (node.id) inner.declared.add(node.id.name);
  const strictFrame: Frame = { ...frame, strict: true };
  const privateNames = new Set<string>();
  for (const member of node.body.body) {
    if ('key' in member && member.key.type === 'PrivateIdentifier') privateNames.add(member.key.name);
  }
  if (node.superClass) visit(reader, node.superClass, inner, strictFrame);
  reader.privateNames.push(privateNames);
  for (const member of node.body.body) {
    if (member.type !== 'StaticBlock') {
      visit(reader, member, inner, strictFrame);
      continue;
    }
    const block = createScope(inner, true);
    visitAll(reader, member.body, block, { ownThis: true, ownSuper: true, strict: true });
    closeScope(block);
  }
  reader.privateNames.pop();
  closeScope(inner);
}

interface PatternPlace {
  /** Where the names are declared. */
  readonly target: Scope;
  /** Where default values and computed keys are evaluated. */
  readonly scope: Scope;
  readonly frame: Frame;
}

function declarePattern(reader: Reader, pattern: AnyNode, place: PatternPlace): void {
  switch (pattern.type) {
    case 'Identifier':
      place.target.declared.add(pattern.name);
      return;
    case 'ObjectPattern':
      for (const property of pattern.properties) declarePattern(reader, property, place);
      return;
    case 'Property':
      if (pattern.computed) visit(reader, pattern.key, place.scope, place.frame);
      return declarePattern(reader, pattern.value, place);
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) declarePattern(reader, element, place);
      return;
    case 'RestElement':
      return declarePattern(reader, pattern.argument, place);
    case 'AssignmentPattern':
      declarePattern(reader, pattern.left, place);
      return visit(reader, pattern.right, place.scope, place.frame);
    default:
      return visit(reader, pattern, place.scope, place.frame);
  }
}
