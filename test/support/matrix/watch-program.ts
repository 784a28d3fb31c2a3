/**
 * Plays a cell of the fault matrix in a program of its own, and checks how that ends: as the table says, and with nothing
 * left of it, neither a process nor a file. If it goes on, everything in it must be right.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createGate } from '../gate.js';
import type { Cell, Outcome, ProgramEnd } from './cells.js';
import type { Results } from './program.js';
import { createMarker } from './stages.js';

const script = fileURLToPath(new URL('program.js', import.meta.url));
/** What is promised is a second; the rest is for a busy machine. */
const GRACE_MS = 5000;

let serial = 0;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // The process has ended.
  }
}

/** The living processes with this in their environment. */
function findMarked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .filter((pid) => !/^\d+ \(.*\) [ZX] /s.test(read(`/proc/${pid}/stat`)))
    .map(Number);
}

/** Plays a cell; `outcome` says how the program ends. */
export async function watchProgram(cell: Cell, outcome: Outcome): Promise<void> {
  assert.ok(outcome.costs === 'the program');
  using gate = createGate();
  using marker = createMarker();
  serial += 1;
  const mark = `TARDIGRADE_TEST_CELL=${process.pid}-${serial}`;
  const program = startProgram(cell, { paths: [gate.path, marker.path], mark });
  const { pid } = program.process as { pid: number };
  try {
    await program.ready;
    if (outcome.ends.by === 'kill') process.kill(pid, 'SIGKILL');
    if (outcome.ends.by === 'itself, once continued') {
      gate.open();
      while (!program.hasEnded()) {
        // Each of several threads may stop it.
        if (/\) T /.test(read(`/proc/${pid}/stat`))) process.kill(pid, 'SIGCONT');
        await delay(5);
      }
    }
    checkEnd(outcome.ends, { ...(await program.end), size: cell.size });
    const endMs = performance.now() + GRACE_MS;
    while (findMarked(mark).length > 0 && performance.now() < endMs) await delay(20);
    assert.deepEqual(findMarked(mark), []);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`tardigrade-${pid}-`)),
      [],
    );
  } finally {
    for (const left of findMarked(mark)) process.kill(left, 'SIGKILL');
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

function startProgram(cell: Cell, { paths, mark }: { readonly paths: readonly string[]; readonly mark: string }) {
  const [name, value] = mark.split('=') as [string, string];
  const limit = cell.how === 'heap exhaustion' ? ['--max-old-space-size=40'] : [];
  const program: ChildProcess = spawn(process.execPath, [...limit, script, JSON.stringify(cell), ...paths], {
    env: { ...process.env, [name]: value, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const end = once(program, 'close').then(([code, signal]): Ended => ({ code, signal, output }));
  const hasEnded = (): boolean => program.exitCode !== null || program.signalCode !== null;
  const isReady = (): boolean => output.includes('ready\n') || hasEnded();
  const ready = (async () => {
    while (!isReady()) await delay(2);
  })();
  return { process: program, ready, end, hasEnded };
}

function checkEnd(expected: ProgramEnd, { code, signal, output, size }: Ended & { readonly size: number }): void {
  switch (expected.by) {
    case 'code':
      assert.deepEqual([code, signal], [expected.code, null], output);
      return;
    case 'signal':
      assert.ok(expected.signals.includes(String(signal)), `${code} ${signal} ${output}`);
      return;
    case 'kill':
      assert.equal(signal, 'SIGKILL', output);
      return;
    case 'itself, once continued': {
      assert.deepEqual([code, signal], [0, null], output);
      const results = JSON.parse(output.slice('ready\n'.length)) as Results;
      assert.deepEqual({ ...results, beside: size === 1 ? 'beside' : (results.beside ?? 'beside') }, {
        trap: 'fulfilled',
        behind: [1, 2, 3],
        beside: 'beside',
        lost: 0,
      } satisfies Results);
      return;
    }
    default:
      expected satisfies never;
  }
}
