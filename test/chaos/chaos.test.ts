import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind } from './plan.js';
import { tellTallies } from './report.js';
import { addSeed, createTally } from './run.js';

const SEEDS = [1];

for (const kind of ['process', 'thread'] satisfies Kind[]) {
  test(`the ledger agrees with the pool, however its workers are killed (${kind})`, async () => {
    const tally = createTally();
    for (const seed of SEEDS) await addSeed(tally, seed, kind);
    const told = tellTallies(new Map([[kind, tally]]), SEEDS[0] as number);
    assert.deepEqual(tally.violations, [], told);
    assert.ok(tally.kills.inside > 0 && (tally.settled.lost ?? 0) > 0 && tally.retried > 0, told);
  });
}
