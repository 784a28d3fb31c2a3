/**
 * Runs the benchmarks: each file in this folder answers one question. `npm run bench -- tiny latency` runs those two,
 * `npm run bench` all of them. The other pools are installed on first use, in peers/.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('./peers/', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const self = 'run.mjs';

const questions = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== self)
  .map((name) => name.slice(0, -'.mjs'.length));

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** npm writes the second file at the end of an installation. */
function installPeers() {
  if (changedMs(`${peers}node_modules/.package-lock.json`) >= changedMs(`${peers}package-lock.json`)) return;
  console.log('Installing the other pools in bench/peers ...');
  run('npm', ['ci', '--no-audit', '--no-fund'], peers);
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !questions.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark named ${unknown.join(' or ')}. There are: ${questions.join(', ')}.`);
  process.exit(1);
}
installPeers();
for (const name of chosen.length > 0 ? chosen : questions)
  run(process.execPath, ['--expose-gc', `bench/${name}.mjs`], root);
