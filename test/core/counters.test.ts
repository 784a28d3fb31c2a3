import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counters, countVerdict } from '#src/core/counters.js';
import type { Verdict } from '#src/core/events.js';
import { CRASH } from './dialogue.js';

test('each end of a task is counted once, under its name', () => {
  const ends: readonly [Verdict, keyof Counters][] = [
    [{ kind: 'finished', failed: false }, 'done'],
    [{ kind: 'finished', failed: true }, 'failed'],
    [{ kind: 'cancelled' }, 'cancelled'],
    [{ kind: 'lost', attempt: 1, exit: CRASH, earlier: [] }, 'lost'],
    [{ kind: 'timed-out' }, 'failed'],
    [{ kind: 'shut-down' }, 'failed'],
    [{ kind: 'broken', cause: 'restarts', exit: CRASH }, 'failed'],
  ];
  const none = {
    submitted: 0,
    done: 0,
    failed: 0,
    cancelled: 0,
    lost: 0,
    retried: 0,
    workersStarted: 0,
    workersLost: 0,
  };
  for (const [verdict, name] of ends) {
    const counters: Counters = { ...none };
    countVerdict(counters, verdict);
    assert.deepEqual(counters, { ...none, [name]: 1 });
  }
});
