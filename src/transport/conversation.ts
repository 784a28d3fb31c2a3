/**
 * What a worker may say at each moment. Whoever runs in a worker process can write to its descriptors, so the host believes
 * nothing that could not have been said: an answer to a task that was not begun, a beginning out of turn, a farewell that
 * nobody asked for.
 *
 * Rules: no descriptor; hears what was sent, what came and what the claims say.
 * Guarantees: what `hear` lets through is consistent, so a worker that lies costs the tasks that it has begun, and never
 * another worker's task or the host.
 */

import type { TaskId } from '../core/events.js';
import { FrameError } from './frames.js';
import type { SpokenMessage } from './wire.js';

/** A task that takes less is over almost when it has begun. */
const AT_ONCE_US = 50;

/** A task that the worker has, by its number on the link. */
interface SentTask {
  readonly sequence: number;
  readonly task: TaskId;
  isBegun: boolean;
}

/** One worker's side of the talk; see the file's header. */
export class Conversation {
  /** What the worker has and has not answered, in order. */
  readonly #sent: SentTask[] = [];
  #lastSequence = 0;
  /** A task may answer in its worker's name; what the worker says of it afterwards is of no use, and no lie. */
  #lastAnswered: TaskId | undefined;
  #lastDurationUs = Number.POSITIVE_INFINITY;
  /** Up to here tasks were taken back. */
  #recalledTo = 0;
  #phase: 'starting' | 'working' = 'starting';
  #farewell: 'unasked' | 'asked' = 'unasked';

  /** The number on the link of the last task that was sent. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Whether the worker has more tasks than it can be running. */
  readonly holdsSeveral = (): boolean => this.#sent.length > 1;

  /** Whether the worker has one task, and was quick with its last one. */
  isLikelyAnsweredAtOnce(): boolean {
    return this.#sent.length === 1 && this.#lastDurationUs < AT_ONCE_US;
  }

  /** A task goes to the worker. */
  noteRun(task: TaskId): void {
    this.#lastSequence += 1;
    this.#sent.push({ sequence: this.#lastSequence, task, isBegun: false });
  }

  /** The worker is asked to leave. */
  noteLeave(): void {
    this.#farewell = 'asked';
  }

  /** The tasks after the one that the claims call the last begun: they are taken back. Throws `FrameError`. */
  takeBackAfter(begun: number): TaskId[] {
    const [front] = this.#sent;
    this.#recalledTo = this.#lastSequence;
    if (begun > this.#lastSequence || (front?.isBegun && begun < front.sequence)) {
      throw new FrameError('its claims were overwritten');
    }
    const first = this.#sent.findIndex(({ sequence }) => sequence > begun);
    return first === -1 ? [] : this.#sent.splice(first).map(({ task }) => task);
  }

  /**
   * The tasks that a worker which is gone had begun without having said so, as the claims show. It says so late only of a
   * task that had nothing to wait for, so of none but the next in turn; unless what it said was lost with a broken link.
   */
  begunUnsaid(begun: number, link: 'whole' | 'broken'): TaskId[] {
    if (begun > this.#lastSequence) return [];
    const inTurn = link === 'whole' ? this.#sent.slice(0, 1) : this.#sent;
    return inTurn.filter(({ sequence, isBegun }) => !isBegun && sequence <= begun).map(({ task }) => task);
  }

  /** Whether a message means anything. Throws `FrameError` when it cannot be true. */
  hear(message: SpokenMessage): boolean {
    switch (message.kind) {
      case 'started':
        this.#begin(message.task);
        return true;
      case 'finished':
        if (message.task === this.#lastAnswered) return false;
        this.#expectBegun(message.task, 'an answer to');
        this.#sent.shift();
        this.#lastAnswered = message.task;
        this.#lastDurationUs = message.durationUs;
        return true;
      case 'progress':
        if (message.task === this.#lastAnswered) return false;
        this.#expectBegun(message.task, 'progress of');
        return true;
      case 'output':
        if (message.task === undefined) return true;
        if (message.task === this.#lastAnswered) return false;
        this.#expectBegun(message.task, 'output of');
        return true;
      case 'ask':
        this.#expect(this.#phase === 'working', 'that it wants something, before it was ready');
        // What an earlier task has left behind may ask, too.
        if (message.task !== 0 && message.task !== this.#lastAnswered) this.#expectBegun(message.task, 'a wish of');
        return true;
      case 'skipped':
        return this.#skip(message.sequence);
      case 'ready':
        this.#expect(this.#phase === 'starting', 'that it is ready, again');
        this.#phase = 'working';
        return true;
      case 'start-failed':
        this.#expect(this.#phase === 'starting', 'that it failed to start, after it had');
        return true;
      case 'goodbye':
        this.#expect(this.#farewell === 'asked', 'goodbye, unasked');
        return true;
      case 'spent':
      case 'memory':
        return true;
      default:
        return message satisfies never;
    }
  }

  #begin(task: TaskId): void {
    const [front] = this.#sent;
    this.#expect(front?.task === task && !front.isBegun, `that it begins task ${task}, which is not its next`);
    if (front !== undefined) front.isBegun = true;
    // It was tried again here: its next answer counts.
    if (task === this.#lastAnswered) this.#lastAnswered = undefined;
  }

  #expectBegun(task: TaskId, what: string): void {
    const [front] = this.#sent;
    this.#expect(front?.task === task && front.isBegun, `${what} task ${task}, which it has not begun`);
  }

  /** The worker cannot know which tasks a recall gave back, so it says `skipped` of all that it may not begin. */
  #skip(sequence: number): boolean {
    const index = this.#sent.findIndex((sent) => sent.sequence === sequence);
    if (index === -1) return false;
    const mayBeSkipped = this.#sent[index]?.isBegun === false && sequence <= this.#recalledTo;
    this.#expect(mayBeSkipped, 'that it skips a task which it had to begin');
    this.#sent.splice(index, 1);
    return true;
  }

  #expect(isTrue: boolean, what: string): void {
    if (!isTrue) throw new FrameError(`it said ${what}`);
  }
}
