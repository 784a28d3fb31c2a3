/**
 * Says on the link what the code in this worker writes to stdout and stderr, with the task that wrote it. What is written past
 * JavaScript's streams (by native code, by `fs.writeSync(1)`, by programs that inherit the descriptors) does not come by here.
 *
 * Rules: uses nothing that user code could have replaced.
 * Guarantees: what was said is safe when `write` returns, whatever becomes of the worker. What is written after its task has
 * answered is nobody's, also while another task runs.
 */

import type { RunningTask } from './current-task.js';
import { followTasks, taskOfThisCode } from './task-context.js';

const { Buffer } = globalThis;
const bufferFrom = Buffer.from;
const { nextTick } = process;
const bytesOf = Uint8Array;
const isView = ArrayBuffer.isView;

/** Longer output is said in parts, so that neither side holds more. */
const PART_BYTES = 64 * 1024;

/** What is needed to say it. */
export interface OutputParts {
  readonly link: { output(task: number | undefined, stream: 'stdout' | 'stderr', bytes: Uint8Array): void };
  running(): RunningTask | undefined;
  /** See `WorkerSurroundings.throttle`. */
  readonly throttle: ((bytes: number) => void) | undefined;
}

/** Says all output from now on instead of writing it. */
export function sayOutput(parts: OutputParts): void {
  followTasks();
  divert(process.stdout, 'stdout', parts);
  divert(process.stderr, 'stderr', parts);
}

type Written = string | Uint8Array;
type Done = (error?: Error | null) => void;

function divert(target: NodeJS.WriteStream, stream: 'stdout' | 'stderr', parts: OutputParts): void {
  const original = target.write;
  target.write = function write(this: unknown, chunk: Written, encoding?: BufferEncoding | Done, callback?: Done) {
    // What is no output is refused as ever.
    if (typeof chunk !== 'string' && !isView(chunk)) return original.call(target, chunk, encoding as BufferEncoding);
    const bytes = toBytes(chunk, typeof encoding === 'string' ? encoding : 'utf8');
    const done = typeof encoding === 'function' ? encoding : callback;
    const task = ownerOf(parts.running());
    for (let offset = 0; offset < bytes.length; offset += PART_BYTES) {
      const part = bytes.subarray(offset, offset + PART_BYTES);
      parts.throttle?.(part.length);
      parts.link.output(task, stream, part);
    }
    if (typeof done === 'function') nextTick(done, null);
    return true;
  } as typeof target.write;
}

function toBytes(chunk: Written, encoding: BufferEncoding): Uint8Array {
  if (typeof chunk === 'string') return bufferFrom(chunk, encoding);
  return new bytesOf(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** The task that writes: of the code that runs, if that can be told. */
function ownerOf(running: RunningTask | undefined): number | undefined {
  const owner = taskOfThisCode();
  if (owner !== undefined) return owner.isOver ? undefined : owner.id;
  return running?.id;
}
