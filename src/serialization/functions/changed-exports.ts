/**
 * Which variables of a module the module may give another value after it was loaded: what is exported under such a name here is
 * not what a module that was just loaded exports.
 *
 * Rules: reads the text only. Guarantees: what runs while the module is loaded (statements at its top, static blocks, functions
 * that are called where they stand) does not count, for it runs there too: compilers decorate classes so. A module that
 * cannot be read has no such variables.
 */

import { createRequire } from 'node:module';
import type { AnyNode, Program } from 'acorn';
import { lazily } from '../../base/lazily.js';
import type { Unit } from './scopes.js';
import type { Script } from './scripts.js';
import { childrenOf } from './tree.js';

const requireOwn = createRequire(import.meta.url);
const code = lazily(() => requireOwn('./code.js') as typeof import('./code.js'));

/** What a script does to its variables after it was loaded, and where it last does something to them while it is. */
interface Changes {
  readonly later: ReadonlySet<string>;
  readonly lastWrites: ReadonlyMap<string, number>;
}

const NO_CHANGES: Changes = { later: new Set(), lastWrites: new Map() };
/** A megabyte takes about a second to read. */
const MAX_LENGTH = 2 ** 20;
const changesOfScripts = new WeakMap<Script, Changes>();

/** Whether the module may give the variable another value later; `exportedAt`: where its value was taken for good. */
export function isChangedLater(script: Script, name: string, exportedAt = Number.POSITIVE_INFINITY): boolean {
  if (script.source.length > MAX_LENGTH || !mayBeWritten(script.source, name)) return false;
  let changes = changesOfScripts.get(script);
  if (changes === undefined) {
    const program = script.tree();
    changes = program === undefined ? NO_CHANGES : readChanges(program, script);
    changesOfScripts.set(script, changes);
  }
  return changes.later.has(name) || (changes.lastWrites.get(name) ?? -1) > exportedAt;
}

/** What follows a pattern that is assigned to. */
const PATTERN_END = /[\]}][\s)]*(?:=(?![=>])|of\b|in\b)/;
const AFTER = String.raw`(?![\w$])[\s)]*(?:[-+*/%&|^<>?]{0,3}=(?![=>])|\+\+|--|of\b|in\b)`;

/** Most modules need no parser for this answer. One place where a variable gets a value is its declaration. */
function mayBeWritten(source: string, name: string): boolean {
  const escaped = name.replaceAll('$', String.raw`\$`);
  const count = (pattern: string): number => source.match(new RegExp(pattern, 'g'))?.length ?? 0;
  const direct =
    count(String.raw`(?<![\w$.])${escaped}${AFTER}`) + count(String.raw`(?:\+\+|--)[\s(]*${escaped}(?![\w$])`);
  if (direct > count(String.raw`(?<![\w$.])(?:const|let|var)\s+${escaped}\s*=`)) return true;
  return PATTERN_END.test(source) && count(String.raw`[[{,:.]\s*${escaped}\s*[\]},=]`) > 0;
}

function readChanges(program: Program, script: Script): Changes {
  const later = new Set<string>();
  const lastWrites = new Map<string, number>();
  const [first] = code().analyzeScript(program, script);
  let scope = first?.scope;
  while (scope?.parent !== undefined) scope = scope.parent;
  const called = new Set<AnyNode>();
  noteCalled(program, called);
  for (const { name, start, unit, isWrite, binding } of scope?.used ?? []) {
    if (!isWrite || binding === undefined) continue;
    if (runsLater(unit, called)) later.add(name);
    else lastWrites.set(name, start);
  }
  return { later, lastWrites };
}

/** Notes the functions that are called where they stand, and end before what comes after them. */
function noteCalled(node: AnyNode, called: Set<AnyNode>): void {
  if (node.type === 'CallExpression') {
    const { callee } = node;
    const isFunction = callee.type === 'FunctionExpression' || callee.type === 'ArrowFunctionExpression';
    if (isFunction && !callee.async && !callee.generator) called.add(callee);
  }
  for (const child of childrenOf(node)) noteCalled(child, called);
}

function runsLater(unit: Unit | undefined, called: ReadonlySet<AnyNode>): boolean {
  for (let at = unit; at !== undefined; at = at.parent) {
    if (at.kind !== 'class' && at.kind !== 'static-block' && !called.has(at.node)) return true;
  }
  return false;
}
