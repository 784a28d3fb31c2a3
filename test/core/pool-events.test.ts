import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue, LEFT } from './dialogue.js';

test('a shutdown lets everything finish, then sends the workers home', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  assert.deepEqual(talk.shutDown(), []);
  talk.finished(1, 2);
  talk.started(1, 3);
  assert.deepEqual(talk.finished(1, 3), ['settle 3: finished', 'ask-to-leave 1', 'timer leave:1 100']);
  assert.deepEqual(talk.exited(1, LEFT), ['stop leave:1', 'stop watch', 'end']);
  assert.equal(talk.scheduler.state, 'closed');
});

test('an unused pool is over at once', () => {
  const talk = new Dialogue();
  assert.deepEqual(talk.shutDown(), ['end']);
  assert.deepEqual(talk.shutDown({ killWorkers: true }), []);
});

test('cancelPending cancels what has not begun', () => {
  const talk = new Dialogue({ prefetch: { budgetUs: 1_000, maxTasks: 2, maxBytes: 1_000 } });
  talk.warmUp();
  talk.submit();
  talk.submit();
  assert.deepEqual(talk.shutDown({ cancelPending: true }), ['settle 4: cancelled', 'recall 1']);
  assert.deepEqual(talk.recalled(1, 3), ['settle 3: cancelled']);
  assert.equal(talk.model.tasks.size, 1);
});

test('killWorkers settles every task and kills every worker', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  assert.deepEqual(talk.shutDown({ killWorkers: true }), [
    'settle 2: shut-down',
    'settle 3: shut-down',
    'kill 1: shutdown',
  ]);
  assert.deepEqual(talk.exited(1), ['stop watch', 'end']);
});

test('a shutdown with a time limit kills what is left; a later call does not prolong it', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.deepEqual(talk.shutDown({ timeoutMs: 100 }), ['timer shutdown:1 100']);
  assert.deepEqual(talk.shutDown({ timeoutMs: 9_000 }), ['timer shutdown:2 9000']);
  assert.deepEqual(talk.fired('shutdown:1'), ['settle 2: shut-down', 'kill 1: shutdown']);
  assert.deepEqual(talk.exited(1), ['stop shutdown:1', 'stop shutdown:2', 'stop watch', 'end']);
});

test('a pool that is let go sends idle workers home, minWorkers too, and the others soon after their task', () => {
  const talk = new Dialogue({ maxWorkers: 2, minWorkers: 2 });
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  talk.started(1, 1);
  assert.deepEqual(talk.say({ kind: 'let-go' }), ['ask-to-leave 2', 'timer leave:2 100']);
  assert.deepEqual(talk.exited(2, LEFT), ['stop leave:2']);
  assert.deepEqual(talk.finished(1, 1), ['settle 1: finished', 'timer idle:1 1000']);
  talk.submit();
  talk.finished(1, 2);
  assert.deepEqual(talk.fired('idle:1'), ['stop idle:1', 'ask-to-leave 1', 'timer leave:1 100']);
  assert.equal(talk.scheduler.state, 'open');
});

test('a broken pool lets what runs finish, and can still be killed', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  const exit = { reason: { kind: 'start-failed', message: 'no' } } as const;
  assert.deepEqual(talk.exited(2, exit), ['stop startup:2', 'settle 2: broken']);
  assert.equal(talk.scheduler.state, 'broken');
  assert.deepEqual(talk.shutDown({ killWorkers: true }), ['settle 1: shut-down', 'kill 1: shutdown']);
  assert.deepEqual(talk.exited(1), ['stop watch', 'end']);
  assert.equal(talk.scheduler.state, 'broken');
});

test('an idle worker stays when it is one of minWorkers', () => {
  const talk = new Dialogue({ maxWorkers: 2, minWorkers: 1, idleTimeoutMs: 5 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  talk.started(1, 1);
  talk.finished(1, 1);
  talk.started(2, 2);
  talk.finished(2, 2);
  assert.equal(talk.fired('idle:1')[1], 'ask-to-leave 1');
  assert.deepEqual(talk.fired('idle:2'), []);
});
