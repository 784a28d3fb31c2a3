/**
 * Every way in which a program can end, with idle workers, with busy ones, and with what those have started: nothing is left.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../test/fixtures/raw/faults/ends.mjs', import.meta.url));
/** Promise 4 gives a worker one second, of time that the machine has for others, too. */
const GRACE = { turns: 100, turnMs: 10 } as const;

/**
 * A process beside the others that answers a byte with a byte. A hundred turns of ten milliseconds and such an answer are a second
 * on a machine that has nothing else to do, and longer by as much as any process has to wait for its turn on a busy one.
 */
function createYardstick() {
  const cat = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  return {
    async turn(): Promise<void> {
      const answered = once(cat.stdout, 'data');
      cat.stdin.write('.');
      await Promise.all([answered, delay(GRACE.turnMs)]);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      const exited = once(cat, 'exit');
      cat.stdin.end();
      await exited;
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It is gone.
  }
}

function findMarked(mark: string): string[] {
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      read(`/proc/${pid}/environ`).split('\0').includes(mark) &&
      !/^\d+ \(.*\) Z /s.test(read(`/proc/${pid}/stat`)),
  );
}

function findFiles(pid: number | undefined): string[] {
  return [tmpdir(), '/dev/shm'].flatMap((folder) =>
    readdirSync(folder).filter((name) => name.startsWith(`tardigrade-${pid}-`)),
  );
}

const ENDS = {
  return: { code: 0 },
  throw: { code: 1 },
  rejection: { code: 1 },
  exit: { code: 3 },
  abort: { signal: 'SIGABRT' },
  SIGINT: { signal: 'SIGINT' },
  SIGTERM: { signal: 'SIGTERM' },
  SIGKILL: { signal: 'SIGKILL' },
} as const satisfies Record<string, { readonly code?: number; readonly signal?: string }>;

const LOADS = ['idle', 'busy', 'grandchildren', 'nested', 'threads'] as const;

async function runToEnd(end: keyof typeof ENDS, load: (typeof LOADS)[number]): Promise<void> {
  const name = `TARDIGRADE_TEST_END_${process.pid}`;
  const mark = `${name}=${end}-${load}`;
  await using yardstick = createYardstick();
  const env = { ...process.env, [name]: `${end}-${load}`, NODE_TEST_CONTEXT: undefined };
  const host = spawn(process.execPath, [script, end, load], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(host, 'exit');
  await once(host.stdout, 'data');
  if (end.startsWith('SIG')) host.kill(end as NodeJS.Signals);
  const [code, signal] = await exited;
  const wanted: { readonly code?: number; readonly signal?: string } = ENDS[end];
  assert.deepEqual([code, signal], [wanted.code ?? null, wanted.signal ?? null]);
  for (let turn = 0; turn < GRACE.turns && findMarked(mark).length > 0; turn += 1) await yardstick.turn();
  const left = findMarked(mark);
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  assert.deepEqual(left, []);
  assert.deepEqual(findFiles(host.pid), []);
}

for (const end of Object.keys(ENDS) as (keyof typeof ENDS)[]) {
  test(`a program that ends by ${end} leaves nothing, whatever its workers do (faults 49, faults 62, faults 272)`, async () => {
    // A pool with work keeps the program alive, so one that returns is idle.
    for (const load of LOADS) if (end !== 'return' || load === 'idle') await runToEnd(end, load);
  });
}
