import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentUnits } from '#src/transport/sent-units.js';

const unit = (id: number, size = 1) => ({ id, bytes: new Uint8Array(size) });

test('a worker hears of a function once', () => {
  const sent = new SentUnits();
  assert.deepEqual([sent.use(unit(1)), sent.use(unit(2)), sent.use(unit(1))], ['new', 'new', 'known']);
  assert.deepEqual(sent.takeForgotten(), []);
});

test('what was not used for longest is forgotten when there are too many, and sent again when it is used again', () => {
  const sent = new SentUnits();
  for (let id = 1; id <= 1000; id += 1) sent.use(unit(id));
  sent.use(unit(1));
  sent.use(unit(1001));
  assert.deepEqual(sent.takeForgotten(), [2]);
  assert.equal(sent.use(unit(1)), 'known');
  assert.equal(sent.use(unit(2)), 'new');
});

test('large functions are forgotten sooner, but never the one that was used last', () => {
  const sent = new SentUnits();
  sent.use(unit(1, 2 ** 25));
  sent.use(unit(2, 2 ** 27));
  assert.deepEqual(sent.takeForgotten(), [1]);
  assert.equal(sent.use(unit(2, 2 ** 27)), 'known');
});
