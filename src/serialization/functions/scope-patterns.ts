/**
 * The part of the analysis that reads patterns: what declarations declare, and what assignments write to.
 *
 * Rules: as of `scope-analysis.ts`, which it belongs to.
 */

import type { AnyNode } from 'acorn';
import { type Binding, declare, type Place, type Reader, type Scope, use, varScope } from './scopes.js';

/** Where a pattern stands. */
export interface PatternPlace {
  /** Where the names are declared. */
  readonly target: Scope;
  readonly kind: Binding['kind'];
  /** Where default values and computed keys are evaluated. */
  readonly place: Place;
}

/** Declares the names of a pattern and reads its default values and computed keys. */
export function declarePattern(reader: Reader, pattern: AnyNode, options: PatternPlace): void {
  const { place, target, kind } = options;
  switch (pattern.type) {
    case 'Identifier':
      declare(target, pattern.name, kind);
      return;
    case 'ObjectPattern':
      for (const property of pattern.properties) declarePattern(reader, property, options);
      return;
    case 'Property':
      if (pattern.computed) reader.visit(reader, pattern.key, place);
      return declarePattern(reader, pattern.value, options);
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) declarePattern(reader, element, options);
      return;
    case 'RestElement':
      return declarePattern(reader, pattern.argument, options);
    case 'AssignmentPattern':
      declarePattern(reader, pattern.left, options);
      return reader.visit(reader, pattern.right, place);
    default:
      return reader.visit(reader, pattern, place);
  }
}

/** Reads `const`, `let`, `var` and `using`. */
export function visitVariables(
  reader: Reader,
  node: Extract<AnyNode, { type: 'VariableDeclaration' }>,
  place: Place,
): void {
  const kind = node.kind === 'var' || node.kind === 'let' ? node.kind : 'const';
  const target = kind === 'var' ? varScope(place.scope) : place.scope;
  for (const { id, init } of node.declarations) {
    declarePattern(reader, id, { target, kind, place });
    if (id.type === 'Identifier') {
      const binding = target.declared.get(id.name);
      if (binding !== undefined && init) binding.initializer ??= init;
      if (binding !== undefined && kind === 'var' && init) binding.writes += 1;
    } else if (kind === 'var') {
      for (const name of namesIn(id)) noteWrite(target, name);
    }
    if (init) reader.visit(reader, init, place);
  }
}

function noteWrite(target: Scope, name: string): void {
  const binding = target.declared.get(name);
  if (binding !== undefined) binding.writes += 1;
}

/** Reads what an assignment writes to. */
export function writeTarget(reader: Reader, pattern: AnyNode, place: Place): void {
  switch (pattern.type) {
    case 'Identifier':
      return use(pattern, place, 'write', true);
    case 'ObjectPattern':
      for (const property of pattern.properties) writeTarget(reader, property, place);
      return;
    case 'Property': {
      if (pattern.computed) reader.visit(reader, pattern.key, place);
      const { value } = pattern as { readonly value: AnyNode };
      if (!pattern.shorthand) return writeTarget(reader, value, place);
      const target = value.type === 'AssignmentPattern' ? value.left : value;
      if (target.type === 'Identifier') use(target, place, 'shorthand', true);
      if (value.type === 'AssignmentPattern') reader.visit(reader, value.right, place);
      return;
    }
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) writeTarget(reader, element, place);
      return;
    case 'RestElement':
      return writeTarget(reader, pattern.argument, place);
    case 'AssignmentPattern':
      writeTarget(reader, pattern.left, place);
      return reader.visit(reader, pattern.right, place);
    default:
      return reader.visit(reader, pattern, place);
  }
}

/** The names that a pattern declares. */
export function namesIn(pattern: AnyNode): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap(namesIn);
    case 'Property':
      return namesIn(pattern.value);
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    default:
      return [];
  }
}

/** Declares what an import statement names. */
export function declareImports(node: Extract<AnyNode, { type: 'ImportDeclaration' }>, scope: Scope): void {
  const attributes = node.attributes.length === 0 ? undefined : Object.fromEntries(node.attributes.map(readAttribute));
  for (const item of node.specifiers) {
    const binding = declare(scope, item.local.name, 'import');
    const name =
      item.type === 'ImportSpecifier'
        ? textOf(item.imported)
        : item.type === 'ImportDefaultSpecifier'
          ? 'default'
          : '*';
    binding.imported = { specifier: String(node.source.value), name, attributes };
  }
}

function readAttribute({ key, value }: { readonly key: AnyNode; readonly value: { readonly value?: unknown } }) {
  return [textOf(key), String(value.value)] as const;
}

function textOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
}
