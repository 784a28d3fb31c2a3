/**
 * The ledger: a file to which the tasks themselves append what happens to them, one small write a line, so that it is true
 * whatever becomes of the worker, the link and the pool.
 *
 * Rules: uses nothing of the package. The descriptor is opened with O_APPEND, so lines of several workers do not mix.
 */

import fs from 'node:fs';

const { openSync, writeSync } = fs;

/**
 * What a task says of itself: it `begin`s; its work is at its `end`; its answer was written, for the worker's event loop has
 * come round `after` it; it is about to `die`, or to let the worker die that it has already answered.
 */
export const LEDGER_EVENTS = ['begin', 'end', 'after', 'die'] as const;

/** See `LEDGER_EVENTS`. */
export type LedgerEvent = (typeof LEDGER_EVENTS)[number];

/** One line: what happened to one attempt at a task, and in which worker (a process id or a thread id). */
export interface LedgerLine {
  readonly task: number;
  readonly attempt: number;
  readonly event: LedgerEvent;
  readonly worker: number;
}

/** Opens the ledger at its end. */
export function openLedger(path: string): (line: LedgerLine) => void {
  const fd = openSync(path, 'a', 0o600);
  return ({ task, attempt, event, worker }) => {
    writeSync(fd, `${task} ${attempt} ${event} ${worker}\n`);
  };
}

const LINE = /^(\d+) (\d+) (begin|end|after|die) (\d+)$/;

/** Reads the lines of a ledger. Throws at one that nobody would have written. */
export function parseLedger(text: string): LedgerLine[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line of the ledger is torn');
  return lines.map((line) => {
    const [, task, attempt, event, worker] = LINE.exec(line) ?? [];
    if (event === undefined) throw new Error(`the ledger has a line that no task writes: ${line}`);
    return { task: Number(task), attempt: Number(attempt), event: event as LedgerEvent, worker: Number(worker) };
  });
}
