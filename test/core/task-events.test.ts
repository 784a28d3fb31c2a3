import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue } from './dialogue.js';

const cancel = (task: number) => ({ kind: 'cancel-requested', task }) as const;
const abort = (task: number) => ({ kind: 'abort-requested', task }) as const;
const skipped = (worker: number, task: number) => ({ kind: 'task-skipped', worker, task }) as const;

test('a task starts, finishes, and is forgotten', () => {
  const talk = new Dialogue();
  talk.submit({ timeoutMs: 50 });
  talk.ready(1);
  assert.deepEqual(talk.started(1, 1), ['start 1, attempt 1', 'timer timeout:1 50']);
  assert.deepEqual(talk.finished(1, 1), ['stop timeout:1', 'settle 1: finished']);
  assert.equal(talk.model.tasks.size, 0);
  assert.deepEqual(talk.scheduler.viewWorkers(), [{ id: 1, state: 'idle', tasksDone: 1 }]);
});

test('a waiting task is cancelled at once', () => {
  const talk = new Dialogue();
  talk.submit();
  assert.deepEqual(talk.say(cancel(1)), ['settle 1: cancelled']);
  assert.deepEqual(talk.say(cancel(1)), []);
});

test('a held task is cancelled when the recall brings it back, and runs when it does not', () => {
  for (const isBack of [true, false]) {
    const talk = new Dialogue();
    talk.warmUp();
    talk.submit();
    assert.deepEqual(talk.say(cancel(3)), ['recall 1']);
    assert.deepEqual(talk.recalled(1, ...(isBack ? [3] : [])), isBack ? ['settle 3: cancelled'] : []);
    talk.finished(1, 2);
    assert.deepEqual(talk.started(1, 3), isBack ? [] : ['start 3, attempt 1']);
  }
});

test('a refused cancel is final: the task runs elsewhere if its worker skips it', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  talk.say(cancel(3));
  talk.recalled(1);
  assert.deepEqual(talk.say(cancel(3)), []);
  talk.finished(1, 2);
  assert.deepEqual(talk.say(skipped(1, 3)), ['run 3 on 1']);
});

test('a running task cannot be cancelled, only aborted', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.deepEqual(talk.say(cancel(2)), []);
  assert.deepEqual(talk.say(abort(2)), ['settle 2: cancelled', 'kill 1: cancel']);
});

test('what came back from several recalls is handed out in the order of submission', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.warmUp();
  talk.submit();
  talk.submit();
  talk.ready(2);
  assert.deepEqual(talk.recalled(1, 3, 4), ['run 3 on 2', 'run 4 on 1']);
});

test('news of a task that the worker no longer has is dropped', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.say(abort(2));
  assert.deepEqual(talk.finished(1, 2), []);
  assert.deepEqual(talk.started(1, 2), []);
  assert.deepEqual(talk.say(skipped(1, 2)), []);
});

test('a worker that says it skipped what it had begun breaks the contract', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.throws(() => talk.say(skipped(1, 2)), /Task 2 was skipped, yet it is started/);
});

test('nothing can be submitted to a pool that is going down', () => {
  const talk = new Dialogue();
  talk.shutDown();
  assert.throws(() => talk.submit(), /Submitted to a pool that is closed/);
});

test('a failed task is tried again while it may, and its worker is free meanwhile', () => {
  const talk = new Dialogue();
  talk.submit({ retries: 1, timeoutMs: 50 });
  talk.ready(1);
  talk.started(1, 1);
  assert.deepEqual(talk.failed(1, 1), ['stop timeout:1', 'requeue 1', 'run 1 on 1']);
  assert.deepEqual(talk.started(1, 1), ['start 1, attempt 2', 'timer timeout:1 50']);
  assert.deepEqual(talk.failed(1, 1), ['stop timeout:1', 'settle 1: finished']);
  assert.equal(talk.scheduler.view().retried, 1);
});

test('a failed task of a draining pool is tried again, one that was aborted is not', () => {
  const talk = new Dialogue();
  talk.submit({ retries: 3, graceMs: 50 });
  talk.ready(1);
  talk.started(1, 1);
  talk.say({ kind: 'shutdown-requested', cancelPending: false, killWorkers: false, timeoutMs: null });
  assert.deepEqual(talk.failed(1, 1), ['requeue 1', 'run 1 on 1']);
  talk.started(1, 1);
  talk.say(abort(1));
  assert.equal(talk.failed(1, 1).includes('settle 1: cancelled'), true);
});
