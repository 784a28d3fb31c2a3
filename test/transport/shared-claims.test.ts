import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedClaims } from '#src/transport/shared-claims.js';

test('what was recalled cannot be claimed, and what was claimed is not given back', () => {
  const host = new SharedClaims();
  const worker = new SharedClaims(host.memory);
  assert.equal(worker.claim(1), true);
  assert.equal(host.recall(3), 1);
  assert.equal(worker.claim(2), false);
  assert.equal(worker.claim(3), false);
  assert.equal(worker.claim(4), true);
});

/** Claims every number in turn, while the host recalls; each number must be known to at least one side. */
const RACER = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ SharedClaims }) => {
  const claims = new SharedClaims(workerData.memory);
  const begun = [];
  parentPort.postMessage('go');
  for (let number = 1; number <= workerData.count; number += 1) if (claims.claim(number)) begun.push(number);
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
