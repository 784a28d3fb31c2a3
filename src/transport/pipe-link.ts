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
import type { Clock } from '../base/clock.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage } from '../core/ports.js';
import { Alertness } from './alertness.js';
import type { HostClaims } from './claims.js';
import { Conversation } from './conversation.js';
import { FrameLedger } from './frame-ledger.js';
import { FrameError, FrameReader, FULL_TURN_FRAMES, GarbageError, layOutFrames, type PendingFrame } from './frames.js';
import { SentUnits } from './sent-units.js';
import {
  appendHostFrames,
  type Hello,
  helloFrame,
  readWorkerFrame,
  type SlotOffer,
  type SpokenMessage,
  slotFrame,
} from './wire.js';

const { nextTick } = process;

/** What a link is made of. */
export interface PipeLinkOptions {
  readonly toWorker: Socket;
  readonly fromWorker: Socket;
  /** Without them nothing can be taken back. */
  readonly claims: HostClaims | undefined;
  readonly clock: Clock;
  onMessage(message: SpokenMessage): void;
  /** The worker hears nothing any more; what it has still to say may come. */
  onDeaf(): void;
  /** Somebody has written between the worker's frames. What it has said besides may still come, and `onEnd` does. */
  onSpoiled(fault: string): void;
  /** Nothing more comes: `fault` says what was wrong with the stream, if anything. */
  onEnd(fault: string | undefined): void;
}

/** See the file's header. */
export class PipeLink {
  readonly #options: PipeLinkOptions;
  readonly #sentUnits = new SentUnits();
  readonly #conversation = new Conversation();
  readonly #ledger: FrameLedger;
  readonly #alertness = new Alertness();
  #frames: PendingFrame[] = [];
  #reading: 'open' | 'ended' = 'open';
  #wholeness: 'whole' | 'broken' = 'whole';

  constructor(options: PipeLinkOptions) {
    this.#options = options;
    const { toWorker, fromWorker } = options;
    this.#ledger = new FrameLedger({
      clock: options.clock,
      readKept: () => options.claims?.readKept(),
      onFrame: (kind, a, b, body) => this.#hear(readWorkerFrame(kind, a, b, body)),
      onFault: (message) => this.#end(message),
    });
    const reader = new FrameReader((kind, a, b, body) => this.#ledger.take(kind, a, b, body));
    fromWorker.on('data', (chunk: Buffer) => this.#read(reader, chunk));
    fromWorker.on('error', (error) => this.#end(error.message));
    // Half a frame is no fault of its own: the worker was killed while it wrote, and its exit says by what.
    fromWorker.on('close', () => this.#end(undefined));
    // Mostly the worker is gone, as the other pipe and its exit will say; but it may also have closed this one alone.
    toWorker.on('close', () => options.onDeaf());
    toWorker.on('error', () => {});
    // Nothing is said on this pipe, but only one that is read tells of its end.
    toWorker.resume();
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
      this.#conversation.noteRun(message.task);
      if (this.#conversation.holdsSeveral()) this.#ledger.watch(this.#conversation.holdsSeveral);
    } else if (message.kind === 'leave') this.#conversation.noteLeave();
    this.#schedule();
    appendHostFrames(this.#frames, message, this.#sentUnits);
    if (this.#frames.length >= FULL_TURN_FRAMES) this.#flush();
  }

  /** Gives the worker a file for a large answer. */
  offer(slot: SlotOffer): void {
    this.#post(slotFrame(slot));
  }

  /** Takes back what the worker has not begun. */
  recall(): TaskId[] {
    const { claims } = this.#options;
    if (claims === undefined) return [];
    try {
      const begun = claims.recall(this.#conversation.lastSequence);
      return this.#conversation.takeBackAfter(begun);
    } catch (error) {
      // Somebody has spoiled the claims: what the worker has not begun comes back with its end.
      nextTick(() => this.#end((error as Error).message));
      return [];
    }
  }

  /** The worker is gone and everything that it said was heard: tells what it had begun without having said so. */
  conclude(): void {
    this.#ledger.close();
    this.#ledger.fetch();
    const begun = this.#options.claims?.readBegun() ?? 0;
    for (const task of this.#conversation.begunUnsaid(begun, this.#wholeness)) {
      this.#options.onMessage({ kind: 'started', task });
    }
  }

  /** Closes both pipes. The claims may be gone from now on. */
  close(): void {
    this.#reading = 'ended';
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
    if (!toWorker.writable || this.#reading === 'ended') return;
    // Most of the time there is one: the way past the stream's buffer is shorter.
    if (chunks.length > 1) toWorker.cork();
    for (const chunk of chunks) toWorker.write(chunk);
    if (chunks.length > 1) toWorker.uncork();
    this.#expectAnswer();
  }

  #expectAnswer(): void {
    if (this.#conversation.isLikelyAnsweredAtOnce()) this.#alertness.expect();
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    if (this.#reading === 'ended') return;
    this.#alertness.hear();
    try {
      reader.push(chunk);
    } catch (error) {
      // Anything else is a fault of this side, and must not be laid at the worker's door.
      if (!(error instanceof FrameError)) throw error;
      if (error instanceof GarbageError) this.#searchOn(reader, error.message);
      else this.#end(error.message);
    }
    this.#expectAnswer();
  }

  /** What the worker has answered counts, though it must not go on. */
  #searchOn(reader: FrameReader, fault: string): void {
    this.#wholeness = 'broken';
    this.#revokeAll();
    this.#options.onSpoiled(fault);
    try {
      reader.search();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#end(error.message);
    }
  }

  #hear(message: SpokenMessage): void {
    if (this.#conversation.hear(message)) this.#options.onMessage(message);
  }

  /** A worker that cannot answer any more must begin nothing more: what it has goes to others when it is gone. */
  #revokeAll(): void {
    try {
      this.#options.claims?.recall(this.#conversation.lastSequence);
    } catch {
      // Somebody has spoiled the claims.
    }
  }

  #end(fault: string | undefined): void {
    if (this.#reading === 'ended') return;
    this.#reading = 'ended';
    if (fault !== undefined) this.#wholeness = 'broken';
    this.#revokeAll();
    this.#options.onEnd(fault);
  }
}
