import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findNearest, show } from '#src/base/wording.js';

describe('show', () => {
  it('is one short line', () => {
    assert.equal(show({ a: 1, b: 'x' }), "{ a: 1, b: 'x' }");
    assert.equal(show(-0), '-0');
    assert.equal(show(undefined), 'undefined');
    assert.equal(show('x'.repeat(81)).length <= 80, true);
    assert.equal(show(Array.from({ length: 99 }, () => 'long enough text')).length <= 80, true);
    assert.equal(show(['a\nb', ['c']]).includes('\n'), false);
  });
});

describe('findNearest', () => {
  const known = ['maxWorkers', 'idleTimeoutMs', 'name'];

  it('finds what was probably meant, whatever the case', () => {
    assert.equal(findNearest('maxworkers', known), 'maxWorkers');
    assert.equal(findNearest('idleTimeout', known), 'idleTimeoutMs');
    assert.equal(findNearest('nmae', known), 'name');
  });

  it('finds nothing when nothing is near', () => {
    assert.equal(findNearest('zebra', known), undefined);
    assert.equal(findNearest('', known), undefined);
  });
});
