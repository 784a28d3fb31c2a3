import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { captureSubmitSite, type SubmitSite } from '#src/serialization/submit-site.js';

function submit(): SubmitSite {
  return captureSubmitSite(submit);
}

describe('a submit site', () => {
  it('starts at the caller of the public function', () => {
    const lines = submit().text().split('\n');
    assert.equal(lines[0], '    at <submitted from> (<anonymous>)');
    assert.match(lines[1] ?? '', /submit-site\.test\.js/);
    assert.ok(!lines.some((line) => line.includes('at submit ')));
  });

  it('leaves stackTraceLimit as it was, and works with any', () => {
    const before = Error.stackTraceLimit;
    try {
      for (const limit of [0, 1, 100]) {
        Error.stackTraceLimit = limit;
        assert.match(submit().text(), /submit-site\.test\.js/);
        assert.equal(Error.stackTraceLimit, limit);
      }
    } finally {
      Error.stackTraceLimit = before;
    }
  });

  it('is empty where a program makes its own stacks, or breaks them', () => {
    const before = Error.prepareStackTrace;
    try {
      for (const prepare of [
        () => 5,
        () => {
          throw new Error('no');
        },
      ]) {
        Error.prepareStackTrace = prepare;
        const site = submit();
        assert.equal(typeof site.text(), 'string');
      }
    } finally {
      Error.prepareStackTrace = before;
    }
  });

  it('is shared, and says so, when very many tasks are submitted in one go', async () => {
    await Promise.resolve();
    const sites = Array.from({ length: 5000 }, () => submit());
    assert.match(sites[0]?.text() ?? '', /<submitted from>/);
    assert.match(sites[4999]?.text() ?? '', /in one go with many others/);
    assert.ok(new Set(sites).size <= 1001, `${new Set(sites).size} records`);
    await Promise.resolve();
    assert.match(submit().text(), /<submitted from>/);
  });
});
