/**
 * The inside of a simulated worker: what runs in a process or a thread elsewhere, here with a clock that does not go by itself.
 * The same loop, with its own codec; calls go in one at a time, and answers come out when the task has taken its time.
 *
 * Rules: only the loop and the initializer run user code; what is said goes through the link.
 * Guarantees: user code runs outside of any async context of those who submit.
 */

import { AsyncResource } from 'node:async_hooks';
import { localMemory } from '../memory/ports.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { learnReducers } from '../serialization/reducer-shipping.js';
import { ReducerTable } from '../serialization/reducers.js';
import { encodeThrown } from '../serialization/remote-error.js';
import type { HeardMessage, Hello } from '../transport/wire.js';
import { type LoopLink, WorkerLoop } from '../worker/loop.js';
import { readInitializer } from '../worker/read-initializer.js';
import type { HostListener, WorkerLink } from '../worker/start.js';
import type { SimulatedTask } from './simulated-options.js';
import type { SimulatedWorld } from './simulated-world.js';

/** What a body is made of. */
export interface SimulatedBodyParts {
  readonly world: SimulatedWorld;
  readonly workerId: number;
  /** Its worker dies as one does that the system kills. */
  lose(): void;
  /** It has left, as it was asked to. */
  onLeave(): void;
}

type Answer = Parameters<LoopLink['finished']>[1];

/** A task that keeps the worker busy. */
interface Busy {
  readonly task: number;
  readonly attempt: number;
  name: string | undefined;
  readonly beganMs: number;
  /** When, of its time, the worker dies; `undefined`: it does not. */
  readonly loss: number | undefined;
  code: 'runs' | 'never-settles' | 'is-over';
}

/** See the file's header. */
export class SimulatedBody implements HostListener {
  readonly #parts: SimulatedBodyParts;
  readonly #codec: Codec;
  readonly #reducers: ReducerTable;
  readonly #scope = new AsyncResource('TARDIGRADE_SIMULATED_WORKER');
  #link: WorkerLink | undefined;
  #loop: WorkerLoop | undefined;
  #life: 'waiting' | 'loading' | 'initializing' | 'up' | 'over' = 'waiting';
  readonly #inbox: HeardMessage[] = [];
  /** The call that is handed to the loop. */
  #next: (HeardMessage & { kind: 'run' }) | undefined;
  #busy: Busy | undefined;

