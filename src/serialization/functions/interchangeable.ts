/**
 * Arrow functions that do the same wherever they stand, so that one can be called in place of another with the same text.
 *
 * To look into a function costs tens of microseconds, and a literal in a call of `submit` is a new function each time. What
 * the looking finds out is: which variables it reaches, whether the code around it is strict, and where it stands. A text
 * that uses nothing from outside, and nothing that strictness changes, needs none of the first two. Its place only shows in
 * the stack of an error that it throws: see `relocate-stack`.
 *
 * Rules: for functions that are called, not for those that are passed: two of them are still two.
 * Guarantees: says yes only to texts made of what stands in the lists below; every other node means no.
 */

import type { AnyNode } from 'acorn';
import { parseFunctionText } from './parser.js';
import { analyzeFunction } from './scope-analysis.js';
import { childrenOf } from './tree.js';

/**
 * Left out on purpose: functions inside (the task may return them, and their place would be wrong), `try` (it sees the stack),
 * `delete` and assignments to members (they fail in strict code only), and whatever reaches out of the text.
 */
const HARMLESS: ReadonlySet<AnyNode['type']> = new Set<AnyNode['type']>([
  'Identifier',
  'Literal',
  'TemplateLiteral',
  'TemplateElement',
  'MemberExpression',
  'ChainExpression',
  'CallExpression',
  'BinaryExpression',
  'LogicalExpression',
  'ConditionalExpression',
  'SequenceExpression',
  'ArrayExpression',
  'ObjectExpression',
  'SpreadElement',
  'AwaitExpression',
  'ArrayPattern',
  'ObjectPattern',
  'AssignmentPattern',
  'RestElement',
  'BlockStatement',
  'ExpressionStatement',
  'EmptyStatement',
  'ReturnStatement',
  'VariableDeclaration',
  'VariableDeclarator',
  'IfStatement',
  'ForStatement',
  'WhileStatement',
  'BreakStatement',
  'ContinueStatement',
]);

function isHarmless(node: AnyNode): boolean {
  switch (node.type) {
    case 'UnaryExpression':
      return node.operator !== 'delete';
    case 'Property':
      return node.kind === 'init' && !node.method;
    case 'AssignmentExpression':
      return node.left.type === 'Identifier';
    case 'ForOfStatement':
      return node.left.type === 'VariableDeclaration';
    case 'UpdateExpression':
      return node.argument.type === 'Identifier';
    default:
      return HARMLESS.has(node.type);
  }
}

function isHarmlessBelow(node: AnyNode): boolean {
  return childrenOf(node).every((child) => isHarmless(child) && isHarmlessBelow(child));
}

/** Whether all functions with this text do the same. */
export function isInterchangeable(text: string): boolean {
  const parsed = parseFunctionText(text);
  if (parsed?.node.type !== 'ArrowFunctionExpression') return false;
  const { names, ties } = analyzeFunction(parsed.node, { strict: false });
  return names.size === 0 && ties.size === 0 && isHarmlessBelow(parsed.node);
}
