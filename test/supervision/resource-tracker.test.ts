import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createKeepAlive } from '#src/base/clock.js';
import { FILE_FOLDERS, nameHostFile } from '#src/supervision/host-files.js';
import { trackerGone, trackFile, trackWorker, untrackFile, untrackWorker } from '#src/supervision/resource-tracker.js';

// Neither a tracker nor the wait for its end keeps a program alive.
const keepAlive = createKeepAlive();
before(() => keepAlive.hold());
after(() => keepAlive.close());

function startSleeper(): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  return child as ChildProcess & { pid: number };
}

/** The trackers that a process, by default this one, has started. */
function findTrackers(host: number = process.pid): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return state !== 'Z' && parent === String(host) && command.startsWith('/bin/sh\0-c');
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function untilTrackers(count: number): Promise<void> {
  while (findTrackers().length !== count) await new Promise(setImmediate);
}

test('one tracker serves all workers, and goes with the last (faults 214)', async () => {
  const sleepers = [startSleeper(), startSleeper()] as const;
  for (const { pid } of sleepers) trackWorker(pid);
  await untilTrackers(1);
  for (const sleeper of sleepers) {
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
    assert.equal(findTrackers().length, 1);
    untrackWorker(sleeper.pid);
  }
  await trackerGone();
  assert.deepEqual(findTrackers(), []);
});

test('a tracker that was killed is replaced at the next worker, and told of all (faults 217)', async () => {
  const sleepers = [startSleeper(), startSleeper()] as const;
  trackWorker(sleepers[0].pid);
  await untilTrackers(1);
  process.kill(findTrackers()[0] as number, 'SIGKILL');
  await untilTrackers(0);
  // Its end is heard of in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 50));
  trackWorker(sleepers[1].pid);
  await untilTrackers(1);
  for (const sleeper of sleepers) {
    sleeper.kill('SIGKILL');
    untrackWorker(sleeper.pid);
  }
  await trackerGone();
  assert.deepEqual(findTrackers(), []);
});

test('nothing is waited for when there is no tracker', async () => {
  await trackerGone();
});

test('a file is known once, however often it is named, and forgotten at the first word (faults 216)', async () => {
  const name = nameHostFile('.twice');
  trackFile(name);
  trackFile(name);
  await untilTrackers(1);
  untrackFile(name);
  await trackerGone();
  assert.deepEqual(findTrackers(), []);
  untrackFile(name);
  await trackerGone();
});

/** Starts a process that does something with the tracker, says so, and waits to be killed. */
async function startHost(source: string): Promise<ChildProcess & { pid: number }> {
  const tracker = import.meta.resolve('#src/supervision/resource-tracker.js');
  const names = import.meta.resolve('#src/supervision/host-files.js');
  const code = `
    import { trackFile, trackWorker } from ${JSON.stringify(tracker)};
    import { FILE_FOLDERS, nameHostFile } from ${JSON.stringify(names)};
    import { mkdirSync, writeFileSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    import { join } from 'node:path';
    ${source}
    setInterval(() => {}, 1000);`;
  const host = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(host.stdout as NodeJS.ReadableStream, 'data');
  return host as unknown as ChildProcess & { pid: number };
}

function filesOf(pid: number): string[] {
  return FILE_FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.startsWith(`tardigrade-${pid}-`))
      .map((name) => join(folder, name)),
  );
}

async function untilNoFilesOf(pid: number): Promise<void> {
  while (filesOf(pid).length > 0) await new Promise(setImmediate);
}

const MAKE_FILES = `
  const memory = join(FILE_FOLDERS[0], nameHostFile('.data'));
  const folder = join(FILE_FOLDERS[1], nameHostFile(' with "spaces" *'));
  trackFile(memory);
  trackFile(folder);
  writeFileSync(memory, 'large');
  mkdirSync(join(folder, 'within'), { recursive: true });
`;

test('files of a host that was killed are removed, folders too (faults 215)', async () => {
  const host = await startHost(`${MAKE_FILES} console.log('ready');`);
  assert.equal(filesOf(host.pid).length, 2);
  host.kill('SIGKILL');
  await untilNoFilesOf(host.pid);
});

test('files of a host that ends by itself are removed by itself (faults 215)', async () => {
  const host = await startHost(`${MAKE_FILES} console.log('ready'); process.exit();`);
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  assert.deepEqual(filesOf(host.pid), []);
});

test('what a host and its tracker have left, both killed, is removed by the next one (faults 215, faults 217)', async () => {
  const host = await startHost(`${MAKE_FILES} console.log('ready');`);
  const [tracker] = findTrackers(host.pid);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(tracker as number, signal);
  process.kill(host.pid, 'SIGSTOP');
  process.kill(tracker as number, 'SIGKILL');
  host.kill('SIGKILL');
  await once(host, 'exit');
  assert.equal(filesOf(host.pid).length, 2, 'nobody is there to remove them');
  const mine = join(FILE_FOLDERS[1], nameHostFile('.kept'));
  const elsewhere = join(FILE_FOLDERS[1], `tardigrade-${host.pid}-1-1-1.other-namespace`);
  writeFileSync(elsewhere, '');
  trackFile(mine);
  writeFileSync(mine, '');
  while (filesOf(host.pid).length > 1) await new Promise(setImmediate);
  assert.deepEqual(filesOf(host.pid), [elsewhere], 'it may be alive, in another container');
  assert.deepEqual(filesOf(process.pid), [mine], 'the owner lives');
  rmSync(mine);
  rmSync(elsewhere);
  untrackFile(mine);
  await trackerGone();
});

test('a tracker ends what a dead host has started, and what that has started apart from it', async () => {
  const host = await startHost(`
    const grandchild = "require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();";
    const child = spawn(process.execPath, ['-e', grandchild + "console.log(1); setInterval(() => {}, 1000)"], {
      detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TRACKER_TEST: String(process.pid) },
    });
    trackWorker(child.pid);
    child.stdout.once('data', () => console.log('ready'));`);
  const marked = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        const isDead = /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        return !isDead && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TRACKER_TEST=${host.pid}`);
      } catch {
        return false;
      }
    });
  assert.equal(marked().length, 2);
  host.kill('SIGKILL');
  while (marked().length > 0) await new Promise(setImmediate);
});
