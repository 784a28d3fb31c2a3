/**
 * Gives the frames of functions that travelled by their text the positions that their author knows.
 *
 * Such a function is compiled in the worker from its executed text. Where a tool made that text (tsx, a bundler), only the host
 * has the tool's source map. Frames of modules that the worker loaded itself are mapped there already, so only frames that lie
 * within a text that was sent are touched.
 *
 * Rules: looks only when this program has source maps on; before that it remembers nothing.
 * Guarantees: never throws; a frame that no map covers stays as it is.
 */

import { findSourceMap } from 'node:module';
import { types } from 'node:util';
import type { ValueRecord } from '../function-record.js';
import type { TextRecord } from './text-function.js';

/** Where a text stands in the executed script: 0-based, both ends included. */
interface Extent {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

const extents = new Map<string, Extent[]>();
/** A program that sends more different texts of one file than this is not mapped beyond them. */
const MAX_EXTENTS = 1000;

/** Remembers where a text stands, if a source map may say more of it. */
export function noteText({ url, line, column, source }: TextRecord | ValueRecord): void {
  if (url === undefined || process.sourceMapsEnabled !== true || findSourceMap(url) === undefined) return;
  const lines = source.split('\n');
  const endLine = line + lines.length - 1;
  const endColumn = (lines.length === 1 ? column : 0) + (lines.at(-1) ?? '').length;
  const known = extents.get(url) ?? [];
  extents.set(url, known);
  const isKnown = known.some((extent) => extent.line === line && extent.column === column);
  if (!isKnown && known.length < MAX_EXTENTS) known.push({ line, column, endLine, endColumn });
}

/** Maps the frames in the stack of an error, and of its causes. */
export function restorePositions(value: unknown): void {
  if (extents.size === 0) return;
  const seen = new Set<unknown>();
  for (let error = value; types.isNativeError(error) && !seen.has(error); error = error.cause) {
    seen.add(error);
    const { stack } = error;
    if (typeof stack !== 'string') continue;
    const mapped = mapStack(stack);
    if (mapped !== stack) {
      Reflect.defineProperty(error, 'stack', { value: mapped, writable: true, configurable: true, enumerable: false });
    }
  }
}

function mapStack(stack: string): string {
  return stack.replace(
    /([^\s()][^()\n]*?):(\d+):(\d+)(?=\)?$)/gm,
    (frame, where: string, line: string, column: string) => {
      const url = where.replace(/^at (?:async )?/, '');
      const prefix = where.slice(0, where.length - url.length);
      const origin = findOrigin(url, Number(line) - 1, Number(column) - 1);
      return origin === undefined ? frame : `${prefix}${origin}`;
    },
  );
}

function findOrigin(url: string, line: number, column: number): string | undefined {
  if (!extents.get(url)?.some((extent) => holds(extent, line, column))) return undefined;
  const entry = findSourceMap(url)?.findEntry(line, column);
  if (entry === undefined || !('originalLine' in entry) || entry.originalLine === undefined) return undefined;
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function holds({ line, column, endLine, endColumn }: Extent, atLine: number, atColumn: number): boolean {
  if (atLine < line || atLine > endLine) return false;
  if (atLine === line && atColumn < column) return false;
  return atLine !== endLine || atColumn <= endColumn;
}
