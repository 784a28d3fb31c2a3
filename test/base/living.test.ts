import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAllLeftovers, enlist } from '#src/base/living.js';

test('what is listed is asked for its leftovers until it is struck off', () => {
  const before = describeAllLeftovers();
  const one = { describeLeftovers: () => ['a crumb', 'another'] };
  const strikeOff = enlist(one);
  assert.deepEqual(describeAllLeftovers(), [...before, 'a crumb', 'another']);
  strikeOff();
  assert.deepEqual(describeAllLeftovers(), before);
});
