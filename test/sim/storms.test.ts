import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realCore } from './core.js';
import { OutcomeCounts } from './outcomes.js';
import { REGRESSIONS } from './regressions.js';
import { runStorms, seedsFrom, tellFailure } from './run.js';
import { runStorm } from './storm.js';
import { createTrace } from './trace.js';

const SEEDS = 1_500;

test('the pool keeps every promise in a thousand storms, which meet every outcome', () => {
  const counts = new OutcomeCounts();
  const failed = runStorms(seedsFrom(1, SEEDS), { counts });
  assert.equal(failed, undefined, failed && tellFailure(failed));
  assert.deepEqual(counts.missing(), [], 'never met');
});

for (const { seed, story } of REGRESSIONS) {
  test(`seed ${seed}: ${story}`, () => {
    const failed = runStorms([seed]);
    assert.equal(failed, undefined, failed && tellFailure(failed));
  });
}

test('one seed tells the same story twice, another one another', () => {
  const tell = (seed: number): string => {
    const lines: string[] = [];
    const trace = createTrace((line) => lines.push(line));
    runStorm({ seed, core: realCore, counts: new OutcomeCounts(), trace });
    return lines.join('\n');
  };
  const story = tell(4711);
  assert.equal(tell(4711), story);
  assert.notEqual(tell(4712), story);
  assert.match(story, /submitted task=1 /);
});
