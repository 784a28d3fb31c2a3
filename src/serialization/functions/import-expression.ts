/**
 * Variables that hold the namespace of a module because their text says so: `const m = await import('./m.js')`.
 *
 * Rules: reads texts only.
 */

import type { AnyNode } from 'acorn';
import { type Binding, type ImportSource, isReassigned } from './scopes.js';

/** What a variable is imported from, by a statement or an expression. */
export function importOf(binding: Binding): ImportSource | undefined {
  if (binding.imported !== undefined || binding.initializer === undefined || isReassigned(binding))
    return binding.imported;
  const { initializer } = binding;
  if (initializer.type !== 'AwaitExpression' || initializer.argument.type !== 'ImportExpression') return undefined;
  const { source, options } = initializer.argument;
  if (source.type !== 'Literal' || typeof source.value !== 'string') return undefined;
  const attributes = options ? readAttributes(options) : undefined;
  return options && attributes === undefined ? undefined : { specifier: source.value, name: '*', attributes };
}

/** `{ with: { type: 'json' } }`. */
function readAttributes(options: AnyNode): Readonly<Record<string, string>> | undefined {
  const given = propertiesOf(options)?.find(([key]) => key === 'with')?.[1];
  const entries = given && propertiesOf(given)?.map(([key, value]) => [key, textOf(value)] as const);
  if (entries?.some(([, value]) => value === undefined)) return undefined;
  return entries && (Object.fromEntries(entries) as Record<string, string>);
}

function propertiesOf(node: AnyNode): (readonly [key: string | undefined, value: AnyNode])[] | undefined {
  if (node.type !== 'ObjectExpression') return undefined;
  return node.properties.map((property) =>
    property.type === 'Property' && !property.computed
      ? [property.key.type === 'Identifier' ? property.key.name : textOf(property.key), property.value]
      : [undefined, property],
  );
}

function textOf(node: AnyNode): string | undefined {
  return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}
