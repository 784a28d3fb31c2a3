import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lazily } from '#src/base/lazily.js';

test('what is made when it is first needed is made once, and not before', () => {
  const made: object[] = [];
  const get = lazily(() => {
    made.push({});
    return made[made.length - 1] as object;
  });
  assert.equal(made.length, 0);
  assert.equal(get(), get());
  assert.equal(made.length, 1);
});

test('what could not be made is tried again', () => {
  let tries = 0;
  const get = lazily(() => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return { tries };
  });
  assert.throws(get, { message: 'not yet' });
  assert.deepEqual(get(), { tries: 2 });
});
