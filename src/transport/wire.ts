/**
 * The messages of the ports as frames, both ways. The only place that knows which number means which message.
 *
 * Rules: no descriptor, no state but the units that were sent. Payloads pass through untouched.
 */

import type { HostMessage, TaskPayload, WorkerMessage } from '../core/ports.js';
import type { ShippedReducer } from '../serialization/reducer-shipping.js';
import { FrameError, type PendingFrame } from './frames.js';
import type { SentUnits } from './sent-units.js';

const { Buffer } = globalThis;
const { parse, stringify } = JSON;

/** The version of this file's frames; both ends must have the same. */
export const PROTOCOL_VERSION = 1;

/** Frames from the host. */
export const HOST_KINDS = {
  hello: 1,
  unit: 2,
  run: 3,
  'run-with-terms': 4,
  abort: 5,
  leave: 6,
  'run-quietly': 7,
  forget: 8,
  slot: 9,
  tell: 10,
} as const;
/** Frames from a worker. */
export const WORKER_KINDS = {
  ready: 16,
  started: 17,
  value: 18,
  thrown: 19,
  progress: 20,
  skipped: 21,
  spent: 22,
  'start-failed': 23,
  goodbye: 24,
  memory: 25,
  output: 26,
  ask: 27,
} as const;

/** The first thing that a worker is told. */
export interface Hello {
  readonly protocol: number;
  readonly workerId: number;
  /** How deep this worker's pool is nested, from 1. */
  readonly depth: number;
  readonly sourceMaps: boolean;
  /** Whether what tasks write to stdout and stderr is to be said on the link. */
  readonly output?: 'said' | undefined;
  /** Above this much more resident memory than after its first task, the worker asks to be replaced; `null` for never. */
  readonly maxMemoryGrowthBytes: number | null;
  /** The packed initializer and its arguments, base64, or `null`. */
  readonly initializer: { readonly unit: string; readonly args: string } | null;
  /** How instances of some classes travel. */
  readonly reducers: readonly ShippedReducer[];
  /** For a worker's entry that is not the usual one; see `WorkerEntry`. */
  readonly instructions?: string | undefined;
}

/** A file of memory, open in the host, that a worker may fill with a large answer. */
export interface SlotOffer {
  readonly id: number;
  /** The host's process, its descriptor, and the file's number. */
  readonly pid: number;
  readonly fd: number;
  readonly ino: number;
}

/** What a run message says beyond its numbers, when it is not the plain case. */
interface RunTerms {
  readonly attempt: number;
  readonly shape: TaskPayload['shape'];
  /** Left out when the task is named like its function. */
  readonly name?: string | undefined;
  /** Left out when the news of the start is needed. */
  readonly startNews?: 'may-wait' | undefined;
  /** How many bytes of carried context stand before the arguments; left out when nothing is carried. */
  readonly contextBytes?: number | undefined;
}

/** A message that a worker hears. */
export type HeardMessage =
  | { readonly kind: 'hello'; readonly hello: Hello }
  | { readonly kind: 'unit'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'forget'; readonly id: number }
  | { readonly kind: 'slot'; readonly slot: SlotOffer }
  | {
      readonly kind: 'run';
      readonly task: number;
      readonly unit: number;
      readonly attempt: number;
      readonly shape: TaskPayload['shape'];
      /** `undefined`: named like its function. */
      readonly name: string | undefined;
      readonly startNews: TaskPayload['startNews'];
      readonly args: Uint8Array;
      readonly context: Uint8Array | undefined;
    }
  | { readonly kind: 'abort'; readonly task: number; readonly cause: 'timeout' | 'cancel' }
  | { readonly kind: 'tell'; readonly bytes: Uint8Array }
  | { readonly kind: 'leave' };

const NOTHING = new Uint8Array(0);

function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(stringify(value));
}

/** The frame that opens a link. */
export function helloFrame(hello: Hello): PendingFrame {
  return { kind: HOST_KINDS.hello, a: 0, b: 0, body: jsonBytes(hello) };
}

/** The frame that gives a worker a file for a large answer. */
export function slotFrame(slot: SlotOffer): PendingFrame {
  return { kind: HOST_KINDS.slot, a: 0, b: 0, body: jsonBytes(slot) };
}

/** Appends the frames of one message. `sentUnits` remembers which functions the worker has. */
export function appendHostFrames(frames: PendingFrame[], message: HostMessage, sentUnits: SentUnits): void {
  switch (message.kind) {
    case 'run':
      appendRun(frames, message, sentUnits);
      return;
    case 'abort':
      frames.push({ kind: HOST_KINDS.abort, a: message.task, b: message.cause === 'timeout' ? 1 : 0, body: NOTHING });
      return;
    case 'tell':
      frames.push({ kind: HOST_KINDS.tell, a: 0, b: 0, body: message.bytes });
      return;
    case 'leave':
      frames.push({ kind: HOST_KINDS.leave, a: 0, b: 0, body: NOTHING });
      return;
    default:
      message satisfies never;
  }
}

