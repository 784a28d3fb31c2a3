/** Workers as processes of the machine: what they inherit, what they show of themselves, and how they go. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SerializationError, ShutdownExecutorError, TerminatedWorkerError } from 'tardigrade';
import { killTree } from '#src/supervision/process-tree.js';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';
import { startProgram } from '../support/programs.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../test/fixtures/raw/faults/${name}`, import.meta.url));

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

poolTest('a worker, and what a task starts, find nothing to read on stdin (faults 71)', async ({ open }) => {
  const readBoth = async (): Promise<string[]> => {
    const { execFileSync: run } = await import('node:child_process');
    const below = run('cat', { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' });
    let own = '';
    for await (const chunk of process.stdin) own += String(chunk);
    return [below, own];
  };
  const pool = open();
  assert.deepEqual(await pool.submit(readBoth), ['', '']);
  assert.equal(await pool.submit(() => 'works'), 'works');
});

poolTest('workers show themselves as long as they live, and no longer (faults 202, faults 206)', async ({ open }) => {
  using gate = createGate();
  const pool = open({ maxWorkers: 2 });
  assert.deepEqual(pool.workers, []);
  const running = [1, 2].map((n) => pool.submit(passGate, gate.path, n));
  assert.deepEqual(
    pool.workers.map(({ state }) => state),
    ['starting', 'starting'],
  );
  await until(() => running.every((future) => future.running()));
  const { workers } = pool;
  assert.deepEqual(
    workers.map(({ id, state, tasksDone }) => ({ id, state, tasksDone })),
    [1, 2].map((id) => ({ id, state: 'busy', tasksDone: 0 })),
  );
  gate.open();
  await Promise.all(running);
  const pids = workers.map(({ pid }) => pid as number);
  assert.equal(pids.every(isAlive), true);
  await pool.shutdown();
  assert.deepEqual(pool.workers, []);
  assert.equal(pids.some(isAlive), false);
});

poolTest(
  'a worker has the environment of when it was started, with env laid over it (faults 203)',
  async ({ open }) => {
    const read = (): (string | undefined)[] => [process.env.SET_BEFORE, process.env.LAID_OVER];
    process.env.SET_BEFORE = 'early';
    process.env.LAID_OVER = 'early';
    try {
      const pool = open({ env: { LAID_OVER: 'own' } });
      assert.deepEqual(await pool.submit(read), ['early', 'own']);
      process.env.SET_BEFORE = 'late';
      assert.deepEqual(await pool.submit(read), ['early', 'own']);
      await pool.submit(() => {
        process.env.SET_BEFORE = "the worker's";
      });
      assert.equal(process.env.SET_BEFORE, 'late');
    } finally {
      delete process.env.SET_BEFORE;
      delete process.env.LAID_OVER;
    }
  },
);

poolTest('a socket is refused as an argument, and its place is told (faults 204)', async ({ open }) => {
  const server = createServer();
  const pool = open();
  await assert.rejects(pool.submit((_: unknown) => 1, { server }).result(), (error: unknown) => {
    assert.ok(error instanceof SerializationError);
    assert.match(error.message, /args\[0\]\.server/);
    return true;
  });
  assert.equal(await pool.submit(() => 'works'), 'works');
});

poolTest('a worker that ignores SIGTERM in an endless loop is ended (faults 205)', async ({ open }) => {
  const pool = open();
  const pid = await pool.submit(() => {
    process.on('SIGTERM', () => {});
    return process.pid;
  });
  const endless = pool.submit(() => {
    for (;;);
  });
  const error = endless.exception();
  await until(() => endless.running());
  process.kill(pid, 'SIGTERM');
  assert.equal(isAlive(pid), true);
  await pool.shutdown({ killWorkers: true });
  assert.ok((await error) instanceof ShutdownExecutorError);
  assert.equal(isAlive(pid), false);
});

poolTest('the end of a worker by SIGTERM is told, with the signal (faults 207)', async ({ open }) => {
  const pool = open();
  const told: unknown[] = [];
  const listener = (event: unknown): void => void told.push((event as { signal: unknown }).signal);
  channel('tardigrade:worker:lost').subscribe(listener);
  try {
    const waiting = pool.submit(() => new Promise(() => setInterval(() => {}, 1000)));
    const error = waiting.exception();
    await until(() => waiting.running());
    process.kill(pool.workers[0]?.pid as number, 'SIGTERM');
    assert.ok((await error) instanceof TerminatedWorkerError);
    assert.deepEqual(told, ['SIGTERM']);
  } finally {
    channel('tardigrade:worker:lost').unsubscribe(listener);
  }
});

poolTest('a worker gets its own descriptors and no other of the host (faults 208)', async ({ open }) => {
  const before = readdirSync('/proc/self/fd').length;
  const file = openSync('/proc/self/status', 'r');
  const server = createServer().listen(0);
  await once(server, 'listening');
  const pool = open();
  const list = async (): Promise<string[]> => {
    const fs = await import('node:fs');
    return fs.readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  };
  const theirs = await pool.submit(list);
  const onlyMine = [linkOf(file), socketOf(server)];
  assert.deepEqual(
    onlyMine.map((link) => link.length > 0 && theirs.includes(link)),
    [false, false],
  );
  // The three of every program, the two of its link, and the claims.
  assert.equal(theirs.filter((link) => !link.startsWith('anon_inode:')).length >= 5, true);
  closeSync(file);
  server.close();
  await once(server, 'close');
  await pool.shutdown();
  await until(() => readdirSync('/proc/self/fd').length <= before);
});

function linkOf(fd: number): string {
  return readlinkSync(`/proc/self/fd/${fd}`);
}

function socketOf(server: object): string {
  const { fd } = (server as { _handle: { fd: number } })._handle;
  return linkOf(fd);
}

test('a script that begins its work at once begins it once (faults 58, faults 209)', async () => {
  const program = startProgram([fixture('no-guard.mjs')]);
  const { code, stdout, stderr } = await program.end;
  assert.deepEqual([code, stdout, stderr], [0, 'begins\n42 82\n', '']);
  await program.assertNothingLeft();
});

test('an error in a pool of a task reaches the program, without any noise (faults 75)', async () => {
  const program = startProgram([fixture('nested-error.mjs')]);
  const { code, stdout, stderr } = await program.end;
  assert.deepEqual([code, stdout, stderr], [0, 'true from below\n', '']);
  await program.assertNothingLeft();
});

test('a pool whose workers cannot be started or succeeded breaks, and a later one works (faults 171, faults 280)', async () => {
  const program = startProgram([fixture('no-descriptors.mjs')]);
  const { code, stdout, stderr } = await program.end;
  assert.deepEqual([code, stderr], [0, '']);
  const { ends, state, next } = JSON.parse(stdout) as { ends: string[]; state: string; next: string };
  assert.deepEqual([ends[0], ends.at(-1), state, next], ['fine', 'BrokenExecutorError', 'broken', 'works']);
  for (const end of ends) assert.ok(end === 'fine' || end === 'BrokenExecutorError', end);
  await program.assertNothingLeft();
});

test('a tree of five processes, each started by the one above, ends as one (faults 210)', async () => {
  const script = 'if [ "$1" -gt 1 ]; then sh -c "$0" "$0" $(($1 - 1)) & fi; echo $$; sleep 1000 >/dev/null';
  const leader = spawn('/bin/sh', ['-c', script, script, '5'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  leader.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const pids = (): number[] => printed.trim().split('\n').filter(Boolean).map(Number);
  await until(() => pids().length === 5);
  assert.equal(pids().every(isAlive), true);
  killTree(leader.pid as number);
  await until(() => !pids().some(isAlive));
});

poolTest('native threads of the host and of workers get along (faults 212)', async ({ open }) => {
  const { pbkdf2 } = await import('node:crypto');
  const hash = (): Promise<number> =>
    new Promise((resolve, reject) => {
      pbkdf2('a', 'b', 1000, 64, 'sha512', (error, key) => (error === null ? resolve(key.length) : reject(error)));
    });
  const hashThere = async (): Promise<number> => {
    const crypto = await import('node:crypto');
    const all = Array.from(
      { length: 8 },
      () =>
        new Promise<number>((resolve, reject) => {
          crypto.pbkdf2('a', 'b', 1000, 64, 'sha512', (error, key) => (error ? reject(error) : resolve(key.length)));
        }),
    );
    return (await Promise.all(all)).length;
  };
  const pool = open({ maxWorkers: 2 });
  const before = await Promise.all(Array.from({ length: 8 }, hash));
  const [mine, theirs] = await Promise.all([hash(), Promise.all([pool.submit(hashThere), pool.submit(hashThere)])]);
  assert.deepEqual([before.length, mine, theirs], [8, 64, [8, 8]]);
});
