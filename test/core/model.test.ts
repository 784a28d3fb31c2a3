import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord, WorkerRecord } from '#src/core/model.js';
import { addWorker, settle, stepTask, stepWorker } from '#src/core/model.js';
import { Dialogue } from './dialogue.js';

function withTask(): { talk: Dialogue; task: TaskRecord; worker: WorkerRecord } {
  const talk = new Dialogue({ idleTimeoutMs: 7 });
  talk.warmUp({ timeoutMs: 50 });
  const task = talk.model.tasks.get(2) as TaskRecord;
  return { talk, task, worker: task.worker as WorkerRecord };
}

test('a settled task stands nowhere: no list, no bytes, no timer', () => {
  const { talk, task, worker } = withTask();
  const model = { ...talk.model, out: [] };
  settle(model, task, { kind: 'finished', failed: false });
  assert.deepEqual(model.out, [
    { kind: 'stop-timer', timer: 'timeout:2' },
    { kind: 'settle', task: 2, verdict: { kind: 'finished', failed: false } },
  ]);
  assert.deepEqual([worker.tasks.length, worker.heldBytes, model.tasks.size, model.counters.done], [0, 0, 0, 2]);
  assert.throws(() => settle(model, task, { kind: 'cancelled' }), /Illegal step: settle in state settled/);
});

test('the roster counts workers by their state, and lists the idle ones in the order of their use', () => {
  const talk = new Dialogue({ idleTimeoutMs: 7 });
  const model = { ...talk.model, out: [] };
  const [first, second] = [addWorker(model), addWorker(model)];
  stepWorker(model, second, 'get-ready');
  stepWorker(model, first, 'get-ready');
  assert.deepEqual(model.idle, [second, first]);
  assert.equal(model.census.idle, 2);
  stepWorker(model, second, 'leave');
  assert.deepEqual(model.idle, [first]);
  assert.deepEqual(model.out, [
    { kind: 'start-timer', timer: 'idle:2', delayMs: 7 },
    { kind: 'start-timer', timer: 'idle:1', delayMs: 7 },
    { kind: 'stop-timer', timer: 'idle:2' },
  ]);
});

test('a step that the table does not have throws', () => {
  const { talk, task } = withTask();
  assert.throws(() => stepTask(talk.model, task, 'hold'), /Illegal step: hold in state started/);
});
