/**
 * Programs that tests start and watch: a process with a mark that all which it starts inherits, so that what it leaves
 * behind can be found.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** What is promised is a second; the rest is for a busy machine. */
const GRACE_MS = 15_000;

let serial = 0;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that was started. */
export interface Program {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Settles when it has printed this, or ended. */
  printed(text: string): Promise<void>;
  hasEnded(): boolean;
  readonly end: Promise<Ended>;
  /** Fails if it, or what it started, is alive in a while, or a temporary file of it is left; ends what is. */
  assertNothingLeft(): Promise<void>;
  /** Ends what is left of it. */
  sweep(): void;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // The process has ended.
  }
}

/** Whether a process is stopped by a signal. */
export function isStopped(pid: number): boolean {
  return /\) T /.test(read(`/proc/${pid}/stat`));
}

/** The living processes with this in their environment. */
function findMarked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .filter((pid) => !/^\d+ \(.*\) [ZX] /s.test(read(`/proc/${pid}/stat`)))
    .map(Number);
}

/** Starts Node with these arguments. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  serial += 1;
  const mark = `${process.pid}-${serial}`;
  const program = spawn(process.execPath, args, {
    env: { ...process.env, ...env, TARDIGRADE_TEST_PROGRAM: mark, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const end = once(program, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }));
  const hasEnded = (): boolean => program.exitCode !== null || program.signalCode !== null;
  const left = (): number[] => findMarked(`TARDIGRADE_TEST_PROGRAM=${mark}`);
  const pid = program.pid as number;
  const sweep = (): void => {
    for (const one of left()) process.kill(one, 'SIGKILL');
  };
  return {
    pid,
    process: program,
    end,
    hasEnded,
    sweep,
    async printed(text) {
      while (!stdout.includes(text) && !hasEnded()) await delay(2);
    },
    async assertNothingLeft() {
      const endMs = performance.now() + GRACE_MS;
      while (left().length > 0 && performance.now() < endMs) await delay(20);
      const commands = left().map((one) => read(`/proc/${one}/cmdline`).replaceAll('\0', ' '));
      sweep();
      assert.deepEqual(commands, []);
      const files = readdirSync(tmpdir()).filter((name) => name.startsWith(`tardigrade-${pid}-`));
      assert.deepEqual(files, []);
    },
  };
}
