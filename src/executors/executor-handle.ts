/**
 * How an executor travels: as a path that names it. Who gets the path back where the executor lives has the executor itself;
 * a worker gets an executor that submits, through the worker's link, to the one of its host.
 *
 * A path holds the executor's place in each process that it has come through, the last one first.
 *
 * Rules: knows no link. An executor that has travelled is kept until it is over: a task may come back to it at any time.
 */

import { origin } from '../base/origin.js';
import { noteTarget } from '../serialization/functions/import-tasks.js';
import { EXECUTOR_ARRIVAL } from '../serialization/functions/provided-modules.js';

/** Where one process keeps an executor. */
export interface HandlePlace {
  readonly home: string;
  readonly id: number;
}

/** What travels. */
export type HandlePath = readonly HandlePlace[];

/** What is kept of an executor that has travelled. */
export interface Travelled {
  /** Whether it is of no use to anybody any more. */
  isOver(): boolean;
  /** Where it came from, for one that stands for another. */
  readonly origin: HandlePath;
}

const byId = new Map<number, Travelled>();
const ids = new WeakMap<Travelled, number>();
let lastId = 0;

/** The path of something, from now on. */
export function pathOf(one: Travelled): HandlePath {
  let id = ids.get(one);
  if (id === undefined) {
    lastId += 1;
    id = lastId;
    ids.set(one, id);
    for (const [other, known] of byId) if (known.isOver()) byId.delete(other);
  }
  byId.set(id, one);
  return [{ home: origin, id }, ...one.origin];
}

/** What a path leads to here, if it comes from here. */
export function findHere(path: HandlePath): Travelled | undefined {
  for (const { home, id } of path) if (home === origin) return byId.get(id);
  return undefined;
}

/** Whether a path of something was ever given away. */
export function hasTravelled(one: Travelled): boolean {
  return ids.has(one);
}

/** Stands for `reviveExecutor` of the module that only those load who get an executor. */
export const reviveExecutor: (path: HandlePath) => object = () => {
  throw new TypeError('reviveExecutor stands for a function that was not loaded');
};
noteTarget(reviveExecutor, { kind: 'module', url: EXECUTOR_ARRIVAL, name: 'reviveExecutor' });
