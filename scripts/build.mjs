// Builds dist/ from src/, and build/test/ from test/ when called with --tests. Stale output is removed first.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

function compile(project, outDir) {
  rmSync(outDir, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

compile('tsconfig.json', 'dist');
if (process.argv.includes('--tests')) compile('tsconfig.test.json', 'build/test');
