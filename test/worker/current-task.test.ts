import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentTask, enterTask, leaveTask, RunningTask } from '#src/worker/current-task.js';

function makeTask(id: number): RunningTask {
  return new RunningTask({ id, attempt: 1, workerId: 1, depth: 1, reportProgress: () => {} });
}

test('there is a current task while one runs, and none before and after', () => {
  assert.equal(currentTask(), undefined);
  const task = makeTask(1);
  enterTask(task);
  assert.equal(currentTask(), task.view);
  leaveTask(task);
  assert.equal(currentTask(), undefined);
});

test('one that runs inside of another gives way to it, in whatever order they end', () => {
  const outer = makeTask(1);
  enterTask(outer);
  const inner = makeTask(2);
  enterTask(inner);
  assert.equal(currentTask(), inner.view);
  leaveTask(inner);
  assert.equal(currentTask(), outer.view);
  const second = makeTask(3);
  enterTask(second);
  leaveTask(outer);
  assert.equal(currentTask(), second.view);
  leaveTask(second);
  assert.equal(currentTask(), undefined);
});

test('the signal fires once it is aborted, whether it was looked at before or not', () => {
  const looked = makeTask(1);
  const { signal } = looked;
  assert.equal(signal.aborted, false);
  looked.abort('why');
  assert.deepEqual([signal.aborted, signal.reason, looked.signal === signal], [true, 'why', true]);
  const unlooked = makeTask(2);
  unlooked.abort('early');
  assert.equal(unlooked.signal.reason, 'early');
});
