/**
 * The scripts that V8 has compiled here: their URL, the text that was executed, its tree, and where things stand in it.
 *
 * Rules: knows texts and positions, no functions and no values. Asks the inspector once for each script.
 * Guarantees: texts and trees are kept for a bounded number of scripts only.
 */

import type { AnyNode, Program } from 'acorn';
import type { FunctionLocation, Inspector, ScriptInfo } from './inspector.js';
import { createLruMap } from './lru-map.js';
import { parseScript } from './parser.js';
import { childrenOf } from './scope-analysis.js';

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
  /** The nodes around an offset, outermost first. */
  nodesAround(offset: number): readonly AnyNode[];
}

const MAX_SCRIPTS = 64;
const MAX_SOURCE_LENGTH = 4 * 2 ** 20;

const scripts = createLruMap<string, Script>({ maxEntries: MAX_SCRIPTS, maxWeight: MAX_SOURCE_LENGTH });

/** The script that holds a function; `undefined` when V8 does not give it. */
export function findScript({ scriptId }: FunctionLocation, inspector: Inspector): Script | undefined {
  const known = scripts.get(scriptId);
  if (known !== undefined) return known;
  const found = inspector.readScript(scriptId);
  if (found === undefined) return undefined;
  const script = createScript(found.info, found.source);
  scripts.set(scriptId, script, script.source.length);
  return script;
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
    nodesAround: (offset) => descend(script.tree(), offset),
  };
  return script;
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
