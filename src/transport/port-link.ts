/**
 * The host's end of a link to a worker thread: one private port, and the shared claims.
 *
 * What a thread has posted lies in this end of the port, whatever becomes of the thread the moment after. So `drain` after
 * the thread's exit finds all that it managed to say. What is sent within one turn of the event loop leaves in one post.
 *
 * Rules: knows no thread and no exit; tells only what comes.
 * Guarantees: no listener is called from inside `send` or `recall`; after `close` nothing comes.
 */

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { TaskId } from '../core/events.js';
import type { HostMessage } from '../core/ports.js';
import { Conversation } from './conversation.js';
import { FrameReader, layOutFrames, type PendingFrame } from './frames.js';
import { fromPost, toPost } from './posts.js';
import type { SharedClaims } from './shared-claims.js';
import { appendHostFrames, type Hello, helloFrame, readWorkerFrame, type SpokenMessage } from './wire.js';

const { nextTick } = process;

/** What a link is made of. */
export interface PortLinkOptions {
  readonly port: MessagePort;
  readonly claims: SharedClaims;
  onMessage(message: SpokenMessage): void;
  /** The thread has closed its end. */
  onDeaf(): void;
  /** What came is not what a worker would say. */
  onFault(message: string): void;
}

/** See the file's header. */
export class PortLink {
  readonly #options: PortLinkOptions;
  readonly #reader: FrameReader;
  readonly #sentUnits = new Set<number>();
  readonly #conversation = new Conversation();
  #frames: PendingFrame[] = [];
  #reading: 'open' | 'ended' = 'open';

  constructor(options: PortLinkOptions) {
    this.#options = options;
    const { port } = options;
    this.#reader = new FrameReader((kind, a, b, body) => this.#hear(readWorkerFrame(kind, a, b, body)));
    port.on('message', (post: unknown) => this.#read(post));
    port.on('messageerror', (error) => this.#fail(error.message));
    port.on('close', () => options.onDeaf());
    port.unref();
  }

  /** Opens the conversation. */
  greet(hello: Hello): void {
    this.#schedule();
    this.#frames.push(helloFrame(hello));
  }

  /** Sends one message, together with the others of this turn. */
  send(message: HostMessage): void {
    if (message.kind === 'run') this.#conversation.noteRun(message.task);
    else if (message.kind === 'leave') this.#conversation.noteLeave();
    this.#schedule();
    appendHostFrames(this.#frames, message, this.#sentUnits);
  }

  /** Takes back what the worker has not begun. */
  recall(): TaskId[] {
    const begun = this.#options.claims.recall(this.#conversation.lastSequence);
    return this.#conversation.takeBackAfter(begun);
  }

  /** Hears what lies in the port. */
  drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#options.port);
      if (received === undefined) return;
      this.#read(received.message);
    }
  }

  /** Closes the port. */
  close(): void {
    this.#reading = 'ended';
    this.#options.port.close();
  }

  #schedule(): void {
    if (this.#frames.length === 0) nextTick(() => this.#flush());
  }

  #flush(): void {
    const chunks = layOutFrames(this.#frames);
    this.#frames = [];
    if (this.#reading === 'ended') return;
    for (const chunk of chunks) this.#options.port.postMessage(toPost(chunk, chunk.length));
  }

  #read(post: unknown): void {
    if (this.#reading === 'ended') return;
    try {
      this.#reader.push(fromPost(post));
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  #hear(message: SpokenMessage): void {
    if (this.#conversation.hear(message)) this.#options.onMessage(message);
  }

  #fail(message: string): void {
    if (this.#reading === 'ended') return;
    this.#reading = 'ended';
    this.#options.onFault(message);
  }
}
