import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind, Weather } from './plan.js';
import { tellTallies } from './report.js';
import { addSeed, createTally } from './run.js';

const SEED = 1;

for (const kind of ['process', 'thread'] satisfies Kind[]) {
  for (const weather of ['wild', 'calm'] satisfies Weather[]) {
    test(`the ledger agrees with the pool, however its workers are killed (${kind}, ${weather} round)`, async () => {
      const tally = createTally();
      await addSeed(tally, SEED, kind, weather);
      const told = tellTallies(new Map([[kind, tally]]), SEED);
      assert.deepEqual(tally.violations, [], told);
      assert.ok(tally.kills.inside > 0 && (tally.settled.lost ?? 0) > 0, told);
      // In a wild round it is for chance to say.
      if (weather === 'calm') assert.equal(tally.retried, 0, told);
    });
  }
}
