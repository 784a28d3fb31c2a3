import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Alertness } from '#src/transport/alertness.js';
import { layOutFrames } from '#src/transport/frames.js';
import { SentUnits } from '#src/transport/sent-units.js';
import { appendHostFrames } from '#src/transport/wire.js';
import { HostReader, stayAlert } from '#src/worker/host-reader.js';

const unit = { id: 1, bytes: Buffer.from('function') };
const sentUnits = new SentUnits();

function chunkOf(...tasks: number[]): Buffer {
  const frames: Parameters<typeof appendHostFrames>[0] = [];
  for (const task of tasks) {
    const args = Buffer.from('arguments');
    const payload = { unit, args, shape: 'call', name: undefined, startNews: 'may-wait' } as const;
    appendHostFrames(frames, { kind: 'run', task, attempt: 1, payload }, sentUnits);
  }
  return Buffer.concat(layOutFrames(frames));
}

function openReader(): { alertness: Alertness; reader: HostReader; heard: number[]; asleep: boolean[] } {
  const alertness = new Alertness(() => true);
  const heard: number[] = [];
  const asleep: boolean[] = [];
  const listener = stayAlert(
    {
      onMessages(messages) {
        asleep.push(!alertness.isAwake);
        for (const message of messages) if (message.kind === 'run') heard.push(message.task);
      },
      onEnd: (fault) => assert.fail(fault),
    },
    alertness,
  );
  return { alertness, reader: new HostReader(listener), heard, asleep };
}

test('after tasks that came alone, one after the other, the worker waits for the next one awake', () => {
  const { alertness, reader, heard, asleep } = openReader();
  for (const task of [1, 2, 3]) reader.read(chunkOf(task));
  assert.deepEqual(heard, [1, 2, 3]);
  assert.equal(alertness.isAwake, true);
  // While a task runs, nothing is waited for.
  assert.deepEqual(asleep, [true, true, true]);
  alertness.rest();
});

test('after tasks that came together the worker sleeps at once', () => {
  const { alertness, reader, heard } = openReader();
  for (const tasks of [[1], [2], [3, 4], [5]]) reader.read(chunkOf(...tasks));
  assert.deepEqual(heard, [1, 2, 3, 4, 5]);
  assert.equal(alertness.isAwake, false);
});
