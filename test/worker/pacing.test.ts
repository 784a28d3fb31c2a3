import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacing } from '#src/worker/pacing.js';

const QUICK = 1;
const STEADY = 2;
const SLOW = 3;
const units = { isQuick: (unit: number) => unit !== SLOW, isSteady: (unit: number) => unit === STEADY };

test('a task that may take long, or that somebody times, is told of before it begins', () => {
  const pacing = new Pacing(units);
  assert.equal(pacing.paceOf('may-wait', SLOW, true), 'tell');
  assert.equal(pacing.paceOf('needed', STEADY, true), 'tell');
});

test('a quick task begins unheard while no answer waits', () => {
  assert.equal(new Pacing(units).paceOf('may-wait', QUICK, false), 'keep');
});

test('an answer waits only for tasks that have long been quick, and only where it is safe', () => {
  const pacing = new Pacing(units);
  pacing.noteAnswer(10);
  assert.equal(pacing.paceOf('may-wait', STEADY, true), 'keep');
  assert.equal(pacing.paceOf('may-wait', QUICK, true), 'hush');
  assert.equal(pacing.paceOf('may-wait', STEADY, false), 'hush');
  assert.equal(pacing.paceOf('may-wait', SLOW, true), 'tell');
});

test('the first answer does not wait long, however many follow', () => {
  const pacing = new Pacing(units);
  pacing.noteAnswer(10);
  pacing.noteAnswer(10.2);
  assert.equal(pacing.paceOf('may-wait', STEADY, true), 'keep');
  pacing.noteAnswer(10.3);
  assert.equal(pacing.paceOf('may-wait', STEADY, true), 'hush');
  pacing.noteFlush();
  pacing.noteAnswer(10.4);
  assert.equal(pacing.paceOf('may-wait', STEADY, true), 'keep');
});
