/**
 * Lets virtual time pass: as far as somebody says, until there is nothing to do, or by itself.
 *
 * Before and after each thing that happens, this program gets a turn of its event loop, so that promises settle, and modules
 * that workers load get the time that they take. What a task's own code waits for is another matter: `advance` goes on without
 * it, and the others stand still until it has come.
 *
 * Rules: knows a clock and a view, no pool. Guarantees: one thing at a time; every wait for something real has an end, except
 * for that of a promise which somebody handed in.
 */

import { type Timer, wallClock } from '../base/clock.js';
import { TardigradeError } from '../base/errors.js';
import type { VirtualClock } from './virtual-clock.js';

const { setImmediate } = globalThis;

/** How long the modules of a worker may take to load before time goes on without them. */
const LOAD_PATIENCE_MS = 10_000;
/** A pool that is busy looks at its workers now and then; when it does nothing else, nothing will ever happen. */
const MAX_LONELY = 2;

/** What a pacer is to know of the pool. */
export interface PacedView {
  /** What goes on that virtual time does not move. */
  activity(): 'none' | 'loading' | 'own-code';
  /** Whether nothing is left to do: no task, no worker that is not idle. */
  isAtRest(): boolean;
  /** The tasks that have begun and are not answered, for messages. */
  describeTasks(): string;
}

/** See the file's header. */
export class Pacer {
  readonly #clock: VirtualClock;
  readonly #view: PacedView;
  #mode: 'told' | 'by-itself' = 'told';
  #driver: 'asleep' | 'awake' = 'asleep';
  #last: Promise<unknown> = Promise.resolve();
  /** How often in a row the only thing to happen was one timer. */
  #lonely = 0;
  /** Since when virtual time goes with the real one. */
  #together: { readonly wallMs: number; readonly virtualMs: number; readonly alarm: Timer | undefined } | undefined;
  #onNews: (() => void) | undefined;

  constructor(clock: VirtualClock, view: PacedView) {
    this.#clock = clock;
    this.#view = view;
    clock.onPlan = () => {
      this.#onNews?.();
      this.#wake();
    };
  }

  /** Lets time pass. */
  advance(ms: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#runThrough(this.#clock.nowMs() + ms);
    });
  }

  /** Lets time pass until nothing is left to do. Rejects when tasks never end. */
  runUntilIdle(patienceMs: number): Promise<void> {
    return this.#inTurn(() => this.#run({ patienceMs, isOver: () => false, endsAtRest: true }));
  }

  /** Lets time pass until a promise settles. Rejects when tasks never end. */
  runUntil<T>(work: PromiseLike<T>, patienceMs: number): Promise<T> {
    return this.#inTurn<T>(async () => {
      let state: 'pending' | 'settled' = 'pending';
      const note = (): void => {
        state = 'settled';
        this.#onNews?.();
      };
      work.then(note, note);
      await this.#run({ patienceMs, isOver: () => state === 'settled', endsAtRest: false });
      return await work;
    });
  }

  /** From now on, time passes by itself while there is something to wait for. */
  goByItself(): void {
    this.#mode = 'by-itself';
    this.#wake();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.then(
      () => this.#wake(),
      () => this.#wake(),
    );
    return mine;
  }

  async #run(how: { readonly patienceMs: number; isOver(): boolean; readonly endsAtRest: boolean }): Promise<void> {
    for (;;) {
      await this.#settle();
      if (how.isOver()) return;
      if (this.#stepWithin(this.#clock.nowMs())) continue;
      if (this.#view.activity() !== 'none') await this.#awaitReal(how.patienceMs);
      else if (this.#view.isAtRest()) {
        if (how.endsAtRest) return;
        await this.#awaitNews(Number.POSITIVE_INFINITY);
      } else if (!this.#jump()) {
        throw new TardigradeError(`nothing will ever end ${this.#view.describeTasks()}`);
      }
    }
  }

  async #awaitReal(patienceMs: number): Promise<void> {
    if (await this.#awaitNews(patienceMs)) return;
    throw new TardigradeError(
      `waited ${patienceMs} ms of real time for ${this.#view.describeTasks()}; ` +
        'advance(ms) goes on without waiting for what is real',
    );
  }

  /** Whether something was planned, or what is waited for has settled, within so much real time. */
  async #awaitNews(limitMs: number): Promise<boolean> {
    let alarm: Timer | undefined;
    const hasNews = await new Promise<boolean>((resolve) => {
      this.#onNews = () => resolve(true);
      if (limitMs < Number.POSITIVE_INFINITY) {
        alarm = wallClock.startTimer(limitMs, () => resolve(false), { keepAlive: true });
      }
    });
    alarm?.stop();
    this.#onNews = undefined;
    return hasNews;
  }

  async #runThrough(endMs: number): Promise<void> {
    await this.#settle();
    while (this.#stepWithin(endMs)) await this.#settle();
    this.#clock.moveTo(endMs);
  }

  #stepWithin(endMs: number): boolean {
    const dueMs = this.#clock.nextDueMs;
    return dueMs !== undefined && dueMs <= endMs && this.#clock.advance();
  }

  /** Goes to the next thing that happens. Answers false when that changes nothing any more. */
  #jump(): boolean {
    const { comingHappenings, runningTimers, nextDueMs } = this.#clock;
    this.#lonely = comingHappenings === 0 && runningTimers === 1 ? this.#lonely + 1 : 0;
    if (nextDueMs === undefined || this.#lonely > MAX_LONELY) return false;
    return this.#clock.advance();
  }

  async #settle(): Promise<void> {
    await turn();
    if (this.#view.activity() !== 'loading') return;
    const endMs = wallClock.nowMs() + LOAD_PATIENCE_MS;
    while (this.#view.activity() === 'loading' && wallClock.nowMs() < endMs) await turn();
    await turn();
  }

  #wake(): void {
    if (this.#mode === 'told' || this.#driver === 'awake') return;
    this.#driver = 'awake';
    const drive = async (): Promise<void> => {
      try {
        await this.#drive();
      } finally {
        this.#driver = 'asleep';
      }
    };
    // Not through `#inTurn`, whose end wakes: what fails here would fail again and again.
    const mine = this.#last.then(drive);
    this.#last = mine.catch(() => {});
  }

  /** As far as it goes without waiting for anything real. While it waits for that, virtual time goes with the real one. */
  async #drive(): Promise<void> {
    if (this.#together !== undefined) {
      const { wallMs, virtualMs, alarm } = this.#together;
      alarm?.stop();
      this.#together = undefined;
      await this.#runThrough(Math.max(this.#clock.nowMs(), virtualMs + wallClock.nowMs() - wallMs));
    }
    for (;;) {
      await this.#settle();
      if (this.#stepWithin(this.#clock.nowMs())) continue;
      if (this.#view.activity() !== 'none') return this.#goTogether();
      if (this.#view.isAtRest() || !this.#jump()) return;
    }
  }

  #goTogether(): void {
    const virtualMs = this.#clock.nowMs();
    const dueMs = this.#clock.nextDueMs;
    // Whatever is due by then was put on the agenda for somebody who keeps the program alive, or does not.
    const alarm = dueMs === undefined ? undefined : wallClock.startTimer(dueMs - virtualMs, () => this.#wake());
    this.#together = { wallMs: wallClock.nowMs(), virtualMs, alarm };
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
