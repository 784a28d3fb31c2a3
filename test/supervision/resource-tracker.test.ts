import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createKeepAlive } from '#src/base/clock.js';
import { trackerGone, trackWorker, untrackWorker } from '#src/supervision/resource-tracker.js';

// Neither a tracker nor the wait for its end keeps a program alive.
const keepAlive = createKeepAlive();
before(() => keepAlive.hold());
after(() => keepAlive.close());

function startSleeper(): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  return child as ChildProcess & { pid: number };
}

/** The trackers that this process has started. */
function findTrackers(): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const [, state, parent] = /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return state !== 'Z' && parent === String(process.pid) && command.startsWith('/bin/sh\0-c');
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function untilTrackers(count: number): Promise<void> {
  while (findTrackers().length !== count) await new Promise(setImmediate);
}

test('one tracker serves all workers, and goes with the last', async () => {
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

test('a tracker that was killed is replaced at the next worker, and told of all', async () => {
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
