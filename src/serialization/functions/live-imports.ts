/**
 * Which imports have to be read anew at each use, because the module that exports them may give them another value later.
 *
 * Rules: reads files of the program only, not of packages; takes their text for what it looks like, without a parser, for to read an
 * import anew costs nothing but a few columns in stack traces.
 * Guarantees: what a module exports as a constant, a function or a class is none; a file is read once.
 */

import type { ImportSource } from './scopes.js';
import { readSource } from './scripts.js';

interface Exports {
  /** Names of exported variables, and of those that stand behind names in a list. */
  readonly variables: ReadonlySet<string>;
  /** The exported name and what stands behind it, in this module or in another one. */
  readonly lists: readonly { readonly name: string; readonly local: string; readonly from: string | undefined }[];
  /** Modules of which everything is exported. */
  readonly all: readonly string[];
}

const MAX_DEPTH = 8;
const known = new Map<string, Exports | undefined>();

/** Whether an import may change its value. */
export function isLiveImport({ specifier, name }: ImportSource, parent: string, depth = 0): boolean {
  if (name === '*' || depth > MAX_DEPTH || !/^(?:\.{0,2}\/|file:)/.test(specifier)) return false;
  const url = URL.canParse(specifier, parent) ? new URL(specifier, parent).href : undefined;
  const found = url === undefined ? undefined : exportsOf(url);
  if (url === undefined || found === undefined) return false;
  const { variables, lists, all } = found;
  const listed = lists.find((item) => item.name === name);
  if (listed?.from !== undefined)
    return isLiveImport({ specifier: listed.from, name: listed.local, attributes: undefined }, url, depth + 1);
  if (variables.has(listed?.local ?? name)) return true;
  return all.some((from) => isLiveImport({ specifier: from, name, attributes: undefined }, url, depth + 1));
}

function exportsOf(url: string): Exports | undefined {
  if (known.has(url)) return known.get(url);
  const source = readSource(url);
  const found = source === undefined || !/\bexport\b/.test(source) ? undefined : readExports(source);
  known.set(url, found);
  return found;
}

/** Variables that are exported, or that begin a line and may be exported by a list. */
const VARIABLES = /(?:^|\bexport\s+)(?:let|var)\s([^;]*)/gm;
const LIST = /\bexport\s*(?:type\s*)?\{([^}]*)\}(?:\s*from\s*(['"])(.*?)\2)?/g;
const ALL = /\bexport\s*\*\s*from\s*(['"])(.*?)\1/g;
const ITEM = /^\s*([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/;

function readExports(source: string): Exports {
  const variables = new Set<string>();
  for (const [, declared = ''] of source.matchAll(VARIABLES)) {
    for (const [name] of declared.matchAll(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)) variables.add(name);
  }
  const lists = [...source.matchAll(LIST)].flatMap(([, items = '', , from]) =>
    items.split(',').flatMap((item) => {
      const [, local, name = local] = ITEM.exec(item) ?? [];
      return local === undefined || name === undefined ? [] : [{ name, local, from }];
    }),
  );
  return { variables, lists, all: [...source.matchAll(ALL)].map(([, , from = '']) => from) };
}
