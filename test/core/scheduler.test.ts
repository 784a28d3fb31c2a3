import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue } from './dialogue.js';

test('one sequence of events gives one sequence of commands', () => {
  const tell = (): string[] => {
    const talk = new Dialogue({ maxWorkers: 2 });
    const first = [talk.submit(), talk.submit(), talk.ready(1), talk.started(1, 1), talk.submit(), talk.exited(1)];
    return first.flat();
  };
  assert.deepEqual(tell(), tell());
});

test('its numbers add up at every moment', () => {
  const talk = new Dialogue();
  talk.warmUp({ retries: 1 });
  talk.submit();
  talk.exited(1);
  talk.submit();
  talk.say({ kind: 'cancel-requested', task: 4 });
  const { submitted, done, failed, cancelled, lost, waiting, held, running, retried } = talk.scheduler.view();
  assert.deepEqual(
    { submitted, done, cancelled, waiting, retried },
    {
      submitted: 4,
      done: 1,
      cancelled: 1,
      waiting: 2,
      retried: 1,
    },
  );
  assert.equal(submitted, done + failed + cancelled + lost + waiting + held + running);
});

test('it knows whether one more task would have to wait', () => {
  const talk = new Dialogue();
  assert.equal(talk.scheduler.wouldWait, false);
  talk.submit();
  assert.equal(talk.scheduler.wouldWait, true);
  talk.ready(1);
  talk.started(1, 1);
  assert.equal(talk.scheduler.wouldWait, true);
  talk.finished(1, 1);
  assert.equal(talk.scheduler.wouldWait, false);
});

test('a hundred thousand tasks that are cancelled or shut down together take no time to speak of', () => {
  const talk = new Dialogue();
  for (let task = 1; task <= 100_000; task += 1) talk.submit();
  for (let task = 1; task <= 50_000; task += 1) talk.say({ kind: 'cancel-requested', task });
  assert.equal(talk.shutDown({ killWorkers: true }).filter((line) => line.endsWith('shut-down')).length, 50_000);
});
