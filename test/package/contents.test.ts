/**
 * What is published, and what of it has a name.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listPackedFiles, root } from './consumer.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('the package holds what is built from today’s sources, its papers, and nothing else', () => {
  const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
  const files = listPackedFiles().filter((path) => !/^docs\/[\w/-]+\.(md|svg)$/.test(path));
  assert.deepEqual(files.filter((path) => !path.startsWith('dist/')).sort(), papers);
  const isBuilt = (path: string): boolean => {
    const declared = /^dist\/types\/(.*)\.d\.ts$/.exec(path)?.[1];
    if (declared !== undefined) return existsSync(join(root, `src/${declared}.ts`));
    return (
      /^dist\/(lib\/(index|worker|testing)|executor-arrival)\.(cjs|js)$/.test(path) ||
      /^dist\/lib\/(shared-\w+|code|describing|(inline|process|thread)-launcher)\.cjs$/.test(path) ||
      /^dist\/(testing\/(process|thread)-|worker\/(thread-)?)main\.cjs$/.test(path) ||
      path === 'dist/worker-entry.cjs' ||
      /^dist\/bundler\/(index|worker|testing|worker-entry|shared-\w+)\.js$/.test(path)
    );
  };
  const strangers = files.filter((path) => !papers.includes(path) && !isBuilt(path));
  assert.deepEqual(strangers, []);
});

test('every entry of exports leads to a file of the package', () => {
  const files = new Set(listPackedFiles().map((path) => `./${path}`));
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    Object.values(typeof entry === 'string' ? [entry] : (entry as object)),
  );
  assert.deepEqual(
    targets.filter((target) => !files.has(target)),
    [],
  );
});

test('the public names are these', async () => {
  assert.deepEqual(Object.keys(await import('tardigrade')).sort(), [
    'BrokenExecutorError',
    'CancelledError',
    'Future',
    'InitializerError',
    'InlineExecutor',
    'ProcessPoolExecutor',
    'QueueFullError',
    'RecursionDepthError',
    'SerializationError',
    'ShutdownExecutorError',
    'TardigradeError',
    'TerminatedWorkerError',
    'ThreadPoolExecutor',
    'TimeoutError',
    'asCompleted',
    'availableCpus',
    'explain',
    'getReusableExecutor',
    'importTasks',
    'registerByReference',
    'registerByValue',
    'registerReducer',
    'share',
    'wait',
  ]);
  assert.deepEqual(Object.keys(await import('tardigrade/worker')).sort(), [
    'carriedContext',
    'contextStorage',
    'currentTask',
  ]);
  assert.deepEqual(Object.keys(await import('tardigrade/testing')).sort(), [
    'SimulatedExecutor',
    'assertNothingLeft',
    'createFaults',
    'withFaults',
  ]);
});

test('nothing but the public names can be imported', async () => {
  const inside = 'tardigrade/dist/worker/main.js';
  await assert.rejects(import(inside), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});
