/**
 * The ways in which a worker can come to harm, done to the process or thread that this runs in.
 *
 * Rules: what it needs is captured before any user code runs.
 */

import type { Order } from './fault-orders.js';

const { exit, kill, abort, pid } = process;
const { wait } = Atomics;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** A signal to oneself takes effect at once, or a moment later in another thread of the process. */
const SIGNAL_MS = 5000;

/** Does it. Comes back only from what leaves the worker alive. */
export function strike({ how, code = 1 }: Order, closeLink: () => void): 'goes-on' {
  switch (how) {
    case 'exit':
      return exit.call(process, code);
    case 'abort':
      return abort.call(process);
    case 'hang':
      wait(cell, 0, 0);
      return 'goes-on';
    case 'loop':
      for (;;);
    case 'out-of-memory':
      return fillHeap();
    case 'close-link':
      closeLink();
      return 'goes-on';
    case 'throw':
    case 'stack-overflow':
      throw new Error(`'${how}' makes a task fail, not a worker.`);
    default:
      kill.call(process, pid, how);
      // One that was stopped goes on when it is told to; any other signal ends it.
      if (how !== 'SIGSTOP') wait(cell, 0, 0, SIGNAL_MS);
      return 'goes-on';
  }
}

function fillHeap(): never {
  let hoard: unknown[] = [];
  for (;;) hoard = [hoard, new Array(1000).fill(0.5)];
}
