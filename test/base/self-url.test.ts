import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { selfUrl } from '#src/base/self-url.js';

// What it is inside bundles of each format is tested with them, in test/package/bundles.test.ts.
test('it is the URL of a file, one folder below the root of the sources', () => {
  assert.ok(existsSync(new URL(selfUrl)));
  assert.ok(existsSync(new URL('../index.js', selfUrl)));
});
