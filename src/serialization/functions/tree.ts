/**
 * Steps through acorn's tree.
 *
 * Rules: pure; knows no kind of node.
 */

import type { AnyNode } from 'acorn';

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
