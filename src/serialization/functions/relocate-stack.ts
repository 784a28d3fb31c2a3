/**
 * Moves the frames of a function to where another one with the same text stands.
 *
 * Rules: pure; text in, text out.
 * Guarantees: only positions inside the function's own text are changed.
 */

/** Where the text of a function starts, as stack traces name the file; line and column from 0. */
export interface TextPlace {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** What is moved, and where to. */
export interface Relocation {
  readonly text: string;
  readonly from: TextPlace;
  readonly to: TextPlace;
}

/** The stack with the frames of the text at `from` shown at `to`. */
export function relocateStack(stack: string, { text, from, to }: Relocation): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  const places = new RegExp(`${from.url.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}:(\\d+):(\\d+)`, 'g');
  return stack.replace(places, (whole, lineNumber: string, columnNumber: string) => {
    const row = Number(lineNumber) - 1 - from.line;
    const column = Number(columnNumber) - 1 - (row === 0 ? from.column : 0);
    const length = lines[row]?.length;
    if (length === undefined || column < 0 || column > length) return whole;
    return `${to.url}:${to.line + row + 1}:${column + (row === 0 ? to.column : 0) + 1}`;
  });
}
