/**
 * The last of what a worker wrote to stderr, for the report of its end.
 *
 * Guarantees: holds at most `TAIL_BYTES`, cut at a line where there is one.
 */

const { Buffer } = globalThis;

/** How much is kept. */
export const TAIL_BYTES = 8 * 1024;

/** Keeps the end of a stream of bytes. */
export class StderrTail {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#chunks.length > 1 && this.#size - (this.#chunks[0] as Buffer).length >= TAIL_BYTES) {
      this.#size -= (this.#chunks.shift() as Buffer).length;
    }
  }

  /** What is kept, as text. */
  read(): string {
    const bytes = Buffer.concat(this.#chunks);
    if (bytes.length <= TAIL_BYTES) return bytes.toString('utf8');
    const text = bytes.subarray(bytes.length - TAIL_BYTES).toString('utf8');
    const lineEnd = text.indexOf('\n');
    return lineEnd === -1 || lineEnd === text.length - 1 ? text : text.slice(lineEnd + 1);
  }
}
