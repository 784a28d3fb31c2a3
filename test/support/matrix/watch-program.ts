/**
 * Plays a cell of the fault matrix in a program of its own, and checks how that ends: as the table says, and with nothing
 * left of it, neither a process nor a file. If it goes on, everything in it must be right.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createGate } from '../gate.js';
import { type Ended, isStopped, startProgram } from '../programs.js';
import type { Cell, Outcome, ProgramEnd } from './cells.js';
import type { Results } from './program.js';
import { createMarker } from './stages.js';

const script = fileURLToPath(new URL('program.js', import.meta.url));
const READY = 'ready\n';

/** Plays a cell; `outcome` says how the program ends. */
export async function watchProgram(cell: Cell, outcome: Outcome): Promise<void> {
  assert.ok(outcome.costs === 'the program');
  using gate = createGate();
  using marker = createMarker();
  const limit = cell.how === 'heap exhaustion' ? ['--max-old-space-size=40'] : [];
  const program = startProgram([...limit, script, JSON.stringify(cell), gate.path, marker.path]);
  try {
    await program.printed(READY);
    if (outcome.ends.by === 'kill') process.kill(program.pid, 'SIGKILL');
    if (outcome.ends.by === 'itself, once continued') {
      gate.open();
      while (!program.hasEnded()) {
        // Each of several threads may stop it.
        if (isStopped(program.pid)) process.kill(program.pid, 'SIGCONT');
        await delay(5);
      }
    }
    checkEnd(outcome.ends, await program.end, cell);
    await program.assertNothingLeft();
  } finally {
    program.sweep();
  }
}

function checkEnd(expected: ProgramEnd, { code, signal, stdout, stderr }: Ended, { size, where }: Cell): void {
  switch (expected.by) {
    case 'code':
      assert.deepEqual([code, signal], [expected.code, null], stderr);
      return;
    case 'signal':
      assert.ok(expected.signals.includes(String(signal)), `${code} ${signal} ${stderr}`);
      return;
    case 'kill':
      assert.equal(signal, 'SIGKILL', stderr);
      return;
    case 'itself, once continued': {
      assert.deepEqual([code, signal], [0, null], stderr);
      const results = JSON.parse(stdout.slice(READY.length)) as Results;
      const besides = size > 1 && !where.startsWith('start-up') ? { beside: 'beside' } : {};
      assert.deepEqual(results, { trap: 'fulfilled', behind: [1, 2, 3], ...besides, lost: 0 } satisfies Results);
      return;
    }
    default:
      expected satisfies never;
  }
}
