import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSpawnFailure } from '#src/supervision/permission.js';

test('what the permission model denies is told with its flag, anything else as it is', () => {
  const denied = (permission: string) =>
    describeSpawnFailure(Object.assign(new Error('restricted'), { code: 'ERR_ACCESS_DENIED', permission }));
  assert.match(denied('ChildProcess'), /--allow-child-process$/);
  assert.match(denied('WorkerThreads'), /--allow-worker$/);
  assert.equal(denied('FileSystemRead'), 'restricted');
  assert.equal(describeSpawnFailure(new Error('spawn EAGAIN')), 'spawn EAGAIN');
});
