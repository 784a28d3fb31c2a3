/**
 * Time that passes only when somebody asks for the next thing to happen.
 *
 * Guarantees: what is due at the same moment happens in the order in which it was asked for; one sequence of calls gives
 * one sequence of happenings.
 */

import type { Clock, Timer } from '../base/clock.js';

interface Entry {
  readonly dueMs: number;
  readonly serial: number;
  act: (() => void) | undefined;
}

/** A clock with an agenda; see the file's header. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  #serial = 0;
  #timers = 0;
  #happenings = 0;
  /** Called whenever something is put on the agenda. */
  onPlan: (() => void) | undefined;
  /** A binary heap, the next entry first. */
  readonly #agenda: Entry[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many timers of the pool (not happenings of the world) are running. */
  get runningTimers(): number {
    return this.#timers;
  }

  /** How many happenings of the world are to come. */
  get comingHappenings(): number {
    return this.#happenings;
  }

  /** When the next thing happens; `undefined`: nothing ever will. */
  get nextDueMs(): number | undefined {
    const heap = this.#agenda;
    while (heap.length > 0 && heap[0]?.act === undefined) this.#takeFirst();
    const dueMs = heap[0]?.dueMs;
    return dueMs === Number.POSITIVE_INFINITY ? undefined : dueMs;
  }

  startTimer(delayMs: number, onFire: () => void): Timer {
    this.#timers += 1;
    const entry = this.#add(this.#nowMs + delayMs, () => {
      this.#timers -= 1;
      onFire();
    });
    return {
      stop: () => {
        if (entry.act !== undefined) this.#timers -= 1;
        entry.act = undefined;
      },
    };
  }

  /** Lets something happen in the world. */
  after(delayMs: number, act: () => void): void {
    this.at(this.#nowMs + delayMs, act);
  }

  /** Lets something happen at a moment: equal moments stay equal, which sums of delays do not. */
  at(dueMs: number, act: () => void): void {
    this.#happenings += 1;
    this.#add(Math.max(dueMs, this.#nowMs), () => {
      this.#happenings -= 1;
      act();
    });
  }

  /** Lets time pass up to a moment before which nothing is due; never backwards. */
  moveTo(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  /** Lets the next thing happen. Answers false when nothing is left. */
  advance(): boolean {
    for (let entry = this.#takeFirst(); entry !== undefined; entry = this.#takeFirst()) {
      const { act } = entry;
      if (act === undefined) continue;
      entry.act = undefined;
      this.#nowMs = entry.dueMs;
      act();
      return true;
    }
    return false;
  }

  #add(dueMs: number, act: () => void): Entry {
    this.#serial += 1;
    const entry: Entry = { dueMs, serial: this.#serial, act };
    const heap = this.#agenda;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(entry, heap[above] as Entry)) break;
      heap[index] = heap[above] as Entry;
      index = above;
    }
    heap[index] = entry;
    this.onPlan?.();
    return entry;
  }

  #takeFirst(): Entry | undefined {
    const heap = this.#agenda;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Entry, heap[below] as Entry)) below += 1;
      if (!isBefore(heap[below] as Entry, last)) break;
      heap[index] = heap[below] as Entry;
      index = below;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.serial < right.serial);
}
