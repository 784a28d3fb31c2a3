import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { killTree } from '#src/supervision/process-tree.js';

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a process and what it started end together, also when it is gone already', async () => {
  // The shell prints the number of what it started, and waits; or leaves it behind.
  for (const after of ['wait', 'exit 0']) {
    const leader = spawn('/bin/sh', ['-c', `sleep 1000 >/dev/null & echo $!; ${after}`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(leader.stdout, 'data')) as [Buffer];
    const child = Number(line.toString());
    assert.ok(isAlive(child));
    if (after === 'exit 0') await once(leader, 'exit');
    killTree(leader.pid as number);
    if (after === 'wait') await once(leader, 'exit');
    while (isAlive(child)) await new Promise(setImmediate);
  }
});

test('killing what does not exist is no error', () => {
  killTree(2 ** 22 + 12345);
});
