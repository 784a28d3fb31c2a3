/**
 * What a worker says, as frames: small ones are gathered until the next flush, large bodies are written by themselves.
 *
 * Rules: knows neither pipe nor port: it is given where to write and how to claim.
 * Guarantees: what was flushed is safe when `write` returns.
 */

import { type Attachments, attachmentsOf } from '../serialization/attachments.js';
import { HEADER_BYTES, writeHeader } from '../transport/frames.js';
import { CLAIM_HEAD_BYTES } from '../transport/kept-frames.js';
import { PROTOCOL_VERSION, WORKER_KINDS } from '../transport/wire.js';
import type { LoopLink } from './loop.js';

const { Buffer } = globalThis;

/** Small frames are gathered here until the next flush. */
const SCRATCH_BYTES = 64 * 1024;
/** Longer bodies are written by themselves. */
const GATHER_BELOW_BYTES = 8 * 1024;

/** What a link is made of. */
export interface FrameLinkOptions {
  /**
   * See `LoopLink.claim`. `memory` holds `length` bytes of frames behind `CLAIM_HEAD_BYTES` of room; they are kept where the
   * host can read them. `told` frames left before them.
   */
  claim(sequence: number, memory: Buffer, length: number, told: number): boolean;
  /** How many bytes of frames can be kept so. */
  readonly keepsBytes: number;
  /** `'at-once'`: that a task begins is written before it does, for nothing else tells. Default: with the next flush. */
  readonly startNews?: 'at-once';
  /** Writes the first `length` bytes, and what goes beside the message that they end. The memory may be used again. */
  write(bytes: Uint8Array, length: number, beside?: Attachments): void;
}

/** See the file's header. */
export class FrameLink implements LoopLink {
  readonly #options: FrameLinkOptions;
  readonly #scratch = Buffer.allocUnsafeSlow(CLAIM_HEAD_BYTES + SCRATCH_BYTES);
  /** The gathered frames, behind room for what a claim says. */
  readonly #gathered = this.#scratch.subarray(CLAIM_HEAD_BYTES);
  #used = 0;
  #gatheredFrames = 0;
  #toldFrames = 0;

  constructor(options: FrameLinkOptions) {
    this.#options = options;
  }

  claim(sequence: number): boolean {
    if (!this.canKeep) this.flush();
    return this.#options.claim(sequence, this.#scratch, this.#used, this.#toldFrames);
  }

  /** Whether the next claim can keep all that is gathered. */
  get canKeep(): boolean {
    return this.#used <= this.#options.keepsBytes;
  }

  /** Says that tasks may come. */
  ready(): void {
    this.#append(WORKER_KINDS.ready, PROTOCOL_VERSION, 0, undefined);
    this.flush();
  }

  /** Says why tasks may never come. */
  failStart(bytes: Uint8Array): void {
    this.#append(WORKER_KINDS['start-failed'], 0, 0, bytes);
    this.flush();
  }

  started(task: number): void {
    this.#append(WORKER_KINDS.started, task, 0, undefined);
    if (this.#options.startNews === 'at-once') this.flush();
  }

  finished(task: number, answer: { failed: boolean; durationUs: number; bytes: Uint8Array }): void {
    const kind = answer.failed ? WORKER_KINDS.thrown : WORKER_KINDS.value;
    this.#appendWithItems(kind, task, answer.durationUs >>> 0, answer.bytes);
  }

  progress(task: number, bytes: Uint8Array): void {
    this.#appendWithItems(WORKER_KINDS.progress, task, 0, bytes);
  }

  /** Says what a task, or nobody, has written. */
  output(task: number | undefined, stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#append(WORKER_KINDS.output, task ?? 0, stream === 'stderr' ? 2 : 1, bytes);
    this.flush();
  }

  /** Asks the host for something, for a task. */
  ask(task: number, bytes: Uint8Array): void {
    this.#append(WORKER_KINDS.ask, task, 0, bytes);
    this.flush();
  }

  skipped(task: number, sequence: number): void {
    this.#append(WORKER_KINDS.skipped, task, sequence, undefined);
  }

  /** Asks to be replaced. */
  spent(): void {
    this.#append(WORKER_KINDS.spent, 0, 0, undefined);
    this.flush();
  }

  /** Says how much memory the worker has. It leaves with whatever is said next. */
  memory(bytes: number): void {
    this.#append(WORKER_KINDS.memory, Math.ceil(bytes / 1024) >>> 0, 0, undefined);
  }

  goodbye(): void {
    this.#append(WORKER_KINDS.goodbye, 0, 0, undefined);
  }

  flush(): void {
    if (this.#used > 0) this.#flushWith(undefined);
  }

  #flushWith(beside: Attachments | undefined): void {
    const used = this.#used;
    this.#used = 0;
    this.#toldFrames += this.#gatheredFrames;
    this.#gatheredFrames = 0;
    this.#options.write(this.#gathered, used, beside);
  }

  #appendWithItems(kind: number, a: number, b: number, body: Uint8Array): void {
    const beside = attachmentsOf(body);
    if (beside === undefined) return this.#append(kind, a, b, body);
    // Nothing else leaves with it, so that it is clear beside which message the items go.
    this.flush();
    this.#append(kind, a, b, body, beside);
  }

  #append(kind: number, a: number, b: number, body: Uint8Array | undefined, beside?: Attachments): void {
    const length = body?.length ?? 0;
    const gathered = length < GATHER_BELOW_BYTES;
    if (this.#used + HEADER_BYTES + (gathered ? length : 0) > SCRATCH_BYTES) this.flush();
    writeHeader(this.#gathered, this.#used, { kind, a, b }, length);
    this.#used += HEADER_BYTES;
    this.#gatheredFrames += 1;
    if (body === undefined) return;
    if (gathered) {
      this.#gathered.set(body, this.#used);
      this.#used += length;
      if (beside !== undefined) this.#flushWith(beside);
      return;
    }
    this.flush();
    this.#options.write(body, length, beside);
  }
}
