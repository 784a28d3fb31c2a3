/**
 * The scripts that V8 has compiled here: their URL, the text that was executed, its tree, and where things stand in it.
 *
 * Rules: knows texts and positions, no values. Asks the inspector once for each script.
 * Guarantees: texts and trees are kept for a bounded number of scripts only.
 */

import { readFileSync } from 'node:fs';
import type { AnyNode, Program } from 'acorn';
import { toFile } from './entry-script.js';
import { isCompiledFrom } from './glue.js';
import type { FunctionLocation, FunctionView, Inspector, ScriptInfo } from './inspector-views.js';
import { createLruMap } from './lru-map.js';
import { parseScript } from './parser.js';
import { childrenOf } from './tree.js';

/** A place in a file: 0-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One script. */
export interface Script {
  readonly url: string;
  readonly isModule: boolean;
  readonly source: string;
  /** The tree of the whole script; `undefined` when it cannot be parsed. Parsed when first asked for. */
  tree(): Program | undefined;
  /** The offset in `source` of a place that V8 named. */
  offsetAt(position: Position): number;
  /** The place, as V8 names it, of an offset in `source`. */
  positionAt(offset: number): Position;
  /** Where a function's text starts, given the place that V8 names for it; `undefined` when it does not stand there. */
  findStart(text: string, position: Position): number | undefined;
  /** The nodes around an offset, outermost first. */
  nodesAround(offset: number): readonly AnyNode[];
}

const MAX_SCRIPTS = 64;
const MAX_SOURCE_LENGTH = 4 * 2 ** 20;

const scripts = createLruMap<string, Script>({ maxEntries: MAX_SCRIPTS, maxWeight: MAX_SOURCE_LENGTH });

/** The URLs of all scripts when they were last listed, by id. */
let urls: ReadonlyMap<string, string> = new Map();

/** What is known of a function whose script is looked for. */
export interface ScriptSearch {
  readonly view: FunctionView;
  /** The text of the function. */
  readonly text: string;
}

/** The script that holds a function; `undefined` when V8 does not give it. */
export function findScript(search: ScriptSearch, inspector: Inspector): Script | undefined {
  const { location } = search.view;
  if (location === undefined) return undefined;
  const known = scripts.get(location.scriptId);
  if (known !== undefined) return known;
  const script = findFile(search, location, inspector) ?? readScript(location, inspector);
  if (script !== undefined) scripts.set(location.scriptId, script, script.source.length);
  return script;
}

function readScript({ scriptId }: FunctionLocation, inspector: Inspector): Script | undefined {
  const { scripts: all, source } = inspector.readScript(scriptId);
  urls = new Map(all.map((info) => [info.scriptId, info.url]));
  const info = all.find((script) => script.scriptId === scriptId);
  return info && createScript(info, source);
}

/**
 * The script's file, if the function stands in it where V8 says: then it was executed as it is, and the debugger, whose
 * first use takes longest, is not needed. Not so for what a loader has changed.
 */
function findFile(
  search: ScriptSearch,
  { scriptId, ...place }: FunctionLocation,
  inspector: Inspector,
): Script | undefined {
  const url = urls.get(scriptId) ?? inspector.readUrls().get(scriptId);
  if (url === undefined) return undefined;
  const info = { url, isModule: false, startLine: 0, startColumn: 0 };
  if (url.startsWith('node:')) return createScript(info, '');
  // jest puts its wrapper on a line of its own, and texts that were compiled here stand where their file has them.
  if (process.env.JEST_WORKER_ID !== undefined || isCompiledFrom(url)) return undefined;
  const source = readSource(url);
  if (source === undefined) return undefined;
  const isModule = search.view.scopes().some(({ kind }) => kind === 'module');
  const script = createScript({ ...info, isModule }, source);
  return script.findStart(search.text, place) === undefined ? undefined : script;
}

/** The text of a file, if it can be read. */
export function readSource(url: string): string | undefined {
  const file = toFile(url);
  if (file === undefined) return undefined;
  try {
    // As Node does, without the mark that some editors begin a file with.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}

/** Whether a script with this URL is alive in this thread. */
export function hasScript(url: string, inspector: Inspector): boolean {
  return inspector.readScripts().some((info) => info.url === url);
}

/** Makes a script of its text. */
export function createScript(info: Omit<ScriptInfo, 'scriptId'>, source: string): Script {
  let tree: { readonly program: Program | undefined } | undefined;
  let lineStarts: number[] | undefined;
  const starts = (): number[] => {
    lineStarts ??= findLineStarts(source);
    return lineStarts;
  };
  const script: Script = {
    url: info.url,
    isModule: info.isModule,
    source,
    tree() {
      tree ??= { program: parseScript(source, info) };
      return tree.program;
    },
    offsetAt({ line, column }) {
      const row = line - info.startLine;
      return (starts()[row] ?? source.length) + (row === 0 ? column - info.startColumn : column);
    },
    positionAt(offset) {
      const row = starts().findLastIndex((start) => start <= offset);
      const column = offset - (starts()[row] ?? 0);
      return { line: row + info.startLine, column: row === 0 ? column + info.startColumn : column };
    },
    findStart: (text, position) => findTextStart(source, text, script.offsetAt(position)),
    nodesAround: (offset) => descend(script.tree(), offset),
  };
  return script;
}

/**
 * V8 names the opening parenthesis of a function's parameters, or the start of an arrow function or class.
 */
function findTextStart(source: string, text: string, place: number): number | undefined {
  if (source.startsWith(text, place)) return place;
  for (let at = text.indexOf('('); at !== -1; at = text.indexOf('(', at + 1)) {
    if (at <= place && source.startsWith(text, place - at)) return place - at;
  }
  return undefined;
}

/** V8 ends a line at each of these. */
function findLineStarts(source: string): number[] {
  const found = [0];
  for (const match of source.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) found.push(match.index + match[0].length);
  return found;
}

function descend(root: AnyNode | undefined, offset: number): readonly AnyNode[] {
  const path: AnyNode[] = [];
  let node = root;
  while (node !== undefined) {
    path.push(node);
    node = childrenOf(node).find((child) => child.start <= offset && offset < child.end);
  }
  return path;
}
