import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { fromPost, toPost } from '#src/transport/posts.js';

function throughAPort(bytes: Uint8Array, length: number): Buffer {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(toPost(bytes, length));
  const received = receiveMessageOnPort(port2)?.message;
  port1.close();
  return fromPost(received);
}

for (const size of [0, 1, 255, 32 * 1024, 32 * 1024 + 1, 1_000_000]) {
  test(`${size} bytes of every value arrive as they were`, () => {
    const bytes = Uint8Array.from({ length: size }, (_, index) => index & 255);
    assert.deepEqual(throughAPort(bytes, size), Buffer.from(bytes));
  });
}

test('only the window that is meant travels, and not the memory around it', () => {
  const memory = new Uint8Array(200_000).fill(9);
  const window = memory.subarray(1000, 101_000);
  assert.equal(throughAPort(window, 100_000).buffer.byteLength, 100_000);
  assert.equal(throughAPort(window, 40_000).length, 40_000);
});

test('what is neither text nor bytes is refused', () => {
  assert.throws(() => fromPost({ kind: 'run' }), { name: 'TypeError', message: /no frame/ });
});
