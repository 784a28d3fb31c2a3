/**
 * A task that writes well-formed frames to its worker's link: what could not be true costs that worker, and no other task
 * is answered, begun or ended by it.
 */

import assert from 'node:assert/strict';
import { TerminatedWorkerError } from 'tardigrade';
import { WORKER_KINDS } from '#src/transport/wire.js';
import { createGate, passGate, until } from '../support/gate.js';
import { poolTest } from '../support/pools.js';

/** Task: says something in its worker's name, then goes on as if nothing had happened. */
const forge = async (kind: number, a: number, b: number): Promise<string> => {
  const { HEADER_BYTES, writeHeader } = await import('#src/transport/frames.js');
  const frame = Buffer.alloc(HEADER_BYTES);
  writeHeader(frame, 0, { kind, a, b }, 0);
  process.getBuiltinModule('node:fs').writeSync(4, frame);
  return 'forged';
};

/** What is forged, for a task whose number is 2 while task 1 runs on another worker. */
const lies: Readonly<Record<string, readonly [kind: number, a: number, b: number]>> = {
  'an answer to a task of another worker': [WORKER_KINDS.value, 1, 0],
  'that a task of another worker threw': [WORKER_KINDS.thrown, 1, 0],
  'progress of a task of another worker': [WORKER_KINDS.progress, 1, 0],
  'that it begins a task of another worker': [WORKER_KINDS.started, 1, 0],
  'that it begins its own task, again': [WORKER_KINDS.started, 2, 0],
  'that it skips its own task': [WORKER_KINDS.skipped, 2, 1],
  'that it failed to start': [WORKER_KINDS['start-failed'], 0, 0],
  'that it is ready, again': [WORKER_KINDS.ready, 1, 0],
  goodbye: [WORKER_KINDS.goodbye, 0, 0],
  'what is no message': [99, 0, 0],
};

for (const [what, [kind, a, b]] of Object.entries(lies)) {
  poolTest(
    `a worker in whose name a task says ${what} is ended, and the others go on (faults 270)`,
    async ({ open }) => {
      const pool = open({ maxWorkers: 2 });
      using gate = createGate();
      const other = pool.submit(passGate, gate.path, 'from the other worker');
      await until(() => other.running());
      const error = await pool.submit(forge, kind, a, b).exception();
      assert.ok(error instanceof TerminatedWorkerError, String(error));
      assert.match(error.message, /broke the protocol and was killed: /);
      assert.equal(other.state, 'running');
      assert.equal(await pool.submit(() => 'next'), 'next');
      gate.open();
      assert.equal(await other, 'from the other worker');
      assert.deepEqual([pool.state, pool.stats().workersLost], ['open', 1]);
    },
  );
}

poolTest('an answer that a task forges for itself settles it, and costs nobody else', async ({ open }) => {
  const pool = open({ maxWorkers: 1 });
  const future = pool.submit(forge, WORKER_KINDS.value, 1, 0);
  assert.equal(((await future.exception()) as Error).name, 'SerializationError');
  assert.equal(await pool.submit(() => 'next'), 'next');
  assert.equal(pool.stats().workersLost, 0);
});