  constructor(parts: SimulatedBodyParts) {
    this.#parts = parts;
    const port = createFunctionPort();
    this.#reducers = new ReducerTable(port);
    this.#codec = createCodec({
      functions: port,
      classes: 'load',
      attachments: 'refuse',
      reducers: this.#reducers,
      memory: localMemory,
    });
  }

  /** Says what it is to say things on. */
  connect(link: WorkerLink): void {
    this.#link = link;
  }

  /** Whether something goes on in it that virtual time does not move: modules that load, or a task's own code. */
  get activity(): 'none' | 'loading' | 'own-code' {
    if (this.#life === 'loading') return 'loading';
    if (this.#life === 'initializing') return 'own-code';
    if (this.#life !== 'up' || this.#busy?.code !== 'runs') return 'none';
    return this.#loop?.running?.name === '' ? 'loading' : 'own-code';
  }

  /** Whether its initializer runs. */
  get isInitializing(): boolean {
    return this.#life === 'loading' || this.#life === 'initializing';
  }

  /** The task that it has begun and not answered. */
  get task(): { readonly id: number; readonly name: string } | undefined {
    if (this.#busy === undefined) return undefined;
    const { task, name } = this.#busy;
    return { id: task, name: name ?? this.#loop?.running?.name ?? '' };
  }

  /** What the task that runs waits for never comes. */
  noteHang(): void {
    if (this.#busy !== undefined) this.#busy.code = 'never-settles';
  }

  /** Nothing that it does matters any more. */
  giveUp(): void {
    this.#life = 'over';
    this.#inbox.length = 0;
    this.#loop?.giveUp();
  }

  onEnd(): void {}

  onMessages(messages: readonly HeardMessage[]): void {
    this.#scope.runInAsyncScope(() => {
      for (const message of messages) this.#hear(message);
      this.#goOn();
    });
  }

  #hear(message: HeardMessage): void {
    if (message.kind === 'hello') void this.#start(message.hello);
    else if (message.kind === 'abort') this.#loop?.abort(message.task, message.cause);
    else this.#inbox.push(message);
  }

  async #start(hello: Hello): Promise<void> {
    this.#life = 'loading';
    const link = this.#linkNow();
    await learnReducers(this.#codec, this.#reducers, hello.reducers);
    try {
      const initialize = await readInitializer(this.#codec, hello);
      if (this.#isOver()) return;
      this.#life = 'initializing';
      await initialize?.();
    } catch (error) {
      if (!this.#isOver()) link.failStart(encodeThrown(this.#codec, error));
      return;
    }
    if (this.#isOver()) return;
    this.#loop = this.#makeLoop(link, hello.depth);
    this.#life = 'up';
    link.ready();
    this.#goOn();
  }

  #isOver(): boolean {
    return this.#life === 'over';
  }

  #linkNow(): WorkerLink {
    if (this.#link === undefined) throw new Error('A body needs a link before it hears anything.');
    return this.#link;
  }

  #makeLoop(link: WorkerLink, depth: number): WorkerLoop {
    const { world, workerId, onLeave } = this.#parts;
    return new WorkerLoop({
      link: { ...link, canKeep: true, claim: (sequence) => this.#claim(link, sequence), finished: this.#finish },
      codec: this.#codec,
      clock: { nowMs: () => world.clock.nowMs(), later: (callback) => world.clock.after(0, callback) },
      workerId,
      depth,
      onLeave,
    });
  }

  /** Hands on what has come, until a task keeps the worker busy. */
  #goOn(): void {
    const loop = this.#loop;
    while (loop !== undefined && this.#life === 'up' && this.#busy === undefined) {
      const message = this.#inbox.shift();
      if (message === undefined) return;
      if (message.kind === 'unit') loop.learn(message.id, message.bytes);
      else if (message.kind === 'forget') loop.forget(message.id);
      else if (message.kind === 'run') {
        this.#next = message;
        loop.take(message);
        loop.proceed();
      } else if (message.kind === 'leave') {
        loop.leave();
        loop.proceed();
      }
    }
  }

  #claim(link: WorkerLink, sequence: number): boolean {
    if (!link.claim(sequence)) return false;
    const { world, lose } = this.#parts;
    const { task = 0, attempt = 0 } = this.#next ?? {};
    const loss = world.drawLoss();
    if (loss !== undefined && loss < 0.5) {
      lose();
      return false;
    }
    const beganMs = world.clock.nowMs();
    this.#busy = { task, attempt, name: undefined, beganMs, loss: loss && 2 * (loss - 0.5), code: 'runs' };
    return true;
  }

  /** The function has answered; the answer leaves when the task has taken its time. */
  readonly #finish = (task: number, answer: Answer): void => {
    const busy = this.#busy;
    const running = this.#loop?.running;
    if (this.#life !== 'up' || busy === undefined || running === undefined) return;
    busy.code = 'is-over';
    busy.name = running.name;
    const { world, workerId, lose } = this.#parts;
    const { clock } = world;
    // In a turn of its own, so that what the user's `taskMs` throws reaches who lets time pass, and not the loop.
    clock.after(0, () => {
      const told: SimulatedTask = { id: task, name: running.name, attempt: busy.attempt, workerId };
      const tookMs = world.taskMs(told);
      const dueMs = Math.max(clock.nowMs(), busy.beganMs + tookMs);
      if (busy.loss !== undefined)
        clock.at(busy.beganMs + Math.min(tookMs, 1e9) * busy.loss, () => this.#isAt(busy) && lose());
      else if (dueMs < Number.POSITIVE_INFINITY) clock.at(dueMs, () => this.#answer(busy, answer));
    });
  };

  #isAt(busy: Busy): boolean {
    return this.#life === 'up' && this.#busy === busy;
  }

  #answer(busy: Busy, answer: Answer): void {
    if (!this.#isAt(busy)) return;
    const durationUs = (this.#parts.world.clock.nowMs() - busy.beganMs) * 1000;
    this.#scope.runInAsyncScope(() => {
      this.#busy = undefined;
      this.#linkNow().finished(busy.task, { ...answer, durationUs });
      this.#goOn();
    });
  }
}
