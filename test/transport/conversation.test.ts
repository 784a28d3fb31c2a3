import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '#src/transport/conversation.js';
import { FrameError } from '#src/transport/frames.js';
import type { SpokenMessage } from '#src/transport/wire.js';

const nothing = new Uint8Array(0);
const finished = (task: number): SpokenMessage => ({
  kind: 'finished',
  task,
  failed: false,
  durationUs: 1,
  bytes: nothing,
});
const started = (task: number): SpokenMessage => ({ kind: 'started', task });
const skipped = (task: number, sequence: number): SpokenMessage => ({ kind: 'skipped', task, sequence });

/** A worker that is ready and has these tasks, numbered on the link from 1. */
function converse(...tasks: number[]): Conversation {
  const conversation = new Conversation();
  conversation.hear({ kind: 'ready' });
  for (const task of tasks) conversation.noteRun(task);
  return conversation;
}

test('what a worker can truly say is let through', () => {
  const talk = converse(7, 8);
  assert.equal(talk.lastSequence, 2);
  const progress: SpokenMessage = { kind: 'progress', task: 7, bytes: nothing };
  for (const message of [started(7), progress, progress, finished(7), started(8), finished(8)]) {
    assert.equal(talk.hear(message), true);
  }
  assert.equal(talk.hear({ kind: 'spent' }), true);
  talk.noteLeave();
  assert.equal(talk.hear({ kind: 'goodbye' }), true);
});

test('what is taken back is what the claims do not call begun', () => {
  assert.deepEqual(converse(7, 8, 9).takeBackAfter(0), [7, 8, 9]);
  assert.deepEqual(converse(7, 8, 9).takeBackAfter(1), [8, 9]);
  assert.deepEqual(converse(7, 8, 9).takeBackAfter(3), []);
});

test('a task that was sent again after it was taken back begins by its second number', () => {
  const talk = converse(7, 8);
  talk.hear(started(7));
  assert.deepEqual(talk.takeBackAfter(1), [8]);
  talk.noteRun(8);
  assert.equal(talk.hear(finished(7)), true);
  assert.equal(talk.hear(skipped(8, 2)), false, 'it was taken back');
  assert.equal(talk.hear(started(8)), true);
});

test('a task that both sides have claimed is given back by the worker', () => {
  const talk = converse(7);
  assert.deepEqual(talk.takeBackAfter(1), []);
  assert.equal(talk.hear(skipped(7, 1)), true);
});

test('what is said of the task that was answered last is of no use, and no lie', () => {
  const talk = converse(7, 8);
  talk.hear(started(7));
  assert.equal(talk.hear(finished(7)), true);
  assert.equal(talk.hear({ kind: 'progress', task: 7, bytes: nothing }), false);
  assert.equal(talk.hear(finished(7)), false);
  assert.equal(talk.hear(started(8)), true);
});

test('a task that is tried again is answered again', () => {
  const talk = converse(7);
  for (const attempt of [1, 2]) {
    if (attempt === 2) talk.noteRun(7);
    assert.equal(talk.hear(started(7)), true);
    assert.equal(talk.hear(finished(7)), true);
  }
});

const lies: Readonly<Record<string, readonly SpokenMessage[]>> = {
  'begins a task out of turn': [started(8)],
  'begins a task twice': [started(7), started(7)],
  'begins a task that it was never given': [started(1)],
  'answers a task that it has not begun': [finished(7)],
  'answers an earlier task again': [started(7), finished(7), started(8), finished(8), finished(7)],
  'answers the task of another worker': [started(7), finished(99)],
  'reports progress of a task that it has not begun': [{ kind: 'progress', task: 7, bytes: nothing }],
  'skips a task that it has begun': [started(7), skipped(7, 1)],
  'skips a task that was not taken back': [skipped(7, 1)],
  'is ready twice': [{ kind: 'ready' }],
  'fails to start after it had': [{ kind: 'start-failed', bytes: nothing }],
  'says goodbye unasked': [{ kind: 'goodbye' }],
};

for (const [lie, messages] of Object.entries(lies)) {
  test(`a worker that ${lie} is found out`, () => {
    const talk = converse(7, 8);
    for (const message of messages.slice(0, -1)) talk.hear(message);
    assert.throws(() => talk.hear(messages.at(-1) as SpokenMessage), FrameError);
  });
}

test('claims that cannot be true are found out', () => {
  assert.throws(() => converse(7, 8).takeBackAfter(3), FrameError);
  const talk = converse(7, 8);
  talk.hear(started(7));
  assert.throws(() => talk.takeBackAfter(0), FrameError);
});

test('what a dead worker had begun without saying so is the next in turn, as the claims show', () => {
  assert.deepEqual(converse(7, 8).begunUnsaid(0, 'whole'), [], 'it had begun nothing');
  assert.deepEqual(converse(7, 8).begunUnsaid(1, 'whole'), [7]);
  const told = converse(7, 8);
  told.hear(started(7));
  // It claims a task before it has written the answer of the one before, and begins it only afterwards.
  assert.deepEqual(told.begunUnsaid(2, 'whole'), []);
  told.hear(finished(7));
  assert.deepEqual(told.begunUnsaid(2, 'whole'), [8]);
  assert.deepEqual(converse(7).begunUnsaid(9, 'whole'), [], 'claims that were overwritten say nothing');
});

test('when words were lost with a broken link, all that the claims call begun may have begun', () => {
  const talk = converse(7, 8, 9);
  talk.hear(started(7));
  assert.deepEqual(talk.begunUnsaid(2, 'broken'), [8]);
});

test('what a worker says of an answered task is of no use until the task begins again', () => {
  const talk = converse(7);
  talk.hear(started(7));
  assert.equal(talk.hear(finished(7)), true, 'forged by the task');
  talk.noteRun(7);
  assert.equal(talk.hear(finished(7)), false, 'the worker’s own, late');
  talk.hear(started(7));
  assert.equal(talk.hear(finished(7)), true);
});

test('an answer is likely to come at once when one task is there and the last one was quick', () => {
  const talk = converse(7);
  assert.equal(talk.isLikelyAnsweredAtOnce(), false);
  talk.hear(started(7));
  talk.hear(finished(7));
  assert.equal(talk.isLikelyAnsweredAtOnce(), false);
  talk.noteRun(8);
  assert.equal(talk.isLikelyAnsweredAtOnce(), true);
  talk.noteRun(9);
  assert.equal(talk.isLikelyAnsweredAtOnce(), false);
  talk.hear(started(8));
  talk.hear({ kind: 'finished', task: 8, failed: false, durationUs: 1000, bytes: nothing });
  assert.equal(talk.isLikelyAnsweredAtOnce(), false);
});
