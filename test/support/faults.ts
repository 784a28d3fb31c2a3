/**
 * Faults of every kind, for whoever is to commit one: a worker, a thread, or the host itself.
 *
 * Rules: workers load this file, so it starts nothing. Nothing here knows what the fault should cost.
 */

import { existsSync, openSync, writeFileSync } from 'node:fs';

/** All kinds of faults. */
export const HOWS = [
  'throw',
  'exit 0',
  'exit n',
  'abort',
  'SIGKILL',
  'SIGSEGV',
  'SIGSTOP',
  'heap exhaustion',
  'endless loop',
  'stack overflow',
  'never settles',
  'closes its link',
] as const;

/** One kind of fault. */
export type How = (typeof HOWS)[number];

/** The exit code of `exit n`. */
export const EXIT_CODE = 7;
/** What `throw` says. */
export const THROWN = 'thrown on purpose';

function nap(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function signalItself(signal: NodeJS.Signals): string {
  process.kill(process.pid, signal);
  // It may take another of the process's threads a moment to act on it.
  nap(100);
  return `went on after ${signal}`;
}

/** Never gives way; after a while it sleeps, so that others find the machine free. */
function loopForEver(): never {
  for (let turn = 0; ; turn += 1) if (turn > 20_000_000) nap(1000);
}

function fillHeap(): never {
  const hoard: object[] = [];
  // In a loop over built-in functions alone, newer versions of V8 do not notice that a thread is to end.
  for (;;) hoard.push({ more: [hoard.length] });
}

function overflow(): number {
  return overflow() + 1;
}

/** The worker's own end: a descriptor of a process, a port of a thread that Node can be asked for. */
function closeLink(): string {
  const { isMainThread, MessagePort } = process.getBuiltinModule('node:worker_threads');
  if (isMainThread) process.getBuiltinModule('node:fs').closeSync(4);
  else {
    const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
    for (const handle of handles) if (handle instanceof MessagePort) handle.close();
  }
  return 'closed its link';
}

/** Commits a fault, here and now. */
export function commit(how: How): unknown {
  switch (how) {
    case 'throw':
      throw new RangeError(THROWN);
    case 'exit 0':
      return process.exit(0);
    case 'exit n':
      return process.exit(EXIT_CODE);
    case 'abort':
      return process.abort();
    case 'SIGKILL':
    case 'SIGSEGV':
    case 'SIGSTOP':
      return signalItself(how);
    case 'heap exhaustion':
      return fillHeap();
    case 'endless loop':
      return loopForEver();
    case 'stack overflow':
      return overflow();
    case 'never settles':
      return new Promise(() => {});
    case 'closes its link':
      return closeLink();
    default:
      return how satisfies never;
  }
}

/** Initializer: commits a fault; with a file, only in the first worker that comes to it. */
export function commitAtStart(how: How, file: string | undefined): unknown {
  if (file === undefined) return commit(how);
  try {
    openSync(file, 'wx');
  } catch {
    return undefined; // Another worker was first.
  }
  return commit(how);
}

/** A value that commits a fault when it is written. */
export function trapForWriter(how: How): object {
  return {
    get property() {
      return commit(how);
    },
  };
}

const REDUCE: unique symbol = Symbol.for('tardigrade.reduce') as never;

/** A value that commits a fault when it is read on the other side. */
export class TrapForReader {
  static readonly [REDUCE] = {
    reduce: ({ how }: TrapForReader): How => how,
    revive: (how: How): unknown => commit(how),
  };

  readonly how: How;

  constructor(how: How) {
    this.how = how;
  }
}

/** Task: gives back what it was given. */
export const echo = (value: unknown): unknown => value;

/** Task: gives what commits a fault while it is written. */
export const giveTrapForWriter = (how: How): object => trapForWriter(how);

/** Task: gives what commits a fault while the host reads it. */
export const giveTrapForReader = (how: How): object => new TrapForReader(how);

/** Task: commits a fault when it has answered, after it has made a file. */
export function commitWhenIdle(how: How, file: string): string {
  setTimeout(() => {
    // What was closed is closed when the file is seen; of most other faults there is no afterwards.
    if (how === 'closes its link') commit(how);
    writeFileSync(file, '');
    if (how !== 'closes its link') void commit(how);
  }, 10);
  return 'answered';
}

/** Task: commits a fault when its worker leaves. */
export function commitAtExit(how: How): string {
  process.on('exit', () => void commit(how));
  return 'answered';
}

/** Whether a file that a fault makes is there. */
export function hasHappened(file: string): boolean {
  return existsSync(file);
}
