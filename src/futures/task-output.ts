/**
 * What a task has written to stdout and stderr, kept beside its future: only for tasks that wrote something, so that a future
 * without output pays nothing.
 *
 * Guarantees: holds at most `OUTPUT_BYTES` of each stream, the last ones, however much is written.
 */

const { Buffer } = globalThis;

/** How much of each stream is kept. */
export const OUTPUT_BYTES = 64 * 1024;
/** Short pieces are joined when there are so many, for each alone takes far more memory than it holds. */
const MOST_PIECES = 64;

/** What a task wrote, as far as it is kept. */
export interface TaskOutput {
  /** The end of what it wrote to stdout: at most 64 KiB. */
  readonly stdout: string;
  /** The end of what it wrote to stderr: at most 64 KiB. */
  readonly stderr: string;
  /** Whether it wrote more than is kept. */
  readonly truncated: boolean;
}

class Tail {
  #pieces: Buffer[] = [];
  #size = 0;
  hasDropped = false;

  push(bytes: Uint8Array): void {
    // Copied: what came may be a view of something much larger.
    this.#pieces.push(Buffer.from(bytes.subarray(Math.max(0, bytes.length - OUTPUT_BYTES))));
    this.#size += bytes.length;
    if (this.#pieces.length < MOST_PIECES && this.#size <= 2 * OUTPUT_BYTES) return;
    this.#join();
  }

  read(): string {
    this.#join();
    return this.#pieces[0]?.toString('utf8') ?? '';
  }

  #join(): void {
    const joined = Buffer.concat(this.#pieces);
    const isTooMuch = this.#size > OUTPUT_BYTES;
    if (isTooMuch) this.hasDropped = true;
    const kept = isTooMuch ? Buffer.from(cutAtCharacter(joined)) : joined;
    this.#pieces = [kept];
    this.#size = kept.length;
  }
}

/** The last bytes, not beginning in the middle of a character. */
function cutAtCharacter(bytes: Buffer): Buffer {
  let start = Math.max(0, bytes.length - OUTPUT_BYTES);
  while (start < bytes.length && ((bytes[start] as number) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}

/** Takes what a task writes. */
export class OutputKeeper {
  readonly #tails = { stdout: new Tail(), stderr: new Tail() };

  /** Takes the next bytes. */
  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#tails[stream].push(bytes);
  }

  /** What is kept. */
  read(): TaskOutput {
    const { stdout, stderr } = this.#tails;
    const texts = { stdout: stdout.read(), stderr: stderr.read() };
    return { ...texts, truncated: stdout.hasDropped || stderr.hasDropped };
  }
}

const keepers = new WeakMap<object, OutputKeeper>();
const NOTHING: TaskOutput = Object.freeze({ stdout: '', stderr: '', truncated: false });

/** The keeper of a future's output, made when it is first asked for. */
export function keeperOf(future: object): OutputKeeper {
  const known = keepers.get(future);
  if (known !== undefined) return known;
  const made = new OutputKeeper();
  keepers.set(future, made);
  return made;
}

/** Forgets what an attempt wrote that is over. */
export function forgetOutput(future: object): void {
  keepers.delete(future);
}

/** What the task of a future has written so far. */
export function outputOf(future: object): TaskOutput {
  return keepers.get(future)?.read() ?? NOTHING;
}
