/**
 * A worker process's end of its link: reads frames from descriptor 3, writes them to 4, shares claims through 5.
 *
 * Writing is synchronous on purpose. What is written is safe in the kernel whatever becomes of this process the moment
 * after, and a host that reads slowly slows this worker down instead of filling its memory.
 *
 * Rules: uses nothing that user code could have replaced: what it needs was captured when this file was loaded.
 * Guarantees: a link that cannot be written ends the process; the host knows what that means.
 */

import fs from 'node:fs';
import net from 'node:net';
import { WorkerClaims } from '../transport/claims.js';
import { FrameReader, HEADER_BYTES, writeHeader } from '../transport/frames.js';
import { type HeardMessage, PROTOCOL_VERSION, readHostFrame, WORKER_KINDS } from '../transport/wire.js';
import type { LoopLink } from './loop.js';

const { writeSync } = fs;
const { Socket } = net;
const { Buffer } = globalThis;

const FROM_HOST = 3;
const TO_HOST = 4;
const CLAIMS = 5;

/** Small frames are gathered here until the next flush. */
const SCRATCH_BYTES = 64 * 1024;
/** Longer bodies are written by themselves. */
const GATHER_BELOW_BYTES = 8 * 1024;

/** How often a pipe that is full is tried again before the wait is handed to the kernel. */
const sleepCell = new Int32Array(new SharedArrayBuffer(4));
const { wait } = Atomics;

/** What the process does about its link. */
export interface PipeHostLinkOptions {
  onMessages(messages: readonly HeardMessage[]): void;
  /** The host is gone, or the link is unusable. */
  onEnd(fault: string | undefined): void;
}

/** See the file's header. */
export class PipeHostLink implements LoopLink {
  readonly #claims = new WorkerClaims(CLAIMS);
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  readonly #onEnd: PipeHostLinkOptions['onEnd'];
  #used = 0;

  constructor({ onMessages, onEnd }: PipeHostLinkOptions) {
    this.#onEnd = onEnd;
    let heard: HeardMessage[] = [];
    const reader = new FrameReader((kind, a, b, body) => (heard[heard.length] = readHostFrame(kind, a, b, body)));
    const socket = new Socket({ fd: FROM_HOST, readable: true, writable: false });
    // A task may replace the method that all emitters share.
    socket.emit = socket.emit.bind(socket);
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        return onEnd((error as Error).message);
      }
      const messages = heard;
      heard = [];
      if (messages.length > 0) onMessages(messages);
    });
    socket.on('error', (error) => onEnd(error.message));
    socket.on('close', () => onEnd(undefined));
  }

  claim(sequence: number): boolean {
    try {
      return this.#claims.claim(sequence);
    } catch (error) {
      this.#onEnd((error as Error).message);
      return false;
    }
  }

  ready(): void {
    this.#append(WORKER_KINDS.ready, PROTOCOL_VERSION, 0, undefined);
    this.flush();
  }

  failStart(bytes: Uint8Array): void {
    this.#append(WORKER_KINDS['start-failed'], 0, 0, bytes);
    this.flush();
  }

  started(task: number): void {
    this.#append(WORKER_KINDS.started, task, 0, undefined);
  }

  finished(task: number, answer: { failed: boolean; durationUs: number; bytes: Uint8Array }): void {
    const kind = answer.failed ? WORKER_KINDS.thrown : WORKER_KINDS.value;
    this.#append(kind, task, answer.durationUs >>> 0, answer.bytes);
  }

  progress(task: number, bytes: Uint8Array): void {
    this.#append(WORKER_KINDS.progress, task, 0, bytes);
  }

  skipped(task: number, sequence: number): void {
    this.#append(WORKER_KINDS.skipped, task, sequence, undefined);
  }

  spent(): void {
    this.#append(WORKER_KINDS.spent, 0, 0, undefined);
    this.flush();
  }

  goodbye(): void {
    this.#append(WORKER_KINDS.goodbye, 0, 0, undefined);
  }

  flush(): void {
    const used = this.#used;
    this.#used = 0;
    if (used > 0) this.#write(this.#scratch, used);
  }

  #append(kind: number, a: number, b: number, body: Uint8Array | undefined): void {
    const length = body?.length ?? 0;
    const gathered = length < GATHER_BELOW_BYTES;
    if (this.#used + HEADER_BYTES + (gathered ? length : 0) > SCRATCH_BYTES) this.flush();
    writeHeader(this.#scratch, this.#used, { kind, a, b }, length);
    this.#used += HEADER_BYTES;
    if (body === undefined) return;
    if (gathered) {
      this.#scratch.set(body, this.#used);
      this.#used += length;
      return;
    }
    this.flush();
    this.#write(body, length);
  }

  #write(bytes: Uint8Array, length: number): void {
    let offset = 0;
    while (offset < length) {
      try {
        offset += writeSync(TO_HOST, bytes, offset, length - offset);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return this.#onEnd((error as Error).message);
        // The descriptor was made non-blocking by somebody; the pipe is full and the host will read.
        wait(sleepCell, 0, 0, 1);
      }
    }
  }
}
