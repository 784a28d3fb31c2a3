/**
 * How programs end: whole host scripts in processes of their own.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../test/fixtures/raw/faults/program.mjs', import.meta.url));
const mark = `TARDIGRADE_TEST_PROGRAM=${process.pid}`;
let serial = 0;

interface Program {
  readonly host: ChildProcess;
  readonly file: string;
  /** Settles with the first line that it prints. */
  firstLine(): Promise<Record<string, unknown>>;
  /** Settles when it has ended. */
  end(): Promise<{
    code: number | null;
    signal: string | null;
    lines: Record<string, unknown>[];
    stderr: string;
    written: string;
  }>;
}

function start(mode: string): Program {
  serial += 1;
  const file = join(tmpdir(), `program-${process.pid}-${serial}`);
  const [name, value] = mark.split('=') as [string, string];
  const env = { ...process.env, [name]: value, NODE_TEST_CONTEXT: undefined };
  const host = spawn(process.execPath, [script, mode, file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  host.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  host.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<[number | null, string | null]>((resolve) => {
    host.once('close', (code, signal) => resolve([code, signal]));
  });
  const lines = (): Record<string, unknown>[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    host,
    file,
    async firstLine() {
      while (!stdout.includes('\n')) await delay(2);
      return lines()[0] as Record<string, unknown>;
    },
    async end() {
      const [code, signal] = await closed;
      const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
      rmSync(file, { force: true });
      return { code, signal, lines: lines(), stderr, written };
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The process has ended.
  }
}

function findLeftProcesses(): string[] {
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      read(`/proc/${pid}/environ`).split('\0').includes(mark) &&
      !/^\d+ \(.*\) Z /s.test(read(`/proc/${pid}/stat`)),
  );
}

/** Promise 4 gives a worker one second; the rest is for a busy machine. */
const GRACE_MS = 15_000;

async function assertNothingLeft(host: ChildProcess): Promise<void> {
  const endMs = performance.now() + GRACE_MS;
  while (findLeftProcesses().length > 0 && performance.now() < endMs) await delay(10);
  const left = findLeftProcesses();
  const commands = left.map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
  // A busy worker would keep this file's own end waiting, too.
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  assert.deepEqual(commands, []);
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith(`tardigrade-${host.pid}-`)),
    [],
  );
}

async function runToEnd(mode: string): Promise<Awaited<ReturnType<Program['end']>>> {
  const program = start(mode);
  const ended = await program.end();
  await assertNothingLeft(program.host);
  return ended;
}

test('a program that ends without awaiting runs everything that it submitted (faults 81)', async () => {
  const { code, written, stderr } = await runToEnd('ends with queued tasks');
  assert.deepEqual(written.split('\n').sort(), ['', '0', '1', '2', '3', '4', '5', '6', '7']);
  assert.deepEqual([code, stderr], [0, '']);
});

test('a program that shuts down without waiting finishes what runs (faults 90)', async () => {
  const { code, written, stderr } = await runToEnd('shuts down without waiting');
  assert.deepEqual([code, written, stderr], [0, 'apple\n', '']);
});

test('an idle pool does not keep its program alive, and its workers go with it (faults 266)', async () => {
  const { code, lines, stderr } = await runToEnd('has an idle pool');
  assert.deepEqual([code, stderr, lines.length], [0, '', 1]);
});

test('a program that cancels what is pending and ends runs only what had begun (faults 161)', async () => {
  const { code, written, lines, stderr } = await runToEnd('cancels what is pending');
  assert.deepEqual([code, written, stderr], [0, 'running\n', '']);
  assert.deepEqual(lines, [{ error: 'AbortError' }, { error: 'AbortError' }, { error: 'AbortError' }]);
});

test('a task that is submitted while the program exits never runs, and nothing hangs (faults 160, faults 173)', async () => {
  const { code, written, stderr } = await runToEnd('submits when it exits');
  assert.deepEqual([code, written, stderr], [0, '', '']);
});

test("a task that is submitted in 'beforeExit' runs (faults 285)", async () => {
  const { code, written, stderr } = await runToEnd('submits before it exits');
  assert.deepEqual([code, written, stderr], [0, 'in time\n', '']);
});

test('process.exit() with busy workers ends them, with the code that was given (faults 285)', async () => {
  const { code, stderr } = await runToEnd('exits with work pending');
  assert.deepEqual([code, stderr], [3, '']);
});

test('an error that nobody catches ends the host and its busy workers', async () => {
  const { code, stderr } = await runToEnd('throws');
  assert.equal(code, 1);
  assert.match(stderr, /nobody catches this/);
});

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`a host that ends by ${signal} leaves no worker, though all are in endless loops (faults 272, faults 49)`, async () => {
    const program = start('waits to be killed');
    const { pids } = (await program.firstLine()) as { pids: number[] };
    assert.equal(pids.length, 2);
    program.host.kill(signal);
    await assertNothingLeft(program.host);
    assert.equal((await program.end()).signal, signal);
  });
}
