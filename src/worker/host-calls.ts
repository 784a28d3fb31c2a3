/**
 * The way from code that runs in a worker to the host of that worker: something is asked for, and answers come.
 *
 * Rules: knows the link only as a function, and never looks into what is said. One for each thread, which a worker sets up
 * before it runs anything of its user's.
 */

/** How a worker asks. */
export interface HostConnection {
  ask(bytes: Uint8Array): void;
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
  connection?.ask(bytes);
}

/** Says who hears the answers. */
export function onAnswer(listener: (bytes: Uint8Array) => void): void {
  hear = listener;
}

/** An answer has come. */
export function hearAnswer(bytes: Uint8Array): void {
  hear?.(bytes);
}
