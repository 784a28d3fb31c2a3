import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadNatives, whyMissing } from '#src/memory/natives.js';
import { Snapshots } from '#src/memory/snapshots.js';
import { collectGarbage } from '../futures/collect-garbage.js';

const MB = 1024 * 1024;

function store(snapshots: Snapshots, bytes: number): { release: () => void; source: WeakRef<ArrayBuffer> } {
  const piece = new Uint8Array(bytes);
  const stored = snapshots.store(piece, piece.buffer);
  assert.ok(stored);
  return { release: () => stored.hold?.release(), source: new WeakRef(piece.buffer) };
}

test('the copy of an array that is gone before its message has arrived is gone with the message', {
  skip: loadNatives() === undefined && whyMissing(),
}, async () => {
  const snapshots = new Snapshots();
  const { release, source } = store(snapshots, 17 * MB);
  await collectGarbage(() => source.deref() === undefined);
  assert.equal(source.deref(), undefined);
  // Whoever asks for it has been told by now.
  await collectGarbage(() => false);
  assert.equal(snapshots.files, 1);
  release();
  assert.equal(snapshots.files, 0);
});

test('the copy of an array that is still there is kept for the next message, until the array is gone', {
  skip: loadNatives() === undefined && whyMissing(),
}, async () => {
  const snapshots = new Snapshots();
  store(snapshots, 17 * MB).release();
  assert.equal(snapshots.files, 1);
  await collectGarbage(() => snapshots.files === 0);
  assert.equal(snapshots.files, 0);
});