function appendRun(frames: PendingFrame[], message: HostMessage & { kind: 'run' }, sentUnits: SentUnits): void {
  const { task, attempt, payload } = message;
  const { unit, args, shape, name, startNews, context } = payload;
  if (sentUnits.use(unit) === 'new') {
    for (const id of sentUnits.takeForgotten()) frames.push({ kind: HOST_KINDS.forget, a: id, b: 0, body: NOTHING });
    frames.push({ kind: HOST_KINDS.unit, a: unit.id, b: 0, body: unit.bytes });
  }
  if (attempt === 1 && shape === 'call' && name === undefined && context === undefined) {
    const kind = startNews === 'may-wait' ? HOST_KINDS['run-quietly'] : HOST_KINDS.run;
    frames.push({ kind, a: task, b: unit.id, body: args });
    return;
  }
  const carried = context ?? NOTHING;
  const terms: RunTerms =
    context === undefined
      ? { attempt, shape, name }
      : { attempt, shape, name, contextBytes: carried.length, startNews: quietly(startNews) };
  const head = jsonBytes(terms);
  const body = Buffer.allocUnsafe(4 + head.length + carried.length + args.length);
  body.writeUInt32LE(head.length, 0);
  body.set(head, 4);
  body.set(carried, 4 + head.length);
  body.set(args, 4 + head.length + carried.length);
  frames.push({ kind: HOST_KINDS['run-with-terms'], a: task, b: unit.id, body });
}

/** That it carries something makes a quick task no slower. */
function quietly(startNews: TaskPayload['startNews']): RunTerms['startNews'] {
  return startNews === 'may-wait' ? startNews : undefined;
}

/** Field by field: a spread takes longer than the call of a small task. */
function plainRun(task: number, unit: number, startNews: TaskPayload['startNews'], args: Buffer): HeardMessage {
  return { kind: 'run', task, unit, attempt: 1, shape: 'call', name: undefined, startNews, args, context: undefined };
}

function runWithTerms(task: number, unit: number, body: Buffer): HeardMessage {
  const headEnd = 4 + body.readUInt32LE(0);
  const terms = parse(body.toString('utf8', 4, headEnd)) as RunTerms;
  const { attempt, shape, name, startNews = 'needed', contextBytes } = terms;
  const argsAt = headEnd + (contextBytes ?? 0);
  const context = contextBytes === undefined ? undefined : body.subarray(headEnd, argsAt);
  return { kind: 'run', task, unit, attempt, shape, name, startNews, args: body.subarray(argsAt), context };
}

/** Reads a frame from the host. */
export function readHostFrame(kind: number, a: number, b: number, body: Buffer): HeardMessage {
  switch (kind) {
    case HOST_KINDS['run-quietly']:
      return plainRun(a, b, 'may-wait', body);
    case HOST_KINDS.run:
      return plainRun(a, b, 'needed', body);
    case HOST_KINDS['run-with-terms']:
      return runWithTerms(a, b, body);
    case HOST_KINDS.unit:
      return { kind: 'unit', id: a, bytes: body };
    case HOST_KINDS.forget:
      return { kind: 'forget', id: a };
    case HOST_KINDS.slot:
      return { kind: 'slot', slot: parse(body.toString('utf8')) as SlotOffer };
    case HOST_KINDS.abort:
      return { kind: 'abort', task: a, cause: b === 1 ? 'timeout' : 'cancel' };
    case HOST_KINDS.tell:
      return { kind: 'tell', bytes: body };
    case HOST_KINDS.leave:
      return { kind: 'leave' };
    case HOST_KINDS.hello:
      return { kind: 'hello', hello: parse(body.toString('utf8')) as Hello };
    default:
      throw new FrameError(`a frame of the unknown kind ${kind}`);
  }
}

/** A task that was not begun, with its number on the link: it may have been sent again since. */
interface SkippedMessage {
  readonly kind: 'skipped';
  readonly task: number;
  readonly sequence: number;
}

/** What the launcher itself hears, beside the port's messages. */
export type SpokenMessage =
  | Exclude<WorkerMessage, { kind: 'skipped' | 'suspended' | 'resumed' }>
  | SkippedMessage
  | { readonly kind: 'start-failed'; readonly bytes: Uint8Array }
  | { readonly kind: 'memory'; readonly bytes: number }
  | { readonly kind: 'goodbye' };

/** Reads a frame from a worker. */
export function readWorkerFrame(kind: number, a: number, b: number, body: Buffer): SpokenMessage {
  switch (kind) {
    case WORKER_KINDS.value:
      return { kind: 'finished', task: a, failed: false, durationUs: b, bytes: body };
    case WORKER_KINDS.thrown:
      return { kind: 'finished', task: a, failed: true, durationUs: b, bytes: body };
    case WORKER_KINDS.started:
      return { kind: 'started', task: a };
    case WORKER_KINDS.progress:
      return { kind: 'progress', task: a, bytes: body };
    case WORKER_KINDS.output:
      // No task has the number 0.
      return { kind: 'output', task: a === 0 ? undefined : a, stream: b === 2 ? 'stderr' : 'stdout', bytes: body };
    case WORKER_KINDS.skipped:
      return { kind: 'skipped', task: a, sequence: b };
    case WORKER_KINDS.ask:
      return { kind: 'ask', task: a, bytes: body };
    case WORKER_KINDS.spent:
      return { kind: 'spent' };
    case WORKER_KINDS['start-failed']:
      return { kind: 'start-failed', bytes: body };
    case WORKER_KINDS.goodbye:
      return { kind: 'goodbye' };
    case WORKER_KINDS.memory:
      return { kind: 'memory', bytes: a * 1024 };
    case WORKER_KINDS.ready:
      if (a !== PROTOCOL_VERSION)
        throw new FrameError(`a worker that speaks version ${a} of the protocol, not ${PROTOCOL_VERSION}`);
      return { kind: 'ready' };
    default:
      throw new FrameError(`a frame of the unknown kind ${kind}`);
  }
}
