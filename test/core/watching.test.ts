import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue } from './dialogue.js';

const STALLED = { reason: { kind: 'killed', cause: 'unresponsive' } } as const;

/** A worker that has finished one task and was given another one, which it does not begin. */
function stall(options: ConstructorParameters<typeof Dialogue>[0] = {}): Dialogue {
  const talk = new Dialogue(options);
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  talk.finished(1, 1);
  talk.submit();
  return talk;
}

test('a worker that does not begin its task is killed, and the task runs elsewhere', () => {
  const talk = stall();
  assert.deepEqual(talk.fired('watch'), ['timer watch 500']);
  assert.deepEqual(talk.fired('watch'), ['recall 1', 'timer watch 500']);
  assert.deepEqual(talk.recalled(1, 2), ['kill 1: unresponsive']);
  assert.deepEqual(talk.exited(1, STALLED), ['spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.ready(2), ['stop startup:2', 'run 2 on 2']);
  assert.equal(talk.model.counters.workersLost, 1);
  assert.equal(talk.model.counters.lost, 0);
});

test('an idle worker gets the task of one that stands still at once', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  talk.started(2, 2);
  talk.finished(2, 2);
  talk.fired('watch');
  assert.deepEqual(talk.fired('watch'), ['recall 1', 'timer watch 500']);
  assert.deepEqual(talk.recalled(1, 1), ['kill 1: unresponsive', 'run 1 on 2']);
});

test('a worker that has begun its task without a word yet is left alone', () => {
  const talk = stall();
  talk.fired('watch');
  talk.fired('watch');
  assert.deepEqual(talk.recalled(1), []);
  assert.deepEqual(talk.fired('watch'), ['timer watch 500']);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished']);
});

test('a worker that has said something since the watch last looked is not suspected', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  talk.finished(1, 2);
  talk.fired('watch');
  talk.started(1, 3);
  assert.deepEqual(talk.fired('watch'), ['timer watch 500']);
  talk.finished(1, 3);
  talk.submit();
  assert.deepEqual(talk.fired('watch'), ['timer watch 500']);
});

test('the watch ends when nobody is busy, and begins with the next task', () => {
  const talk = stall();
  talk.started(1, 2);
  talk.finished(1, 2);
  assert.deepEqual(talk.fired('watch'), []);
  assert.deepEqual(talk.submit(), ['timer watch 500', 'run 3 on 1']);
  assert.deepEqual(talk.submit(), ['run 4 on 1']);
});

test('a shutdown ends although a worker stands still', () => {
  const talk = stall();
  talk.shutDown();
  talk.fired('watch');
  talk.fired('watch');
  talk.recalled(1, 2);
  assert.deepEqual(talk.exited(1, STALLED), ['spawn 2', 'timer startup:2 1000']);
  talk.ready(2);
  talk.started(2, 2);
  talk.finished(2, 2);
  assert.equal(talk.exited(2, { reason: { kind: 'left' } }).at(-1), 'end');
});

test("a worker that stands still breaks nothing, under 'break-pool' neither", () => {
  const talk = stall({ onWorkerLost: 'break-pool', breaker: { count: 0, withinMs: 10, counts: 'never-finished' } });
  talk.fired('watch');
  talk.fired('watch');
  talk.recalled(1, 2);
  assert.deepEqual(talk.exited(1, STALLED), ['spawn 2', 'timer startup:2 1000']);
});

test('workers of which one after the other stands still from the start break the pool', () => {
  const talk = new Dialogue();
  talk.submit();
  for (const worker of [1, 2, 3]) {
    assert.equal(talk.scheduler.state, 'open');
    talk.ready(worker);
    talk.fired('watch');
    talk.fired('watch');
    talk.recalled(worker, 1);
    talk.exited(worker, STALLED);
  }
  assert.deepEqual(talk.scheduler.broken, { cause: 'restarts', exit: STALLED });
});
