/**
 * The tasks that wait for a worker: higher priority first, deeper ones first within one, then first submitted first served.
 *
 * Rules: knows only the fields it orders by and the state it checks.
 * Guarantees: the next task is the one with the highest priority and, among those, of the deepest level and the lowest id, however often tasks
 * were put back and in whatever order. Every operation is O(1) but for the number of distinct priorities among waiting
 * tasks. A task that stopped waiting while it stood here (it was cancelled) is passed over, and never kept for long.
 */

import { Fifo } from './fifo.js';
import type { TaskState } from './states.js';

/** What the queue looks at. */
export interface Queued {
  /** Grows with every submission. */
  readonly id: number;
  readonly priority: number;
  /** Within a priority, deeper ones go first. */
  readonly level: number;
  state: TaskState;
}

/** One level of one priority. Put-backs were submitted before everything in `items`; they stand in a stack, the lowest id on top. */
interface Lane<T> {
  readonly priority: number;
  readonly level: number;
  returned: T[];
  readonly items: Fifo<T>;
}

/** How many more cancelled tasks than waiting ones may stand in the queue before they are thrown out. */
const STALE_LIMIT = 1024;

/** A priority queue of waiting tasks. */
export class TaskQueue<T extends Queued> {
  /** Highest priority first, deepest level first. */
  readonly #lanes: Lane<T>[] = [];
  #size = 0;
  #stale = 0;

  /** How many tasks wait. */
  get size(): number {
    return this.#size;
  }

  /** The priority of the next task, or `undefined`. */
  get topPriority(): number | undefined {
    return this.#size === 0 ? undefined : this.#firstLane()?.priority;
  }

  /** Puts a newly submitted task behind the others of its priority. */
  push(task: T): void {
    this.#lane(task).items.push(task);
    this.#size += 1;
  }

  /** Puts a task that had been taken out back where its id belongs. */
  putBack(task: T): void {
    const { returned } = this.#lane(task);
    let index = returned.length;
    while (index > 0 && (returned[index - 1] as T).id < task.id) index -= 1;
    returned.splice(index, 0, task);
    this.#size += 1;
  }

  /** The next task, or `undefined`. The caller changes its state. */
  shift(): T | undefined {
    const lane = this.#firstLane();
    if (lane === undefined) return undefined;
    this.#size -= 1;
    const task = lane.returned.pop() ?? lane.items.shift();
    // One empty lane may stay, for the next task of the same priority.
    if (peek(lane) === undefined && this.#lanes.length > 1) this.#lanes.shift();
    return task;
  }

  /** Tells the queue that a task which stands in it has been settled: it counts no longer. */
  forget(): void {
    this.#size -= 1;
    this.#stale += 1;
    if (this.#stale > this.#size + STALE_LIMIT) this.#throwOutStale();
  }

  /** The first lane in which a task waits; on the way there, lanes and tasks that nobody needs are dropped. */
  #firstLane(): Lane<T> | undefined {
    for (let lane = this.#lanes[0]; lane !== undefined; lane = this.#lanes[0]) {
      for (let task = peek(lane); task !== undefined; task = peek(lane)) {
        if (task.state === 'waiting') return lane;
        if (lane.returned.pop() === undefined) lane.items.shift();
        this.#stale -= 1;
      }
      this.#lanes.shift();
    }
    return undefined;
  }

  #throwOutStale(): void {
    const waits = (task: T): boolean => task.state === 'waiting';
    for (const lane of this.#lanes) {
      lane.returned = lane.returned.filter(waits);
      lane.items.filter(waits);
    }
    this.#stale = 0;
  }

  #lane({ priority, level }: Queued): Lane<T> {
    // Most pools have one lane; a search is cheaper than a map and keeps the order.
    let index = 0;
    for (; index < this.#lanes.length; index += 1) {
      const lane = this.#lanes[index] as Lane<T>;
      if (lane.priority === priority && lane.level === level) return lane;
      if (lane.priority < priority || (lane.priority === priority && lane.level < level)) break;
    }
    const lane: Lane<T> = { priority, level, returned: [], items: new Fifo() };
    this.#lanes.splice(index, 0, lane);
    return lane;
  }
}

function peek<T>(lane: Lane<T>): T | undefined {
  return lane.returned[lane.returned.length - 1] ?? lane.items.peek();
}
