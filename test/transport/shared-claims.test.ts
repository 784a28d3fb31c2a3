import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CLAIM_HEAD_BYTES, KEPT_BYTES_MAX } from '#src/transport/kept-frames.js';
import { SharedClaims } from '#src/transport/shared-claims.js';

test('what was recalled cannot be claimed, and what was claimed is not given back', () => {
  const host = new SharedClaims();
  const worker = new SharedClaims(host.memory);
  const claim = (sequence: number): boolean => worker.claim(sequence, Buffer.alloc(CLAIM_HEAD_BYTES + 4), 0, 0);
  assert.equal(claim(1), true);
  assert.equal(host.recall(3), 1);
  assert.equal(claim(2), false);
  assert.equal(claim(3), false);
  assert.equal(claim(4), true);
});

/** Claims every number in turn, while the host recalls; each number must be known to at least one side. */
const RACER = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ SharedClaims }) => {
  const claims = new SharedClaims(workerData.memory);
  const nothing = Buffer.alloc(16);
  const begun = [];
  parentPort.postMessage('go');
  for (let number = 1; number <= workerData.count; number += 1) if (claims.claim(number, nothing, 0, 0)) begun.push(number);
  parentPort.postMessage(begun);
});
`;

test('two threads that race for the same tasks never both get one, nor both leave one', async () => {
  const host = new SharedClaims();
  const count = 200_000;
  const module = import.meta.resolve('#src/transport/shared-claims.js');
  const racer = new Worker(RACER, { eval: true, workerData: { memory: host.memory, count, module } });
  const recalls: { last: number; begun: number }[] = [];
  const begun = await new Promise<number[]>((resolve, reject) => {
    racer.once('error', reject);
    racer.on('message', (message: 'go' | number[]) => {
      if (message !== 'go') return resolve(message);
      let last = 0;
      for (let round = 0; round < 200; round += 1) {
        // Ahead of where the racer is by now; a host only ever counts up, though a claim that is withdrawn counts down.
        last = Math.max(last, Atomics.load(new Uint32Array(host.memory), 0) + 50);
        recalls.push({ last, begun: host.recall(last) });
      }
    });
  });
  await racer.terminate();
  const ran = new Set(begun);
  for (const recall of recalls) {
    // The host was told that these have not begun: they must not have.
    for (let number = recall.begun + 1; number <= recall.last; number += 1) {
      assert.equal(ran.has(number), false, `${number} was given back and began`);
    }
  }
});

test('what a worker keeps grows with each claim, and is gone from the page once it has left by the link', () => {
  const host = new SharedClaims();
  const worker = new SharedClaims(host.memory);
  const memory = Buffer.alloc(CLAIM_HEAD_BYTES + KEPT_BYTES_MAX + 4);
  const keep = (sequence: number, frames: string, told: number): void => {
    memory.write(frames, CLAIM_HEAD_BYTES, 'latin1');
    assert.equal(worker.claim(sequence, memory, frames.length, told), true);
  };
  assert.equal(host.readKept(), undefined);
  keep(1, 'one', 0);
  keep(2, 'one two', 0);
  assert.deepEqual(host.readKept(), { told: 0, bytes: Buffer.from('one two') });
  keep(3, '', 2);
  assert.equal(host.readKept(), undefined);
  keep(4, 'four', 2);
  assert.deepEqual(host.readKept(), { told: 2, bytes: Buffer.from('four') });
  keep(5, 'x'.repeat(KEPT_BYTES_MAX), 3);
  assert.equal(host.readKept()?.bytes.length, KEPT_BYTES_MAX);
  assert.equal(host.recall(7), 5);
});

test('a worker that is ended while it keeps another answer still keeps those before', () => {
  const host = new SharedClaims();
  const worker = new SharedClaims(host.memory);
  assert.equal(worker.claim(1, Buffer.from(`${' '.repeat(CLAIM_HEAD_BYTES)}one`), 3, 0), true);
  // What it is to keep cannot be read to its end: as good a place as any to stop at.
  assert.throws(() => worker.claim(2, Buffer.alloc(CLAIM_HEAD_BYTES), KEPT_BYTES_MAX, 0), RangeError);
  assert.deepEqual(host.readKept(), { told: 0, bytes: Buffer.from('one') });
  assert.equal(host.readBegun(), 1);
});

/** Keeps rows of frames and lets them go, as fast as it can. */
const KEEPER = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ SharedClaims }) => {
  const claims = new SharedClaims(workerData.memory);
  const { room, longest, rows } = workerData;
  parentPort.postMessage('go');
  for (let told = 1, sequence = 1; told <= rows; told += 1) {
    const memory = Buffer.alloc(room + longest, told & 255);
    for (let length = told % 7; length <= longest; length += 97) claims.claim((sequence += 1), memory, length, told);
  }
  parentPort.postMessage('done');
});
`;

test('what is read while a worker keeps more, or lets it go, is what was kept at one moment', async () => {
  const host = new SharedClaims();
  const module = import.meta.resolve('#src/transport/shared-claims.js');
  const terms = { room: CLAIM_HEAD_BYTES, longest: 1000, rows: 20_000, module, memory: host.memory };
  const keeper = new Worker(KEEPER, { eval: true, workerData: terms });
  await once(keeper, 'message');
  let looks = 0;
  for (let told = 0; told < terms.rows; ) {
    const kept = host.readKept();
    told = Atomics.load(new Uint32Array(host.memory), 1);
    if (kept === undefined) continue;
    looks += 1;
    const torn = kept.bytes.findIndex((byte) => byte !== (kept.told & 255));
    assert.equal(torn, -1, `row ${kept.told} was torn at byte ${torn} of ${kept.bytes.length}`);
  }
  assert.ok(looks > 0);
  await keeper.terminate();
});
