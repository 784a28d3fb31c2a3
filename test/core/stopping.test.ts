import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue } from './dialogue.js';

const abort = (task: number) => ({ kind: 'abort-requested', task }) as const;

/** Worker 1 runs task 2 and holds task 3. */
function talkOfTwo(terms: { timeoutMs?: number; graceMs?: number } = {}): Dialogue {
  const talk = new Dialogue();
  talk.warmUp(terms);
  talk.submit();
  return talk;
}

test('a task that passes its time limit is settled, and its worker killed once it holds nothing else', () => {
  const talk = talkOfTwo({ timeoutMs: 50 });
  assert.deepEqual(talk.fired('timeout:2'), ['stop timeout:2', 'settle 2: timed-out', 'recall 1']);
  assert.deepEqual(talk.recalled(1, 3), ['kill 1: timeout']);
  assert.deepEqual(talk.exited(1, { reason: { kind: 'killed', cause: 'timeout' } }), [
    'spawn 2',
    'timer startup:2 1000',
  ]);
});

test('a worker that is past the unwanted task lives', () => {
  const talk = talkOfTwo({ timeoutMs: 50 });
  talk.fired('timeout:2');
  assert.deepEqual(talk.recalled(1), ['timer kill:1 100']);
  assert.deepEqual(talk.finished(1, 2), ['stop kill:1']);
  assert.deepEqual(talk.started(1, 3), ['start 3, attempt 1']);
  assert.deepEqual(talk.finished(1, 3), ['settle 3: finished']);
});

test('a word about the next task is proof enough', () => {
  const talk = talkOfTwo({ timeoutMs: 50 });
  talk.fired('timeout:2');
  talk.recalled(1);
  assert.deepEqual(talk.started(1, 3), ['stop kill:1', 'start 3, attempt 1']);
});

test('a worker that proves nothing in time is killed', () => {
  const talk = talkOfTwo({ timeoutMs: 50 });
  talk.fired('timeout:2');
  talk.recalled(1);
  assert.deepEqual(talk.fired('kill:1'), ['stop kill:1', 'kill 1: timeout']);
  assert.deepEqual(talk.exited(1), ['spawn 2', 'timer startup:2 1000']);
});

test('a task with a grace is told first, and what waits behind it is taken elsewhere', () => {
  const talk = talkOfTwo({ graceMs: 30 });
  assert.deepEqual(talk.say(abort(2)), ['abort 2 on 1: cancel', 'timer grace:2 30', 'recall 1']);
  assert.deepEqual(talk.recalled(1, 3), []);
  assert.deepEqual(talk.fired('grace:2'), ['stop grace:2', 'settle 2: cancelled', 'kill 1: cancel']);
});

test('a task that minds its signal within its grace costs no worker, and its verdict stays', () => {
  const talk = talkOfTwo({ graceMs: 30, timeoutMs: 50 });
  assert.deepEqual(talk.fired('timeout:2').slice(0, 2), ['stop timeout:2', 'abort 2 on 1: timeout']);
  talk.recalled(1, 3);
  assert.deepEqual(talk.finished(1, 2), ['stop grace:2', 'settle 2: timed-out', 'run 3 on 1']);
});

test('a held task that does not come back is stopped once it is the first of its worker', () => {
  const talk = talkOfTwo();
  assert.deepEqual(talk.say(abort(3)), ['recall 1']);
  assert.deepEqual(talk.recalled(1), []);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished', 'settle 3: cancelled', 'kill 1: cancel']);
});
