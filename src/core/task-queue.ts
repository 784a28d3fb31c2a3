/**
 * The tasks that wait for a worker: higher priority first, first come first served within one.
 *
 * Rules: knows only the two fields it orders by and the state it checks.
 * Guarantees: every operation is O(1) but for the number of distinct priorities. A task that stopped waiting while it
 * stood here (it was cancelled) is passed over when its turn comes.
 */

import type { TaskState } from './states.js';

/** What the queue looks at. */
export interface Queued {
  readonly priority: number;
  state: TaskState;
}

/** One priority: a growing array with a moving head; put-backs go to a stack in front of it. */
interface Lane<T> {
  readonly priority: number;
  front: T[];
  items: T[];
  head: number;
}

/** How many used-up slots a lane may have before it is copied. */
const COMPACT_AT = 1024;

/** A priority queue of waiting tasks. */
export class TaskQueue<T extends Queued> {
  /** Highest priority first. */
  readonly #lanes: Lane<T>[] = [];
  #size = 0;

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts a task behind the others of its priority. */
  push(task: T): void {
    this.#lane(task.priority).items.push(task);
    this.#size += 1;
  }

  /** Puts a task in front of the others of its priority. */
  putBack(task: T): void {
    this.#lane(task.priority).front.push(task);
    this.#size += 1;
  }

  /** The next task, or `undefined`. The caller changes its state. */
  shift(): T | undefined {
    for (const lane of this.#lanes) {
      const task = takeFirst(lane);
      if (task !== undefined) {
        this.#size -= 1;
        return task;
      }
    }
    return undefined;
  }

  /** Tells the queue that a task which stands in it has been settled: it counts no longer. */
  forget(): void {
    this.#size -= 1;
    if (this.#size === 0) this.#lanes.length = 0;
  }

  /** All waiting tasks, next first; the queue is empty afterwards. */
  drain(): T[] {
    const tasks: T[] = [];
    for (let task = this.shift(); task !== undefined; task = this.shift()) tasks.push(task);
    return tasks;
  }

  #lane(priority: number): Lane<T> {
    // Most pools have one lane; a search is cheaper than a map and keeps the order.
    let index = 0;
    for (; index < this.#lanes.length; index += 1) {
      const lane = this.#lanes[index] as Lane<T>;
      if (lane.priority === priority) return lane;
      if (lane.priority < priority) break;
    }
    const lane: Lane<T> = { priority, front: [], items: [], head: 0 };
    this.#lanes.splice(index, 0, lane);
    return lane;
  }
}

function takeFirst<T extends Queued>(lane: Lane<T>): T | undefined {
  for (let task = lane.front.pop(); task !== undefined; task = lane.front.pop()) {
    if (task.state === 'waiting') return task;
  }
  while (lane.head < lane.items.length) {
    const task = lane.items[lane.head] as T;
    lane.head += 1;
    if (lane.head >= COMPACT_AT && lane.head * 2 >= lane.items.length) {
      lane.items = lane.items.slice(lane.head);
      lane.head = 0;
    }
    if (task.state === 'waiting') return task;
  }
  lane.items = [];
  lane.head = 0;
  return undefined;
}
