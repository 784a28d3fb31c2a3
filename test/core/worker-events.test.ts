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

test('failed starts do not break a pool that has a healthy worker: starting is paused until they are forgotten', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  talk.submit();
  for (const worker of [2, 3]) assert.equal(talk.exited(worker).at(-2), `spawn ${worker + 1}`);
  assert.deepEqual(talk.exited(4), ['stop startup:4', 'timer breaker:3 1000']);
  assert.equal(talk.scheduler.wouldWait, true);
  assert.deepEqual(talk.finished(1, 1), ['settle 1: finished', 'run 2 on 1']);
  assert.equal(talk.scheduler.state, 'open');
  talk.submit();
  assert.deepEqual(talk.fired('breaker:1'), ['spawn 5', 'timer startup:5 1000']);
});

test('a pool whose last healthy worker goes while starting is paused breaks, if tasks wait', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  talk.submit();
  for (const worker of [2, 3, 4]) talk.exited(worker);
  assert.equal(talk.scheduler.state, 'open');
  assert.deepEqual(talk.exited(1).slice(0, 3), ['settle 1: lost', 'timer breaker:4 1000', 'settle 2: broken']);
  assert.equal(talk.scheduler.state, 'broken');
});

test('the same when that worker is killed for its task', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit({ timeoutMs: 50 });
  talk.ready(1);
  talk.started(1, 1);
  talk.submit();
  for (const worker of [2, 3, 4]) talk.exited(worker);
  assert.deepEqual(talk.fired('timeout:1'), [
    'stop timeout:1',
    'settle 1: timed-out',
    'kill 1: timeout',
    'settle 2: broken',
  ]);
});

test('when the last healthy worker leaves after tasks have finished, starting is tried again', () => {
  const talk = new Dialogue({ maxWorkers: 2, maxTasksPerWorker: 1 });
  talk.submit();
  talk.ready(1);
  talk.submit();
  for (const worker of [2, 3, 4]) talk.exited(worker);
  talk.started(1, 1);
  assert.deepEqual(talk.finished(1, 1).slice(-2), ['spawn 5', 'timer startup:5 1000']);
  for (const worker of [5, 6]) assert.equal(talk.exited(worker).at(-2), `spawn ${worker + 1}`);
  talk.exited(7);
  assert.equal(talk.scheduler.state, 'broken');
});

test('deaths with a finished task between them are not in a row', () => {
  const talk = new Dialogue();
  for (let round = 1; round <= 6; round += 2) {
    talk.submit();
    talk.exited(round);
    talk.ready(round + 1);
    const task = (round + 1) / 2;
    talk.started(round + 1, task);
    talk.finished(round + 1, task);
    talk.exited(round + 1);
  }
  assert.equal(talk.model.breaker.isOverLimit, true);
  assert.equal(talk.scheduler.state, 'open');
});
