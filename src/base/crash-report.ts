/**
 * What is known of a worker's death beyond how it ended, read from the last lines that it wrote to stderr: V8 and Node print
 * stacks there when a process aborts or its heap is full, and an uncaught error leaves its own.
 *
 * Rules: pure; text in, facts out. Guesses nothing: what was not printed is absent.
 */

import type { ExitReport } from './exit-reason.js';

/** What is known of a worker's death. */
export interface CrashReport {
  /** The last lines that it wrote to stderr (at most 8 KiB). */
  readonly stderr: string;
  /** Its resident memory when it last said it, in bytes: at its start, then at most once a second, between tasks. */
  readonly rssBytes?: number | undefined;
  /** How much of its JavaScript heap was in use after the last collection, in bytes, if V8 told it (the heap was full). */
  readonly heapBytes?: number | undefined;
  /** Where its JavaScript was, the innermost call first: of an uncaught error, or of `process.abort()`. */
  readonly javascriptStack?: string | undefined;
  /** Where its native code was, as V8 or Node printed it. */
  readonly nativeStack?: string | undefined;
}

const NATIVE = /^-+ Native stack trace -+$/m;
const JAVASCRIPT = /^-+ JavaScript stack trace -+$/m;
/** The numbered lines that follow a title. */
const NUMBERED = /^\s*((?:[ \t]*\d+: .*(?:\n|$))+)/;
/** The frames of an error, as they are printed; of its cause they stand further in. */
const FRAMES = /(?:^ {4}at .*(?:\n|$))+/gm;
/** `… Mark-Compact 34.4 (51.5) -> 34.0 (67.3) MB …` */
const COLLECTION = /(?:Mark-Compact|Scavenge)[^\n]*? -> (\d+(?:\.\d+)?) \(\d+(?:\.\d+)?\) MB/g;
const MEGABYTE = 1024 * 1024;

/** Reads the report of an end. */
export function readCrashReport({ stderr, rssBytes, reason }: ExitReport): CrashReport {
  const text = stderr?.trimEnd() ?? '';
  const nativeStack = readSection(text, NATIVE);
  // A thread that ran out of memory is told of by an error of the host, whose stack is the host's.
  const stack = reason.kind === 'out-of-memory' ? undefined : (readSection(text, JAVASCRIPT) ?? readUncaught(text));
  const heap = [...text.matchAll(COLLECTION)].at(-1)?.[1];
  return {
    stderr: text,
    ...(rssBytes === undefined ? {} : { rssBytes }),
    ...(heap === undefined ? {} : { heapBytes: Math.round(Number(heap) * MEGABYTE) }),
    ...(stack === undefined ? {} : { javascriptStack: stack }),
    ...(nativeStack === undefined ? {} : { nativeStack }),
  };
}

function readSection(text: string, title: RegExp): string | undefined {
  const found = title.exec(text);
  if (found === null) return undefined;
  const lines = NUMBERED.exec(text.slice(found.index + found[0].length))?.[1];
  return lines === undefined ? undefined : trimLines(lines);
}

/** The frames of the last error in the text. */
function readUncaught(text: string): string | undefined {
  const frames = [...text.matchAll(FRAMES)].at(-1)?.[0];
  return frames === undefined ? undefined : trimLines(frames);
}

function trimLines(lines: string): string {
  return lines.trimEnd().replace(/^[ \t]+/gm, '');
}
