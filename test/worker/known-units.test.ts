import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { KnownUnits } from '#src/worker/known-units.js';

const UNIT = 1;

function unitsAfter(...calls: ('quick' | 'slow')[]): KnownUnits {
  const units = new KnownUnits(createCodec({ functions: createFunctionPort(), classes: 'load' }));
  units.learn(UNIT, new Uint8Array(1));
  for (const call of calls) units.noteDuration(UNIT, call === 'quick' ? 10 : 50_000);
  return units;
}

const quickly = (count: number): 'quick'[] => Array.from({ length: count }, () => 'quick');

test('a function is expected to be quick when its last call was', () => {
  assert.equal(unitsAfter().isQuick(UNIT), false);
  assert.equal(unitsAfter('quick').isQuick(UNIT), true);
  assert.equal(unitsAfter(...quickly(1000), 'slow').isQuick(UNIT), false);
});

test('a function is trusted after many quick calls, and not before', () => {
  assert.equal(unitsAfter(...quickly(63)).isSteady(UNIT), false);
  assert.equal(unitsAfter(...quickly(64)).isSteady(UNIT), true);
});

test('a slow call now and then does not cost a function the trust of many quick ones', () => {
  assert.equal(unitsAfter(...quickly(128), 'slow').isSteady(UNIT), false);
  assert.equal(unitsAfter(...quickly(128), 'slow', 'quick').isSteady(UNIT), true);
});

test('two slow calls in a row cost a function all trust, however long it was quick', () => {
  assert.equal(unitsAfter(...quickly(1000), 'slow', 'slow', ...quickly(63)).isSteady(UNIT), false);
  assert.equal(unitsAfter(...quickly(1000), 'slow', 'slow', ...quickly(64)).isSteady(UNIT), true);
});

test('a function that is slow time and again is never trusted', () => {
  const rhythm = Array.from({ length: 100 }, () => [...quickly(20), 'slow' as const]).flat();
  assert.equal(unitsAfter(...rhythm, ...quickly(20)).isSteady(UNIT), false);
});

test('what was forgotten is not expected to be anything', () => {
  const units = unitsAfter(...quickly(100));
  units.forget(UNIT);
  assert.equal(units.isQuick(UNIT), false);
});
