/**
 * The way from code that runs in a worker to the host of that worker: something is asked for, and answers come.
 *
 * Rules: knows the link only as a function, and never looks into what is said. One for each thread, which a worker sets up
 * before it runs anything of its user's.
 */

import { runningTask } from './current-task.js';

/** How a worker asks. */
export interface HostConnection {
  /** `task` is the number of the task that runs, 0 for none. */
  ask(task: number, bytes: Uint8Array): void;
}

let connection: HostConnection | undefined;
let hear: ((bytes: Uint8Array) => void) | undefined;

/** Sets up the way to the host. */
export function connectToHost(to: HostConnection): void {
  connection = to;
}

/** Whether there is a host to ask: whether this is a worker. */
export function hasHost(): boolean {
  return connection !== undefined;
}

/** Asks the host for something, in the name of the task that runs. */
export function askHost(bytes: Uint8Array): void {
  connection?.ask(runningTask()?.id ?? 0, bytes);
}

/** Says who hears the answers. */
export function onAnswer(listener: (bytes: Uint8Array) => void): void {
  hear = listener;
}

/** An answer has come. */
export function hearAnswer(bytes: Uint8Array): void {
  hear?.(bytes);
}
