import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { wallClock } from '#src/base/clock.js';
import { FULL_TURN_FRAMES } from '#src/transport/frames.js';
import { PipeLink } from '#src/transport/pipe-link.js';

const unit = { id: 1, bytes: Buffer.from('function') };

/** A stream that looks like a pipe to the link; how many chunks were written to it is counted. */
class Pipe extends PassThrough {
  written = 0;

  unref(): this {
    return this;
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written += 1;
    done();
  }
}

function openLink(): { link: PipeLink; toWorker: Pipe } {
  const toWorker = new Pipe();
  const ignore = (): void => {};
  const link = new PipeLink({
    toWorker: toWorker as unknown as Socket,
    fromWorker: new Pipe() as unknown as Socket,
    claims: undefined,
    clock: wallClock,
    onMessage: ignore,
    onDeaf: ignore,
    onSpoiled: ignore,
    onEnd: ignore,
  });
  return { link, toWorker };
}

function send(link: PipeLink, count: number): void {
  for (let task = 1; task <= count; task += 1) {
    const args = Buffer.from('arguments');
    const payload = { unit, args, shape: 'call', name: undefined, startNews: 'needed' } as const;
    link.send({ kind: 'run', task, attempt: 1, payload });
  }
}

test('a few tasks wait for the end of the turn, so that they leave together', async () => {
  const { link, toWorker } = openLink();
  send(link, 3);
  assert.equal(toWorker.written, 0);
  await new Promise(process.nextTick);
  assert.equal(toWorker.written, 1);
  link.close();
});

test('many tasks do not wait for whoever submits still more in the same turn', async () => {
  const { link, toWorker } = openLink();
  // The function travels in a frame of its own.
  send(link, FULL_TURN_FRAMES - 1);
  assert.equal(toWorker.written, 1);
  await new Promise(process.nextTick);
  assert.equal(toWorker.written, 1);
  link.close();
});
