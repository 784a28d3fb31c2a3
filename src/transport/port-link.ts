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
import type { Clock } from '../base/clock.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage } from '../core/ports.js';
import { type Attachments, attach, attachmentsOf } from '../serialization/attachments.js';
import { Alertness } from './alertness.js';
import { Conversation } from './conversation.js';
import { FrameLedger } from './frame-ledger.js';
import { FrameReader, FULL_TURN_FRAMES, layOutFrames, type PendingFrame } from './frames.js';
import { fromPost, type Post, type PostWithItems, toPost } from './posts.js';
import { SentUnits } from './sent-units.js';
import type { SharedClaims } from './shared-claims.js';
import { appendHostFrames, type Hello, helloFrame, readWorkerFrame, type SpokenMessage } from './wire.js';

const { nextTick } = process;

/** What a link is made of. */
export interface PortLinkOptions {
  readonly port: MessagePort;
  readonly claims: SharedClaims;
  readonly clock: Clock;
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
  readonly #sentUnits = new SentUnits();
  readonly #conversation = new Conversation();
  readonly #ledger: FrameLedger;
  readonly #alertness = new Alertness();
  /** What is to be moved to tasks that are not known to have begun. */
  readonly #moving = new Map<TaskId, Attachments>();
  #frames: PendingFrame[] = [];
  /** What goes beside the message that is being read. */
  #items: readonly unknown[] | undefined;
  #reading: 'open' | 'ended' = 'open';
  #wholeness: 'whole' | 'broken' = 'whole';

  constructor(options: PortLinkOptions) {
    this.#options = options;
    const { port } = options;
    this.#ledger = new FrameLedger({
      clock: options.clock,
      readKept: () => options.claims.readKept(),
      onFrame: (kind, a, b, body) => this.#hear(readWorkerFrame(kind, a, b, body)),
      onFault: (message) => this.#fail(message),
    });
    this.#reader = new FrameReader((kind, a, b, body) => this.#ledger.take(kind, a, b, body));
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
    if (message.kind === 'run') {
      this.#conversation.noteRun(message.task);
      if (this.#conversation.holdsSeveral()) this.#ledger.watch(this.#conversation.holdsSeveral);
    } else if (message.kind === 'leave') this.#conversation.noteLeave();
    if (message.kind === 'run' && hasAttachments(message)) return this.#sendWithItems(message);
    this.#schedule();
    appendHostFrames(this.#frames, message, this.#sentUnits);
    if (this.#frames.length >= FULL_TURN_FRAMES) this.#flush();
  }

  /** Takes back what the worker has not begun. */
  recall(): TaskId[] {
    const begun = this.#options.claims.recall(this.#conversation.lastSequence);
    const tasks = this.#conversation.takeBackAfter(begun);
    for (const task of tasks) this.#moving.delete(task);
    return tasks;
  }

  /** Hears what lies in the port. */
  drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#options.port);
      if (received === undefined) return;
      this.#read(received.message);
    }
  }

  /** The thread is gone and everything that it said was heard: tells what it had begun without having said so. */
  conclude(): void {
    this.#ledger.close();
    this.#ledger.fetch();
    const begun = this.#options.claims.readBegun();
    for (const task of this.#conversation.begunUnsaid(begun, this.#wholeness)) {
      this.#options.onMessage({ kind: 'started', task });
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
    for (const chunk of chunks) this.#post(toPost(chunk, chunk.length));
    this.#expectAnswer();
  }

  #post(post: Post, moved: readonly unknown[] = []): void {
    if (this.#reading === 'open') this.#options.port.postMessage(post, moved as never);
  }

  /** Each frame by itself, so that it is clear beside which one the items go. */
  #sendWithItems(message: HostMessage & { kind: 'run' }): void {
    this.#flush();
    const { unit, args } = message.payload;
    const frames: PendingFrame[] = [];
    appendHostFrames(frames, message, this.#sentUnits);
    for (const frame of frames) {
      const attachments = attachmentsOf(frame.body === unit.bytes ? unit.bytes : args);
      const chunks = layOutFrames([frame]).map((chunk) => toPost(chunk, chunk.length));
      const last = chunks.pop();
      for (const chunk of chunks) this.#post(chunk);
      if (last === undefined) continue;
      if (attachments === undefined) this.#post(last);
      else this.#post({ task: message.task, bytes: last, items: withHoles(attachments), moved: attachments.moved });
    }
    const attachments = attachmentsOf(args);
    if (attachments !== undefined && attachments.moved.length > 0) this.#moving.set(message.task, attachments);
  }

  /**
   * What is moved follows when the task has begun. Sent before, it would be lost with a thread that dies first, and the
   * task, which had not begun, could not run elsewhere.
   */
  #move(task: TaskId): void {
    const attachments = this.#moving.get(task);
    if (attachments === undefined) return;
    this.#moving.delete(task);
    const arrived = attachments.moved.map((place) => attachments.items[place]);
    this.#post({ task, arrived }, attachments.keeps ? [] : arrived);
  }

  #expectAnswer(): void {
    if (this.#conversation.isLikelyAnsweredAtOnce()) this.#alertness.expect();
  }

  #read(post: unknown): void {
    if (this.#reading === 'ended') return;
    this.#alertness.hear();
    try {
      const { bytes, items } =
        typeof post === 'object' && post !== null && 'items' in post ? (post as PostWithItems) : { bytes: post };
      this.#items = items;
      this.#reader.push(fromPost(bytes));
    } catch (error) {
      this.#fail((error as Error).message);
    }
    this.#expectAnswer();
  }

  #hear(message: SpokenMessage): void {
    if (!this.#conversation.hear(message)) return;
    if (message.kind === 'started') this.#move(message.task);
    if (this.#items !== undefined && (message.kind === 'finished' || message.kind === 'progress')) {
      attach(message.bytes, { items: [...this.#items], moved: [], keeps: false });
    }
    this.#options.onMessage(message);
  }

  #fail(message: string): void {
    if (this.#reading === 'ended') return;
    this.#reading = 'ended';
    this.#wholeness = 'broken';
    this.#options.onFault(message);
  }
}

function hasAttachments({ payload }: HostMessage & { kind: 'run' }): boolean {
  return attachmentsOf(payload.args) !== undefined || attachmentsOf(payload.unit.bytes) !== undefined;
}

function withHoles({ items, moved }: Attachments): unknown[] {
  return items.map((item, place) => (moved.includes(place) ? undefined : item));
}
