import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CRASH, Dialogue, LEFT } from './dialogue.js';

test('a worker that dies costs the task that it had begun, and no other', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  talk.submit();
  assert.deepEqual(talk.exited(1), ['settle 2: lost', 'spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.ready(2), ['stop startup:2', 'run 3 on 2', 'run 4 on 2']);
});

test('a lost task with retries is tried again, before what was submitted later', () => {
  const talk = new Dialogue();
  talk.warmUp({ retries: 1 });
  talk.submit();
  assert.deepEqual(talk.exited(1), ['requeue 2', 'spawn 2', 'timer startup:2 1000']);
  talk.ready(2);
  assert.deepEqual(talk.started(2, 2), ['start 2, attempt 2']);
  assert.deepEqual(talk.exited(2).slice(0, 1), ['settle 2: lost']);
});

test('exit code 0 is a crash unless the worker was asked to leave', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.equal(talk.exited(1, { reason: { kind: 'exited', code: 0 } })[0], 'settle 2: lost');
  assert.equal(talk.model.counters.workersLost, 1);
});

test('a worker that leaves when asked is not lost', () => {
  const talk = new Dialogue({ idleTimeoutMs: 5 });
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  assert.deepEqual(talk.finished(1, 1), ['settle 1: finished', 'timer idle:1 5']);
  assert.deepEqual(talk.fired('idle:1'), ['stop idle:1', 'ask-to-leave 1', 'timer leave:1 100']);
  assert.deepEqual(talk.exited(1, LEFT), ['stop leave:1']);
  assert.equal(talk.model.counters.workersLost, 0);
});

test('a worker that is not ready in time is killed and replaced', () => {
  const talk = new Dialogue();
  talk.submit();
  assert.deepEqual(talk.fired('startup:1'), ['stop startup:1', 'kill 1: startup-timeout']);
  assert.deepEqual(talk.ready(1), []);
  const killed = { reason: { kind: 'killed', cause: 'startup-timeout' } } as const;
  assert.deepEqual(talk.exited(1, killed), ['timer breaker:1 1000', 'spawn 2', 'timer startup:2 1000']);
});

test('a worker that does not leave in time is killed', () => {
  const talk = new Dialogue();
  talk.submit();
  talk.ready(1);
  talk.say({ kind: 'cancel-requested', task: 1 });
  talk.recalled(1, 1);
  assert.deepEqual(talk.say({ kind: 'worker-spent', worker: 1 }).slice(0, 2), ['ask-to-leave 1', 'timer leave:1 100']);
  assert.deepEqual(talk.fired('leave:1'), ['stop leave:1', 'kill 1: leave-timeout']);
});

test('workers that keep dying before they have done anything break the pool', () => {
  const talk = new Dialogue();
  talk.submit();
  talk.exited(1);
  talk.exited(2);
  const answer = talk.exited(3);
  assert.deepEqual(answer.slice(0, 3), ['stop startup:3', 'timer breaker:3 1000', 'settle 1: broken']);
  assert.equal(answer.at(-1), 'end');
  assert.deepEqual(talk.scheduler.broken, { cause: 'restarts', exit: CRASH });
});

test('a worker that failed to start in its initializer breaks the pool at once', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit();
  talk.submit();
  const exit = { reason: { kind: 'start-failed', message: 'no' } } as const;
  assert.deepEqual(talk.exited(1, exit), [
    'stop startup:1',
    'stop startup:2',
    'kill 2: broken',
    'settle 1: broken',
    'settle 2: broken',
  ]);
  assert.equal(talk.scheduler.state, 'broken');
});

test("under 'break-pool' the loss of one worker ends everything", () => {
  const talk = new Dialogue({ onWorkerLost: 'break-pool', maxWorkers: 2 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  talk.started(1, 1);
  assert.deepEqual(talk.exited(1), ['settle 1: lost', 'settle 2: broken', 'kill 2: broken']);
  assert.equal(talk.exited(2).at(-1), 'end');
});
