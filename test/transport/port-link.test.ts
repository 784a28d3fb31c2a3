import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { wallClock } from '#src/base/clock.js';
import { FULL_TURN_FRAMES } from '#src/transport/frames.js';
import { PortLink } from '#src/transport/port-link.js';
import { SharedClaims } from '#src/transport/shared-claims.js';

const unit = { id: 1, bytes: Buffer.from('function') };

function openLink(): { link: PortLink; far: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  const ignore = (): void => {};
  const callbacks = { onMessage: ignore, onDeaf: ignore, onFault: ignore };
  return {
    link: new PortLink({ port: port1, claims: new SharedClaims(), clock: wallClock, ...callbacks }),
    far: port2,
  };
}

function send(link: PortLink, count: number): void {
  for (let task = 1; task <= count; task += 1) {
    const args = Buffer.from('arguments');
    const payload = { unit, args, shape: 'call', name: undefined, startNews: 'needed' } as const;
    link.send({ kind: 'run', task, attempt: 1, payload });
  }
}

test('a few tasks wait for the end of the turn, so that they leave together', async () => {
  const { link, far } = openLink();
  send(link, 3);
  assert.equal(receiveMessageOnPort(far), undefined);
  await new Promise(process.nextTick);
  assert.notEqual(receiveMessageOnPort(far), undefined);
  assert.equal(receiveMessageOnPort(far), undefined);
  link.close();
});

test('many tasks do not wait for whoever submits still more in the same turn', () => {
  const { link, far } = openLink();
  // The function travels in a frame of its own.
  send(link, FULL_TURN_FRAMES - 1);
  assert.notEqual(receiveMessageOnPort(far), undefined);
  link.close();
});
