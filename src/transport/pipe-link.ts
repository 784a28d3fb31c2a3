/**
 * The host's end of a link to a worker process: one pipe to it, one from it, and the shared claims.
 *
 * What is sent within one turn of the event loop leaves in one write. How much can pile up here is bounded by what the
 * scheduler lets a worker hold.
 *
 * Rules: knows no process and no exit; tells only what comes and that nothing more will.
 * Guarantees: no listener is called from inside `send` or `recall`; after `onEnd` nothing comes.
 */

import type { Socket } from 'node:net';
import type { TaskId } from '../core/events.js';
import type { HostMessage } from '../core/ports.js';
import type { HostClaims } from './claims.js';
import { FrameReader, layOutFrames, type PendingFrame } from './frames.js';
import { appendHostFrames, type Hello, helloFrame, readWorkerFrame, type SpokenMessage } from './wire.js';

const { nextTick } = process;

/** What a link is made of. */
export interface PipeLinkOptions {
  readonly toWorker: Socket;
  readonly fromWorker: Socket;
  readonly claims: HostClaims;
  onMessage(message: SpokenMessage): void;
  /** Nothing more comes: `fault` says what was wrong with the stream, if anything. */
  onEnd(fault: string | undefined): void;
}

/** A task that the worker has, by its number on the link. */
interface SentTask {
  readonly sequence: number;
  readonly task: TaskId;
}

/** See the file's header. */
export class PipeLink {
  readonly #options: PipeLinkOptions;
  readonly #sentUnits = new Set<number>();
  /** What the worker has and has not answered, in order. */
  readonly #sent: SentTask[] = [];
  #lastSequence = 0;
  #frames: PendingFrame[] = [];
  #reading: 'open' | 'ended' = 'open';

  constructor(options: PipeLinkOptions) {
    this.#options = options;
    const { toWorker, fromWorker } = options;
    const reader = new FrameReader((kind, a, b, body) => this.#hear(readWorkerFrame(kind, a, b, body)));
    fromWorker.on('data', (chunk: Buffer) => this.#read(reader, chunk));
    fromWorker.on('error', (error) => this.#end(error.message));
    fromWorker.on('close', () => this.#end(reader.atBorder ? undefined : 'the link ended inside a frame'));
    // A worker that is gone cannot be written to; its end is told by the other pipe and by its exit.
    toWorker.on('error', () => {});
    toWorker.unref();
    fromWorker.unref();
  }

  /** Opens the conversation. */
  greet(hello: Hello): void {
    this.#post(helloFrame(hello));
  }

  /** Sends one message, together with the others of this turn. */
  send(message: HostMessage): void {
    if (message.kind === 'run') {
      this.#lastSequence += 1;
      this.#sent.push({ sequence: this.#lastSequence, task: message.task });
    }
    this.#schedule();
    appendHostFrames(this.#frames, message, this.#sentUnits);
  }

  /** Takes back what the worker has not begun. */
  recall(): TaskId[] {
    const begun = this.#options.claims.recall(this.#lastSequence);
    const first = this.#sent.findIndex(({ sequence }) => sequence > begun);
    return first === -1 ? [] : this.#sent.splice(first).map(({ task }) => task);
  }

  /** Closes both pipes. */
  close(): void {
    this.#options.toWorker.destroy();
    this.#options.fromWorker.destroy();
  }

  #post(frame: PendingFrame): void {
    this.#schedule();
    this.#frames.push(frame);
  }

  #schedule(): void {
    if (this.#frames.length === 0) nextTick(() => this.#flush());
  }

  #flush(): void {
    const { toWorker } = this.#options;
    const chunks = layOutFrames(this.#frames);
    this.#frames = [];
    if (!toWorker.writable) return;
    toWorker.cork();
    for (const chunk of chunks) toWorker.write(chunk);
    toWorker.uncork();
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    if (this.#reading === 'ended') return;
    try {
      reader.push(chunk);
    } catch (error) {
      this.#end((error as Error).message);
    }
  }

  #hear(message: SpokenMessage): void {
    if (message.kind === 'finished') this.#forget(({ task }) => task === message.task);
    // The worker cannot know which tasks a recall gave back, so it says `skipped` of all that it may not begin.
    if (message.kind === 'skipped' && !this.#forget(({ sequence }) => sequence === message.sequence)) return;
    this.#options.onMessage(message);
  }

  #forget(isOver: (sent: SentTask) => boolean): boolean {
    const index = this.#sent.findIndex(isOver);
    if (index !== -1) this.#sent.splice(index, 1);
    return index !== -1;
  }

  #end(fault: string | undefined): void {
    if (this.#reading === 'ended') return;
    this.#reading = 'ended';
    this.#options.onEnd(fault);
  }
}
