/**
 * Builds the package, and the tests when called with --tests. Stale output is removed first.
 *
 *   build/src/    each source file compiled by itself, with its declarations; `#src/*` leads here
 *   build/test/   the tests
 *   dist/         what is published: few files, because loading a hundred small ones takes longer than all the rest
 *
 *   dist/lib/     the public entries and what they share with the worker
 *   dist/executor-arrival.js  what a worker loads that gets an executor
 *   dist/worker/  the workers' entries; one folder up and down from everything in lib/, as in src/
 *   dist/testing/ the entry of workers that fail when they are told to, at the same depth
 *   dist/types/   the declarations
 */

import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

function compile({ project, outDir }) {
  rmSync(join(root, outDir), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function bundle() {
  const dist = join(root, 'dist');
  rmSync(dist, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      'lib/index': 'build/src/index.js',
      'lib/worker': 'build/src/worker.js',
      'lib/testing': 'build/src/testing.js',
      'testing/process-main': 'build/src/testing/process-main.js',
      'testing/thread-main': 'build/src/testing/thread-main.js',
      'worker/entry': 'build/src/worker-entry.js',
      'executor-arrival': 'build/src/executor-arrival.js',
      'worker/main': 'build/src/worker/main.js',
      'worker/thread-main': 'build/src/worker/thread-main.js',
    },
    outdir: dist,
    bundle: true,
    splitting: true,
    chunkNames: 'lib/shared-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    // It would define a name on every closure when that is made. Who is renamed otherwise is held by a test.
    keepNames: false,
    logLevel: 'warning',
  });
  const isDeclaration = (path) => path.endsWith('.d.ts') || statSync(path).isDirectory();
  cpSync(join(root, 'build/src'), join(dist, 'types'), { recursive: true, filter: isDeclaration });
}

compile({ project: 'tsconfig.json', outDir: 'build/src' });
await bundle();
if (process.argv.includes('--tests')) compile({ project: 'tsconfig.test.json', outDir: 'build/test' });
