import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#src/base/clock.js';
import { settleWithin } from '#src/executors/settle-within.js';

/** A clock whose only timer is fired by hand. */
function makeClock() {
  const timer = { state: 'none', fire: () => {}, keepAlive: false };
  const clock: Clock = {
    nowMs: () => 0,
    startTimer(_delayMs, callback, options) {
      Object.assign(timer, { state: 'running', fire: callback, keepAlive: options?.keepAlive === true });
      return { stop: () => void Object.assign(timer, { state: 'stopped' }) };
    },
  };
  return { clock, timer };
}

test('A promise that settles in time gives what it gives, and its timer is stopped', async () => {
  for (const outcome of ['value', 'error']) {
    const { clock, timer } = makeClock();
    const promise = outcome === 'value' ? Promise.resolve(7) : Promise.reject(new RangeError('no'));
    const settled = settleWithin(promise, { clock, limitMs: 10, message: 'too late' });
    if (outcome === 'value') assert.equal(await settled, 7);
    else await assert.rejects(settled, RangeError);
    assert.deepEqual([timer.state, timer.keepAlive], ['stopped', true]);
  }
});

test('A promise that takes longer fails with TimeoutError', async () => {
  const { clock, timer } = makeClock();
  const settled = settleWithin(new Promise(() => {}), { clock, limitMs: 10, message: 'too late' });
  timer.fire();
  await assert.rejects(settled, { name: 'TimeoutError', message: 'too late' });
});
