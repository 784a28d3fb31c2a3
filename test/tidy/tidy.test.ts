/**
 * The repository keeps its own rules. `rules.test.ts` shows that each rule can fail.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CLOCK, LIMITS, PURE_FOLDERS, RANDOMNESS, RANKS, TESTED_TOGETHER } from './policy.js';
import * as rules from './rules.js';
import { readSourceTree, type SourceTree } from './source-tree.js';

const folder = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const sources = readSourceTree({ folder, config: 'tsconfig.json' });
const tests = readSourceTree({ folder, config: 'tsconfig.test.json' });
const all: SourceTree = { files: [...sources.files, ...tests.files] };

/** The titles of a test file say what it does. */
const isTest = (path: string): boolean => path.endsWith('.test.ts');

function assertClean(breaches: readonly rules.Breach[]): void {
  if (breaches.length > 0) assert.fail(`${breaches.length} places\n${breaches.map(rules.formatBreach).join('\n')}`);
}

test('the sources were found', () => {
  assert.ok(sources.files.some(({ path }) => path === 'src/base/clock.ts'));
  assert.ok(tests.files.some(({ path }) => path === 'test/tidy/tidy.test.ts'));
});

test('a file imports from its own folder or a lower rank', () => assertClean(rules.checkRanks(sources, RANKS)));
test('the core imports nothing from outside the project', () =>
  assertClean(rules.checkPureFolders(sources, PURE_FOLDERS)));
test('no file imports itself by a detour', () => assertClean(rules.checkCycles(sources)));
test('files are short', () => assertClean(rules.checkFileLength(sources, LIMITS.file)));
test('functions are short', () => assertClean(rules.checkFunctionLength(sources, LIMITS.function)));
test('only one file reads the time', () => assertClean(rules.checkBan(sources, CLOCK)));
test('the core and its simulation draw nothing by chance', () => assertClean(rules.checkBan(all, RANDOMNESS)));
test('nothing is marked as unfinished', () => assertClean(rules.checkMarks(all)));
test('every exported name is documented', () => assertClean(rules.checkDocumentation(sources)));
test('every public member is documented', () => {
  assertClean(rules.checkMembers(sources, ['src/index.ts', 'src/worker.ts', 'src/testing.ts']));
});
test('every file opens with what it does', () => assertClean(rules.checkHeaders(all, isTest)));
test('every source file has its test', () => {
  const testPaths = new Set(tests.files.map(({ path }) => path));
  assertClean(rules.checkTests(sources, testPaths, TESTED_TOGETHER));
});
