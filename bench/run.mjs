/**
 * Runs the benchmarks: each file in this folder answers one question. `npm run bench -- tiny latency` runs those two,
 * `npm run bench` all of them. The other pools are installed on first use, in peers/.
 *
 *   --quick   fewer and shorter rounds: shows that everything works, not how fast it is
 *   --write   stores the figures in results/ and writes docs/performance.md and its charts; asks what that page shows. A
 *             question's figures are stored when it has ended well, and the page is written at the end, all of it or nothing
 *   --draw    writes the page and its charts from what is stored, and measures nothing
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePage } from './lib/page.mjs';
import { writeWhole } from './lib/write-whole.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('./peers/', import.meta.url));
const results = fileURLToPath(new URL('./results/', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const self = 'run.mjs';
const OPTIONS = ['--quick', '--write', '--draw'];
/** What docs/performance.md shows, and how many seconds of a quarter of an hour each may take when all are asked. */
const ON_PAGE = {
  tiny: 90,
  latency: 80,
  callers: 60,
  skew: 60,
  payload: 230,
  cold: 70,
  map: 70,
  memory: 80,
  waiting: 70,
  reuse: 50,
  steps: 40,
};
/** These take words of their own, when they are asked alone: `npm run bench -- payload argument 64MB`. */
const WITH_WORDS = ['payload', 'faults'];
/** A question that hangs ends here, and the others go on. Faults make other pools hang, for ten seconds each. */
const LIMIT_MS = 10 * 60_000;
const LIMITS_MS = { faults: 30 * 60_000 };

const questions = readdirSync(folder)
  .filter((name) => name.endsWith('.mjs') && name !== self)
  .map((name) => name.slice(0, -'.mjs'.length));

function run(command, args, options) {
  const { status, signal, error } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (error && error.code !== 'ETIMEDOUT') throw error;
  return status === 0 ? undefined : `${args.join(' ')} ended with ${signal ?? status}`;
}

function changedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** npm writes the second file at the end of an installation. */
function installPeers() {
  if (changedMs(`${peers}node_modules/.package-lock.json`) >= changedMs(`${peers}package-lock.json`)) return;
  console.log('Installing the other pools in bench/peers ...');
  const failure = run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: peers });
  if (failure !== undefined) process.exit(1);
}

function parse(args) {
  const options = args.filter((arg) => arg.startsWith('--'));
  const words = args.filter((arg) => !arg.startsWith('--'));
  const passesOn = WITH_WORDS.includes(words[0]) && words.slice(1).every((word) => !questions.includes(word));
  const chosen = passesOn ? words.slice(0, 1) : words;
  const unknown = [
    ...chosen.filter((name) => !questions.includes(name)),
    ...options.filter((option) => !OPTIONS.includes(option)),
  ];
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(' or ')}. There are: ${[...questions, ...OPTIONS].join(', ')}.`);
    process.exit(1);
  }
  const has = (name) => options.includes(name);
  return {
    chosen,
    words: words.slice(chosen.length),
    isQuick: has('--quick'),
    writes: has('--write'),
    draws: has('--draw'),
  };
}

function ask(names, { words, isQuick, writes }) {
  const drafts = mkdtempSync(join(tmpdir(), 'tardigrade-bench-'));
  const env = {
    ...process.env,
    ...(isQuick ? { BENCH_QUICK: '1' } : {}),
    ...(writes ? { BENCH_RESULTS: drafts } : {}),
  };
  const isAll = names.length > 1 && Object.keys(ON_PAGE).every((name) => names.includes(name));
  const failures = names.map((name) => {
    const startMs = performance.now();
    const failure = run(process.execPath, ['--expose-gc', `bench/${name}.mjs`, ...words], {
      cwd: root,
      env: isAll && name in ON_PAGE ? { ...env, BENCH_SECONDS: String(ON_PAGE[name]) } : env,
      timeout: LIMITS_MS[name] ?? LIMIT_MS,
    });
    console.log(`\n${name}: ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
    if (failure === undefined) keepFigures(join(drafts, `${name}.json`), `${name}.json`);
    return failure;
  });
  rmSync(drafts, { recursive: true, force: true });
  return failures.filter((failure) => failure !== undefined);
}

/** What a question found before it failed is no answer: its older figures stay. */
function keepFigures(draft, name) {
  if (!existsSync(draft)) return;
  mkdirSync(results, { recursive: true });
  writeWhole(join(results, name), readFileSync(draft, 'utf8'));
}

const { chosen, draws, ...how } = parse(process.argv.slice(2));
let failures = [];
if (!draws) {
  installPeers();
  const startMs = performance.now();
  failures = ask(chosen.length > 0 ? chosen : how.writes ? Object.keys(ON_PAGE) : questions, how);
  console.log(`\n${((performance.now() - startMs) / 60_000).toFixed(1)} minutes in all.`);
}
if (draws || how.writes) writePage();
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
