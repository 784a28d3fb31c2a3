/**
 * `npm test`: builds the package and its tests (which checks the types), lints, runs the tests, and looks for leaks.
 *
 *   npm test                                     everything
 *   npm test -- test/futures test/sim/a.test.ts  only these folders and files
 *   npm test -- --built                          without building and linting first (for other Node versions)
 *
 * Guarantees: it ends (each file has a deadline), and it exits with 0 only if every step passed and no process or
 * temporary file of the tests is left. A listening port belongs to a process, so a leaked port is a leaked process here.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startLeakWatch } from './lib/leak-watch.mjs';
import { runTests } from './lib/run-tests.mjs';
import { findTests, root } from './lib/test-files.mjs';

function step(title, command) {
  const startedMs = performance.now();
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? '✔' : '✖'} ${title} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  return status === 0;
}

function prepare() {
  if (!step('build and types', ['scripts/build.mjs', '--tests'])) return 'stop';
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  return step('lint', [biome, 'check', '.']) ? 'go' : 'go, but fail';
}

function chooseFiles(paths) {
  const files = findTests(paths);
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')}`);
  if (files.length === 0) throw new Error(`no *.test.ts in ${paths.join(', ') || 'test/'}`);
  return files;
}

async function main() {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--built');
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; known: --built, and paths under test/`);
  const prepared = args.includes('--built') ? 'go' : prepare();
  if (prepared === 'stop') return false;
  const files = chooseFiles(args.filter((arg) => !arg.startsWith('-')));

  const leaks = startLeakWatch();
  const cleanUp = () => {
    leaks.killAll();
    leaks.removeFolder();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      cleanUp();
      process.exit(1);
    });
  }
  const passed = await runTests(files);
  const found = await leaks.findLeaks();
  cleanUp();
  for (const leak of found) console.log(`✖ left behind: ${leak}`);
  if (found.length === 0) console.log('✔ no process and no temporary file left behind');
  return passed && found.length === 0 && prepared === 'go';
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`✖ ${error.message}`);
  process.exitCode = 2;
}
