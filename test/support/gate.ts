/**
 * A gate that the host opens for a task, wherever the task runs: a file that vanishes.
 *
 * Rules: workers load this file for `passGate`, so it starts nothing.
 */

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

let serial = 0;

/** A gate, closed at first. */
export interface Gate extends Disposable {
  readonly path: string;
  open(): void;
}

/** Makes a gate; it opens at the latest when its scope is left. */
export function createGate(): Gate {
  serial += 1;
  const path = join(tmpdir(), `gate-${process.pid}-${serial}`);
  writeFileSync(path, '');
  const open = (): void => rmSync(path, { force: true });
  return { path, open, [Symbol.dispose]: open };
}

/** Task: goes on when the gate is open. */
export async function passGate<T>(path: string, value: T): Promise<T> {
  while (existsSync(path)) await delay(2);
  return value;
}

/** Task: the same, without giving way to the worker's event loop. */
export function passGateBlocking<T>(path: string, value: T): T {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (existsSync(path)) Atomics.wait(cell, 0, 0, 2);
  return value;
}

/** Settles when something has come true. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await delay(1);
}
