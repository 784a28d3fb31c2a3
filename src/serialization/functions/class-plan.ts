/**
 * What has to be done to a class's text so that it can be run again elsewhere: what was evaluated when the class was defined is
 * not evaluated again, but given.
 *
 * Rules: reads the text only. Guarantees: nothing of the class that has run once runs twice.
 */

import type { AnyNode } from 'acorn';
import { FunctionRefusal } from '../function-record.js';
import { type Draft, spanIn } from './draft.js';
import { blank } from './edits.js';
import type { Span } from './scopes.js';

type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>;
type Member = ClassNode['body']['body'][number];

/** Adds the changes of a class to a draft. */
export function planClass(draft: Draft): void {
  const node = draft.unit.node as ClassNode;
  const { superClass } = node;
  if (superClass && !(superClass.type === 'Literal' && superClass.value === null)) {
    const name = draft.names.give(superClass.end - superClass.start, 'super');
    replace(draft, superClass, name);
    draft.head.push({ name, plan: { kind: 'superclass' } });
  }
  for (const member of node.body.body) planMember(draft, member);
}

function replace(draft: Draft, node: Span, replacement = ''): void {
  const span = spanIn(draft, node);
  draft.edits.push(blank(draft.text, span, replacement));
  draft.replaced.push(span);
}

function planMember(draft: Draft, member: Member): void {
  if (member.type === 'StaticBlock') return replace(draft, member, ';');
  if (member.type === 'PropertyDefinition' && member.static) return planStaticField(draft, member);
  if (!member.computed || isFixedKey(member.key)) return;
  if (member.type === 'PropertyDefinition') {
    throw new FunctionRefusal(
      'it is a class with a field of a computed name, which cannot be read from outside; export the class from a module',
    );
  }
  const span = spanIn(draft, member);
  const keyword = STATIC.exec(draft.text.slice(span.start, span.end))?.[0] ?? '';
  const memberText = draft.text.slice(span.start + (member.static ? keyword.length : 0), span.end);
  const name = draft.names.give(member.key.end - member.key.start, 'key');
  replace(draft, member.key, name);
  draft.head.push({ name, plan: { kind: 'key', memberText, isStatic: member.static } });
}

/** Static fields have run; their values travel as they are now. A private one is given by code that is put into the class. */
function planStaticField(draft: Draft, member: Extract<Member, { type: 'PropertyDefinition' }>): void {
  if (member.key.type !== 'PrivateIdentifier') return replace(draft, member, ';');
  draft.privates.push(`#${member.key.name}`);
  if (!member.value) return;
  const from = draft.text.indexOf('=', spanIn(draft, member.key).end) - draft.offset;
  replace(draft, { start: from, end: member.value.end });
}

/** V8 counts what stands behind the word, and behind what follows it, as the text of a method. */
const STATIC = /^static(?:\s|\/\*[\s\S]*?\*\/|\/\/.*)*/;

/** A key that is the same everywhere. */
function isFixedKey(key: AnyNode): boolean {
  if (key.type === 'Literal') return true;
  if (key.type !== 'MemberExpression' || key.computed) return false;
  return key.object.type === 'Identifier' && key.object.name === 'Symbol';
}
