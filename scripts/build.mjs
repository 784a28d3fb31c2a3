/**
 * Builds dist/ from src/, and build/test/ from test/ when called with --tests. Stale output is removed first.
 */

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

function compile({ project, outDir }) {
  rmSync(join(root, outDir), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

compile({ project: 'tsconfig.json', outDir: 'dist' });
if (process.argv.includes('--tests')) compile({ project: 'tsconfig.test.json', outDir: 'build/test' });
