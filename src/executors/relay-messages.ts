/**
 * What a task that submits to its host's executors says to the host, and hears of it.
 *
 * Rules: plain values and bytes; written by a codec that knows no functions, so that reading them runs and loads nothing.
 */

import type { Verdict } from '../core/events.js';
import type { TaskPayload, WorkerOutput } from '../core/ports.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import type { HandlePath } from './executor-handle.js';

/** From the worker. `id` is the worker's number for the task. */
export type RelayAsk =
  | ({
      readonly ask: 'run';
      readonly id: number;
      readonly path: HandlePath;
      readonly unit: Uint8Array;
      readonly priority: number;
      readonly retries: number;
      readonly timeoutMs: number | null;
      readonly graceMs: number;
    } & Omit<TaskPayload, 'unit'>)
  | { readonly ask: 'cancel' | 'abort'; readonly id: number };

/** Why the host takes no task. */
export type RelayRefusal = 'gone' | 'shut-down' | 'broken' | 'full' | 'too-deep' | 'attached';

/** To the worker. */
export type RelayNews =
  | { readonly news: 'started' | 'requeued'; readonly id: number; readonly attempt: number }
  | { readonly news: 'progress'; readonly id: number; readonly bytes: Uint8Array }
  | {
      readonly news: 'output';
      readonly id: number;
      readonly stream: WorkerOutput['stream'];
      readonly bytes: Uint8Array;
    }
  | { readonly news: 'refused'; readonly id: number; readonly why: RelayRefusal; readonly message: string }
  | {
      readonly news: 'settled';
      readonly id: number;
      readonly verdict: Verdict;
      readonly failed: boolean;
      readonly durationUs: number;
      readonly bytes: Uint8Array | undefined;
    };

let codec: Codec | undefined;

function getCodec(): Codec {
  codec ??= createCodec({ functions: createFunctionPort(), classes: 'known' });
  return codec;
}

/** A message as bytes of their own. */
export function writeRelayed(message: RelayAsk | RelayNews): Uint8Array {
  return getCodec().encode(message, { direction: 'argument', root: 'message' }).slice();
}

/** A message again. Throws when it is none. */
export function readRelayed(bytes: Uint8Array): unknown {
  // The link's memory is used again, and a payload may wait long.
  return getCodec().decode(bytes.slice(), { direction: 'argument', root: 'message' });
}
