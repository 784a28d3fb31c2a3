// More bytes than a pipe holds are on their way to a worker that dies. Nobody may wait for a pipe that nobody reads.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor, TerminatedWorkerError } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const crash = pool.submit(() => process.abort());
const large = pool.submit((bytes) => bytes.length, new Uint8Array(20_000_000));
await assert.rejects(crash, TerminatedWorkerError);
assert.equal(await large, 20_000_000);
await pool.shutdown();
console.log('the worker died under 20 MB; another one took them');
