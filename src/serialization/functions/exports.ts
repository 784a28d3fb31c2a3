/**
 * Which export of its module a function is.
 *
 * Rules: loads nothing and runs nothing of the user's, but for getters that a compiler has put on `module.exports`.
 * Guarantees: a name is given only after the very function was found under it, by identity or as the module's default
 * expression at its own place, and never the name of a variable to which the module later gives other functions.
 */

import type { AnyNode } from 'acorn';
import type { AnyFunction } from '../function-record.js';
import { isChangedLater } from './changed-exports.js';
import type { ScopeView } from './inspector-views.js';
import type { Script } from './scripts.js';

/** One name that a module exports: of a variable of its own, or of a default expression that starts at an offset. */
type Export =
  | { readonly name: string; readonly local: string; readonly exportedAt?: number }
  | { readonly name: string; readonly start: number };

const exportsOfScripts = new WeakMap<Script, readonly Export[]>();

/** What is looked for. */
export interface ExportSearch {
  readonly fn: AnyFunction;
  readonly text: string;
  readonly script: Script;
  /** Where the function's text starts in the script, when that is known. */
  readonly start: number | undefined;
  readonly scopes: () => readonly ScopeView[];
}

/** The name under which an ES module exports a function. */
export function findModuleExport(search: ExportSearch): string | undefined {
  const { fn, script, start, scopes } = search;
  let variables: ScopeView['variables'] | undefined;
  const isExported = (item: Export): boolean => {
    if ('start' in item) return item.start === start;
    variables ??= scopes().find((scope) => scope.kind === 'module')?.variables ?? {};
    return readValue(variables, item.local) === fn && !isChangedLater(script, item.local, item.exportedAt);
  };
  const declared = readDeclaration(search);
  if (declared !== undefined && isExported(declared)) return declared.name;
  return listExports(script).find(isExported)?.name;
}

const DEFAULT_PREFIX = /(?:^|[\s;}])export[ \t]+default[ \t]+$/;
const DECLARATION_PREFIX = /(?:^|[\s;}])export[ \t]+$/;
const VARIABLE_PREFIX = /(?:^|[\s;}])export[ \t]+(?:const|let|var)[ \t]+([\w$]+)[ \t]*=[ \t]*$/;
const DECLARED_NAME = /^(?:async[ \t]+)?(?:function[ \t]*\*?|class)[ \t]+([\w$]+)/;

/**
 * The export that stands right before the function's text, on the same line: most do, and need no parser. The text is
 * code, so what stands right before it is code too, and no comment or string.
 */
function readDeclaration({ text, script, start }: ExportSearch): Export | undefined {
  if (start === undefined) return undefined;
  const before = script.source.slice(Math.max(0, start - 200), start);
  const [, name] = DECLARED_NAME.exec(text) ?? [];
  if (DEFAULT_PREFIX.test(before))
    return name === undefined ? { name: 'default', start } : { name: 'default', local: name };
  if (DECLARATION_PREFIX.test(before)) return name === undefined ? undefined : { name, local: name };
  const [, variable] = VARIABLE_PREFIX.exec(before) ?? [];
  return variable === undefined ? undefined : { name: variable, local: variable };
}

/** A variable that is not initialised yet throws. */
function readValue(variables: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return Object.hasOwn(variables, name) ? variables[name] : undefined;
  } catch {
    return undefined;
  }
}

/** What an ES module exports under its own names. */
export function listExports(script: Script): readonly Export[] {
  const known = exportsOfScripts.get(script);
  if (known !== undefined) return known;
  // Most scripts of a program's own need no parser for this answer.
  const found = /\bexport\b/.test(script.source) ? (script.tree()?.body ?? []).flatMap(exportsOf) : [];
  exportsOfScripts.set(script, found);
  return found;
}

function exportsOf(node: AnyNode): Export[] {
  if (node.type === 'ExportDefaultDeclaration') {
    const { declaration } = node;
    if ('id' in declaration && declaration.id && declaration.type.endsWith('Declaration')) {
      return [{ name: 'default', local: declaration.id.name }];
    }
    if (declaration.type === 'Identifier')
      return [{ name: 'default', local: declaration.name, exportedAt: declaration.start }];
    return [{ name: 'default', start: declaration.start }];
  }
  if (node.type !== 'ExportNamedDeclaration' || node.source) return [];
  const { declaration } = node;
  if (declaration?.type === 'VariableDeclaration') {
    return declaration.declarations.flatMap(({ id }) => namesIn(id)).map((name) => ({ name, local: name }));
  }
  if (declaration) return [{ name: declaration.id.name, local: declaration.id.name }];
  return node.specifiers.map(({ exported, local }) => ({ name: nameOf(exported), local: nameOf(local) }));
}

function nameOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
}

function namesIn(pattern: AnyNode): string[] {
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
