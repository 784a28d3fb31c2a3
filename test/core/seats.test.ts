import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countFreeSeats, countLent, countOpenPlaces, hasHealthyWorker, mayRunMore } from '#src/core/seats.js';
import { Dialogue } from './dialogue.js';

/** A pool of one worker, whose task 2 waits for others. */
function suspend(): Dialogue {
  const talk = new Dialogue();
  talk.warmUp();
  talk.say({ kind: 'task-suspended', worker: 1, task: 2 });
  return talk;
}

test('a suspended task lends out a seat, and its worker is of no use meanwhile', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.deepEqual([countFreeSeats(talk.model), hasHealthyWorker(talk.model)], [0, true]);
  talk.say({ kind: 'task-suspended', worker: 1, task: 2 });
  assert.deepEqual([countFreeSeats(talk.model), hasHealthyWorker(talk.model)], [1, false]);
  assert.deepEqual([countLent(talk.model, 'staff'), countLent(talk.model, 'all')], [1, 1]);
  talk.say({ kind: 'task-resumed', worker: 1, task: 2 });
  assert.deepEqual([countFreeSeats(talk.model), countLent(talk.model, 'all')], [0, 0]);
});

test('another worker stands in, gets nothing once the task goes on, and leaves', () => {
  const talk = suspend();
  assert.deepEqual(talk.submit({ level: 1 }), ['spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.ready(2), ['stop startup:2', 'run 3 on 2']);
  talk.started(2, 3);
  assert.equal(countOpenPlaces(talk.model), 0);
  assert.deepEqual(talk.finished(2, 3), ['settle 3: finished', 'timer idle:2 1000']);
  assert.equal(mayRunMore(talk.model), true);
  talk.say({ kind: 'task-resumed', worker: 1, task: 2 });
  assert.equal(mayRunMore(talk.model), false);
  assert.deepEqual(talk.submit(), ['run 4 on 1'], 'it is held, for the tasks are quick');
  assert.deepEqual(talk.fired('idle:2'), ['stop idle:2', 'ask-to-leave 2', 'timer leave:2 100']);
});

test('what stands behind a task that is suspended is taken back', () => {
  const talk = new Dialogue();
  talk.warmUp();
  assert.deepEqual(talk.submit({ level: 1 }), ['run 3 on 1']);
  assert.deepEqual(talk.say({ kind: 'task-suspended', worker: 1, task: 2 }), ['recall 1']);
  assert.deepEqual(talk.recalled(1, 3), ['spawn 2', 'timer startup:2 1000']);
});

test('deeper tasks go first, and may come while the pool drains', () => {
  const talk = suspend();
  talk.submit();
  talk.submit({ level: 1 });
  talk.shutDown();
  talk.submit({ level: 2 });
  assert.throws(() => talk.submit(), /Submitted to a pool that is draining/);
  assert.equal(talk.ready(2)[1], 'run 5 on 2');
});
