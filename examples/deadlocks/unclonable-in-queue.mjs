// An argument and a result that cannot travel, with the only worker busy. No slot may be lost by them.

import assert from 'node:assert/strict';
import { ProcessPoolExecutor, SerializationError } from 'tardigrade';

const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
const busy = pool.submit(() => new Promise((resolve) => setTimeout(resolve, 50, 'busy')));
const badArgument = pool.submit((value) => value, new WeakMap());
const badResult = pool.submit(() => new WeakMap());
const good = pool.submit((value) => value, 'good');
await assert.rejects(badArgument, SerializationError);
await assert.rejects(badResult, SerializationError);
assert.deepEqual(await Promise.all([busy, good]), ['busy', 'good']);
assert.equal(pool.stats().workersStarted, 1);
await pool.shutdown();
console.log('two calls that cannot travel failed alone; the worker is the same');
