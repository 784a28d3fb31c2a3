import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker } from '#src/core/circuit-breaker.js';

const LIMIT = { count: 2, withinMs: 500, counts: 'never-finished' } as const;
const DIED = { wasReady: true };
const NEVER_READY = { wasReady: false };

function trips(breaker: CircuitBreaker, death: { readonly wasReady: boolean }): boolean {
  breaker.recordDeath(death);
  return breaker.isTripped;
}

test('it trips at one death more than allowed', () => {
  const breaker = new CircuitBreaker(LIMIT);
  assert.deepEqual(
    [1, 2, 3].map(() => trips(breaker, DIED)),
    [false, false, true],
  );
});

test('a death that is forgotten counts no longer', () => {
  const breaker = new CircuitBreaker(LIMIT);
  breaker.recordDeath(DIED);
  breaker.recordDeath(DIED);
  breaker.forgetDeath();
  assert.equal(trips(breaker, DIED), false);
  assert.deepEqual(breaker.remembered(), [3, 2]);
});

test('starts that fail in a row trip it, however long each took', () => {
  const breaker = new CircuitBreaker(LIMIT);
  const fail = (): boolean => {
    const tripped = trips(breaker, NEVER_READY);
    breaker.forgetDeath();
    return tripped;
  };
  assert.deepEqual([fail(), fail()], [false, false]);
  breaker.noteReady();
  assert.deepEqual([fail(), fail(), fail()], [false, false, true]);
});

test('a task that finishes makes it count anew, but does not make it forget', () => {
  const breaker = new CircuitBreaker(LIMIT);
  for (const death of [DIED, NEVER_READY, NEVER_READY]) breaker.recordDeath(death);
  assert.deepEqual([breaker.isTripped, breaker.isOverLimit], [true, true]);
  breaker.noteFinished();
  assert.deepEqual([breaker.isTripped, breaker.isOverLimit], [false, true]);
  // The old ones are forgotten first.
  breaker.forgetDeath();
  assert.equal(breaker.isOverLimit, false);
  assert.deepEqual([trips(breaker, DIED), trips(breaker, DIED), trips(breaker, DIED)], [false, false, true]);
});

test('whose death counts depends on what the worker had done', () => {
  const finished = new CircuitBreaker(LIMIT);
  const started = new CircuitBreaker({ ...LIMIT, counts: 'never-started' });
  const underFirstTask = { startedTasks: 1, finishedTasks: 0 };
  assert.equal(finished.concerns(underFirstTask), true);
  assert.equal(started.concerns(underFirstTask), false);
  assert.equal(started.concerns({ startedTasks: 0, finishedTasks: 0 }), true);
  assert.equal(finished.concerns({ startedTasks: 2, finishedTasks: 1 }), false);
});
