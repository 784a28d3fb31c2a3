import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadMutant, MUTATIONS } from './mutations.js';
import { runStorms, seedsFrom } from './run.js';

const SEEDS = 6_000;

for (const mutation of MUTATIONS) {
  test(`storms catch it when ${mutation.name}`, async () => {
    const core = await loadMutant(mutation);
    const failed = runStorms(seedsFrom(1, SEEDS), { core });
    assert.ok(failed, `${SEEDS} storms did not catch it`);
    process.stdout.write(`seed ${failed.seed} caught: ${mutation.name} (${failed.error.message})\n`);
  });
}

test('a mutation whose text is gone is an error, not a pass', async () => {
  await assert.rejects(
    loadMutant({ name: 'gone', file: 'model.js', from: 'no such text', to: '' }),
    /"gone" applies to 0 places of model.js: no such text/,
  );
});
