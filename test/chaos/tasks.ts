/**
 * The task of the chaos run: it does what its order says and writes it to the ledger.
 *
 * Rules: the host loads this file too, so it opens the ledger on first use. The package is the one that is under test,
 * which may be a build that was broken on purpose.
 */

import { threadId } from 'node:worker_threads';
import type * as workerSide from 'tardigrade/worker';
import { type LedgerEvent, openLedger } from './ledger.js';
import { libraryEntry } from './library.js';
import { type Answer, describeThrow, type Moment, type Order, type Way } from './orders.js';

const { currentTask } = (await import(libraryEntry('worker'))) as typeof workerSide;

const worker = threadId === 0 ? process.pid : threadId;
const cell = new Int32Array(new SharedArrayBuffer(4));
let append: ReturnType<typeof openLedger> | undefined;

function note(task: number, attempt: number, event: LedgerEvent): void {
  append ??= openLedger(process.env.TARDIGRADE_CHAOS_LEDGER as string);
  append({ task, attempt, event, worker });
}

function blockForEver(): never {
  for (;;) Atomics.wait(cell, 0, 0, 1000);
}

function die(way: Way): never {
  switch (way) {
    case 'exit 0':
      return process.exit(0);
    case 'exit 7':
      return process.exit(7);
    case 'abort':
      return process.abort();
    case 'uncaught':
      setImmediate(() => {
        throw new Error('thrown where nobody can catch it');
      });
      return undefined as never;
    case 'unhandled':
      void Promise.reject(new Error('rejected where nobody listens'));
      return undefined as never;
    case 'SIGKILL':
    case 'SIGSEGV':
    case 'SIGTERM':
      process.kill(process.pid, way);
      // Until it has come.
      return blockForEver();
    default:
      return way satisfies never;
  }
}

/** One attempt at an order. */
class Attempt {
  readonly #order: Order;
  readonly #attempt: number;

  constructor(order: Order) {
    this.#order = order;
    this.#attempt = currentTask()?.attempt ?? Number.NaN;
    this.note('begin');
    this.#dieIf('begin');
  }

  note(event: LedgerEvent): void {
    note(this.#order.id, this.#attempt, event);
  }

  /** Writes the last line, and answers. */
  finish(): Answer {
    const { id, ends } = this.#order;
    setImmediate(() => {
      this.note('after');
      this.#dieIf('late');
    });
    this.note('end');
    this.#dieIf('end');
    if (ends === 'throws') throw new Error(describeThrow(id));
    const dieIf = (): void => this.#dieIf('answer');
    return {
      id,
      attempt: this.#attempt,
      get square(): number {
        dieIf();
        return id * id;
      },
    };
  }

  #dieIf(moment: Moment): void {
    const { fate } = this.#order;
    if (fate?.moment !== moment || this.#attempt > fate.attempts) return;
    this.note('die');
    die(fate.way);
  }
}

/** Task: does what it is told. */
export function obey(order: Order): Answer | Promise<Answer> {
  const attempt = new Attempt(order);
  switch (order.wait) {
    case 'none':
      return attempt.finish();
    case 'blocking':
      Atomics.wait(cell, 0, 0, order.waitMs);
      return attempt.finish();
    case 'async':
      return finishLater(attempt, order.waitMs);
    case 'for ever, blocking':
      return blockForEver();
    case 'for ever, async':
      return new Promise(() => {});
    default:
      return order.wait satisfies never;
  }
}

async function finishLater(attempt: Attempt, waitMs: number): Promise<Answer> {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return attempt.finish();
}
