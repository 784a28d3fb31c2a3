import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLAIM_HEAD_BYTES, keptFramesOf, sealOf } from '#src/transport/kept-frames.js';

function page(told: number, frames: Buffer, seal = sealOf(told, frames.length)): Buffer {
  const bytes = Buffer.alloc(100);
  bytes.writeUInt32LE(told, 4);
  bytes.writeUInt32LE(frames.length, 8);
  frames.copy(bytes, CLAIM_HEAD_BYTES);
  bytes.writeUInt32LE(seal, CLAIM_HEAD_BYTES + frames.length);
  return bytes;
}

test('sealed frames are read, with how many left before them', () => {
  assert.deepEqual(keptFramesOf(page(7, Buffer.from('abc'))), { told: 7, bytes: Buffer.from('abc') });
});

test('frames whose writing has not ended are none: the seal still is that of others', () => {
  assert.equal(keptFramesOf(page(7, Buffer.from('abc'), sealOf(6, 3))), undefined);
  assert.equal(keptFramesOf(page(7, Buffer.from('abc'), sealOf(7, 2))), undefined);
});

test('nothing is read from a page that is empty, cut off, or says that more is kept than it holds', () => {
  assert.equal(keptFramesOf(Buffer.alloc(100)), undefined);
  assert.equal(keptFramesOf(Buffer.alloc(5)), undefined);
  assert.equal(keptFramesOf(page(7, Buffer.from('abc')).subarray(0, 17)), undefined);
});
