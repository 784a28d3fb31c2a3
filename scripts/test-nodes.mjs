/**
 * `npm run test:nodes`: runs the built tests under other Node versions, each installed from the npm package `node` into
 * a cache folder outside the repository.
 *
 *   npm run test:nodes                 22, 24 and 26
 *   npm run test:nodes -- 20.19.0 24   these versions
 *   npm run test:nodes -- 26 test/sim  these tests only
 *
 * Each version also runs the demo, when no tests were chosen. The folder is `tardigrade-nodes` in the system's temporary folder, or TARDIGRADE_NODES; a version that is there
 * already is used as it is.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/test-files.mjs';

const args = process.argv.slice(2);
const isVersion = (arg) => /^v?\d+(\.\d+)*$/.test(arg);
const versions = args.some(isVersion) ? args.filter(isVersion) : ['22', '24', '26'];
const paths = args.filter((arg) => !isVersion(arg));
const cache = process.env.TARDIGRADE_NODES ?? join(tmpdir(), 'tardigrade-nodes');

function run(command, commandArgs, { cwd = root, quiet = false } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, commandArgs, {
    cwd,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (error !== undefined) throw error;
  return { passed: status === 0, stdout, stderr };
}

/** The path of that Node's program, installed first if it is not there. */
function findNode(version) {
  const folder = join(cache, version);
  const program = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // The package's own install step fetches the platform's program; newer npms run it only where it is allowed.
  const manifest = { private: true, dependencies: { node: version }, allowScripts: { node: true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const { passed, stderr } = run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
    quiet: true,
  });
  if (!passed || !existsSync(program)) throw new Error(`Node ${version} could not be installed:\n${stderr}`);
  return program;
}

const results = [];
for (const version of versions) {
  const program = findNode(version);
  const label = run(program, ['--version'], { quiet: true }).stdout.trim();
  console.log(`\n── Node ${label}`);
  const demo = paths.length > 0 || run(program, ['examples/demo.mjs']).passed;
  results.push({ label, passed: run(program, ['scripts/test.mjs', '--built', ...paths]).passed && demo });
}
console.log('');
for (const { label, passed } of results) console.log(`${passed ? '✔' : '✖'} Node ${label}`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
