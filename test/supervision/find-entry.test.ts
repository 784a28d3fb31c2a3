import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ProcessPoolExecutor } from 'tardigrade';
import { findEntry, usualEntry } from '#src/supervision/find-entry.js';

const here = fileURLToPath(import.meta.url);

test('the usual entries are there, so nothing else is looked for', () => {
  for (const kind of ['process', 'thread'] as const) {
    assert.ok(existsSync(usualEntry(kind)));
    assert.equal(findEntry(kind, undefined), undefined);
  }
});

test('a file is named by a path, a text with its URL, or a URL; the option goes before the variable', () => {
  process.env.TARDIGRADE_WORKER_ENTRY = '/nowhere';
  try {
    for (const given of [here, pathToFileURL(here).href, pathToFileURL(here)]) {
      assert.equal(findEntry('process', given)?.file.href, pathToFileURL(here).href);
    }
    assert.throws(() => findEntry('thread', undefined), /^TardigradeError: TARDIGRADE_WORKER_ENTRY names \/nowhere/);
  } finally {
    delete process.env.TARDIGRADE_WORKER_ENTRY;
  }
});

test('what is no place of a file is refused at the call', () => {
  for (const workerEntry of ['worker.js', new URL('https://example.org/worker.js'), 5 as never]) {
    assert.throws(() => new ProcessPoolExecutor({ workerEntry }), {
      name: 'TypeError',
      message: /options\.workerEntry must be/,
    });
  }
});
