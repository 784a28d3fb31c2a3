/**
 * Where little is allowed: the permission model of Node, and machines whose shared memory is full or absent.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../test/fixtures/raw/faults/few-rights.mjs', import.meta.url));
const model = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
const READ_ONLY = ['--no-warnings', model, '--allow-fs-read=*'];

interface Answer {
  readonly answer: unknown;
  readonly stderr: string;
}

function start(command: readonly string[]): Answer {
  const [program, ...args] = command as [string, ...string[]];
  const env = { ...process.env, NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined };
  const { stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 300_000 });
  assert.notEqual(stdout, '', stderr);
  return { answer: JSON.parse(stdout), stderr };
}

function run(flags: readonly string[], kind: 'process' | 'thread', scenario: string): Answer {
  return start([process.execPath, ...flags, script, kind, scenario]);
}

const PROCESSES = [...READ_ONLY, '--allow-child-process'];

test('with --permission, processes need --allow-child-process and no right to write', () => {
  assert.deepEqual(run(PROCESSES, 'process', 'works'), { answer: [42], stderr: '' });
});

test('with --permission, threads need --allow-worker and no right to write', () => {
  assert.deepEqual(run([...READ_ONLY, '--allow-worker'], 'thread', 'works'), { answer: [42], stderr: '' });
});

test('without its flag, a pool fails and names the flag', () => {
  for (const [kind, flag] of [
    ['process', '--allow-child-process'],
    ['thread', '--allow-worker'],
  ] as const) {
    const [failure] = run(READ_ONLY, kind, 'fails').answer as [string];
    assert.match(
      failure,
      new RegExp(`^BrokenExecutorError: .*the permission model denies .* allow them with ${flag}$`),
    );
  }
});

test('workers have the rights of their host and no more', () => {
  assert.deepEqual(run(PROCESSES, 'process', 'rights').answer, [false]);
  assert.deepEqual(run([...READ_ONLY, '--allow-worker'], 'thread', 'rights').answer, [false]);
});

test('where nothing can be taken back from workers, a task that dies is lost once, and costs no other', () => {
  assert.deepEqual(run(PROCESSES, 'process', 'dies').answer, ['TerminatedWorkerError', 1, 8]);
});

test('where nothing can be taken back from workers, no task waits behind another one', () => {
  assert.deepEqual(run(PROCESSES, 'process', 'overtakes').answer, [100, 'CancelledError']);
});

test('with the right to write there, the claims stand in shared memory', () => {
  const flags = [...PROCESSES, '--allow-fs-write=/dev/shm/*', `--allow-fs-write=${tmpdir()}/*`];
  assert.deepEqual(run(flags, 'process', 'claims').answer, ['/dev/shm/']);
});

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;
const needsMount = { skip: !canMount && 'this user may not mount a file system of its own' };

function runMounted(mount: string, folder: string): Answer {
  const command = `${mount} && exec "$0" "$@"`;
  const env = ['env', `TMPDIR=${folder}`];
  return start(['unshare', '-m', 'sh', '-c', command, ...env, process.execPath, script, 'process', 'claims']);
}

const FULL = 'mount -t tmpfs -o size=4k tmpfs /dev/shm && head -c 4096 /dev/zero > /dev/shm/all';
const READ_ONLY_SHM = 'mount -t tmpfs -o ro tmpfs /dev/shm';

test('shared memory that is full or cannot be written is passed over for the temporary folder', needsMount, () => {
  for (const mount of [FULL, READ_ONLY_SHM]) {
    assert.deepEqual(runMounted(mount, tmpdir()), { answer: [`${tmpdir()}/`], stderr: '' });
  }
});

test('a machine on which no file can be made runs tasks all the same', needsMount, () => {
  assert.deepEqual(runMounted(FULL, '/nonexistent'), { answer: [], stderr: '' });
});
