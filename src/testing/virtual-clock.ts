/**
 * Time that passes only when somebody asks for the next thing to happen.
 *
 * Guarantees: what is due at the same moment happens in the order in which it was asked for; one sequence of calls gives
 * one sequence of happenings.
 */

import type { Clock, Timer } from '#src/base/clock.js';

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
  /** A binary heap, the next entry first. */
  readonly #agenda: Entry[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  /** How many timers of the pool (not happenings of the world) are running. */
  get runningTimers(): number {
    return this.#timers;
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
    this.#add(this.#nowMs + delayMs, act);
  }

  /** Lets something happen at a moment: equal moments stay equal, which sums of delays do not. */
  at(dueMs: number, act: () => void): void {
    this.#add(Math.max(dueMs, this.#nowMs), act);
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
