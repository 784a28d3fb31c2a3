/**
 * Sends closures from every environment that code runs in: test runners, coverage tools, loaders, bundles, the REPL. Each by a
 * real run of that tool, on this Node. And runs the example with OpenTelemetry, for its packages are not those of the package.
 *
 *   node scripts/test-environments.mjs [name…]     such as jest, webpack, opentelemetry: what a name begins with
 *
 * The tools are installed in a workspace of their own, `build/environments/`, on first use. Guarantees: it exits with 0 only if
 * every closure gave what it should in every environment; it ends.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLERS, bundleEnvironments } from './lib/environments/bundles.mjs';
import { openTelemetryEnvironment } from './lib/environments/opentelemetry.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fixtures = join(root, 'test/fixtures/raw/environments');
const workspace = join(root, 'build/environments');
const TOOLS = {
  c8: '^12.0.0',
  esbuild: '^0.28.0',
  jest: '^30.5.0',
  nyc: '^18.0.0',
  tsx: '^4.20.0',
  vitest: '^4.1.0',
  ...BUNDLERS,
};

const source = readFileSync(join(fixtures, 'closures.js'), 'utf8');
const PROGRAM = `
const failures = await check();
for (const failure of failures) console.log('FAILED', failure);
console.log(failures.length === 0 ? 'ALL RIGHT' : 'WRONG');
`;
const EXPECT_NONE = "const failures = await check(); if (failures.length > 0) throw new Error(failures.join('\\n'));";
const RUNNER = `test('closures', async () => { ${EXPECT_NONE} console.log('ALL RIGHT'); }, 60_000);`;
const THREAD = `
import { isMainThread, Worker } from 'node:worker_threads';
if (isMainThread) new Worker(new URL(import.meta.url));
else { ${PROGRAM} }
`;
/** Without Node's modules for virtual machines, jest loads no ES module: neither the closures' nor a package's. */
const REQUIRED_IN_JEST = `
const { ProcessPoolExecutor, ThreadPoolExecutor } = require('tardigrade');
test('closures', async () => {
  const factor = 2;
  for (const Pool of [ProcessPoolExecutor, ThreadPoolExecutor]) {
    const pool = new Pool({ maxWorkers: 1 });
    expect(await pool.submit((n) => n * factor, 21)).toBe(42);
    await pool.shutdown();
  }
  console.log('ALL RIGHT');
}, 60_000);
`;
/** As a CommonJS program. */
const required = source
  .replace(/^import \{(.*?)\} from '(.*?)';$/gm, "const {$1} = require('$2');")
  .replace(/^import \* as (\w+) from '(.*?)';$/gm, "const $1 = require('$2');");
const COMMONJS = `(async () => { ${PROGRAM} })();`;

const isTyped = process.features.typescript === 'strip';

/** Each environment: the file that is written, and the command. */
const ENVIRONMENTS = {
  esm: { file: 'esm.mjs', text: source + PROGRAM, run: ['node', 'esm.mjs'] },
  commonjs: {
    file: 'commonjs.cjs',
    text: required + COMMONJS,
    run: ['node', 'commonjs.cjs'],
  },
  'worker thread': { file: 'thread.mjs', text: source + THREAD, run: ['node', 'thread.mjs'] },
  'type stripping': {
    file: 'typed.ts',
    text: typed(),
    run: ['node', 'typed.ts'],
    skip: !isTyped && 'this Node does not strip types by itself',
  },
  tsx: { file: 'typed-tsx.ts', text: typed(), run: ['tsx', 'typed-tsx.ts'] },
  'node -e': { run: ['node', '--input-type=module', '-e', source + PROGRAM] },
  stdin: { run: ['node', '--input-type=module', '-'], input: source + PROGRAM },
  'the REPL': { run: ['node', '--input-type=module', '-e', typeIn(repl())] },
  'node --test': {
    file: 'node.test.mjs',
    text: `import { test } from 'node:test';\n${source}\n${RUNNER.replace(', 60_000', '')}`,
    run: ['node', '--test', 'node.test.mjs'],
  },
  'vitest forks': {
    file: 'vitest.spec.js',
    text: `import { test } from 'vitest';\n${source}\n${RUNNER}`,
    run: ['vitest', 'run', '--pool=forks', 'vitest.spec.js'],
  },
  'vitest threads': {
    file: 'vitest.spec.js',
    text: `import { test } from 'vitest';\n${source}\n${RUNNER}`,
    run: ['vitest', 'run', '--pool=threads', 'vitest.spec.js'],
  },
  jest: {
    file: 'jest.spec.js',
    text: `${source}\n${RUNNER}`,
    run: ['jest', '--testMatch', '**/jest.spec.js'],
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
  },
  'jest, CommonJS': {
    file: 'jest.spec.cjs',
    text: REQUIRED_IN_JEST,
    run: ['jest', '--testMatch', '**/jest.spec.cjs'],
  },
  c8: { file: 'covered.mjs', text: source + PROGRAM, run: ['c8', '--reporter=none', 'node', 'covered.mjs'] },
  istanbul: {
    file: 'instrumented.src.mjs',
    text: source.replaceAll('./dep.js', '../dep.js') + PROGRAM,
    before: ['nyc', 'instrument', 'instrumented.src.mjs', 'instrumented'],
    run: ['node', 'instrumented/instrumented.src.mjs'],
  },
  'a minified esbuild bundle': {
    file: 'bundle.src.mjs',
    text: source + PROGRAM,
    before: [
      'esbuild',
      'bundle.src.mjs',
      '--bundle',
      '--minify',
      '--keep-names',
      '--platform=node',
      '--format=esm',
      '--external:tardigrade',
      '--outfile=bundle.min.mjs',
    ],
    run: ['node', 'bundle.min.mjs'],
  },
  ...bundleEnvironments({ esm: source + PROGRAM, cjs: source + COMMONJS }),
  opentelemetry: openTelemetryEnvironment(root),
};

function typed() {
  return (
    source
      .replace('let state = 5;', 'let state: number = 5;\ninterface Named { readonly name: string }\n')
      .replace('const helper = (x) =>', 'const helper = (x: number): number =>')
      .replace('constructor(name) {', 'name: string;\n  constructor(name: string) {')
      .replace('(x) => x * 2, 21', '(x: number): number => (x as number) * 2, 21') + PROGRAM
  );
}

/** A program that types a text into a REPL, and waits until that ends by itself: at the end of its input it would end at once. */
function typeIn(text) {
  return `import { spawn } from 'node:child_process';
    const repl = spawn(process.execPath, ['-i'], { stdio: ['pipe', 'inherit', 'inherit'] });
    repl.once('exit', (code) => { process.exitCode = code ?? 1; });
    repl.stdin.write(${JSON.stringify(text)});`;
}

/** A line a statement: the REPL reads them one by one. */
function repl() {
  const body = source
    .replace(/^\/\/.*$/gm, '')
    .replace(/^import \{(.*?)\} from '(.*?)';$/gm, "const {$1} = require('$2');")
    .replace(/^import \* as (\w+) from '(.*?)';$/gm, "const $1 = require('$2');");
  const report =
    "void check().then((found) => { console.log(found.length === 0 ? 'ALL RIGHT' : found); process.exit(); });";
  return `${body}\n${report}\n`;
}

function install() {
  mkdirSync(workspace, { recursive: true });
  writeFileSync(
    join(workspace, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: TOOLS }),
  );
  if (Object.keys(TOOLS).some((tool) => !existsSync(join(workspace, 'node_modules', tool)))) {
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--silent'], {
      cwd: workspace,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the tools could not be installed');
  }
  const link = join(workspace, 'node_modules/tardigrade');
  rmSync(link, { recursive: true, force: true });
  symlinkSync(root, link, 'dir');
  writeFileSync(join(workspace, 'dep.js'), readFileSync(join(fixtures, 'dep.js')));
  writeFileSync(join(workspace, 'jest.config.mjs'), 'export default { transform: {}, testEnvironment: "node" };\n');
}

function start([tool, ...args], { env = {}, input = '' }) {
  const own = { node: process.execPath, sh: 'sh' };
  const command = own[tool] ?? join(workspace, 'node_modules/.bin', tool);
  return spawnSync(command, args, {
    cwd: workspace,
    encoding: 'utf8',
    input,
    timeout: 300_000,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_V8_COVERAGE: undefined,
      PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
      ...env,
    },
  });
}

async function runEnvironment(name, { file, text, before, build, run, check, skip, ...options }) {
  if (skip) {
    console.log(`﹣ ${name}: skipped, ${skip}`);
    return true;
  }
  const startedMs = performance.now();
  let printed = '';
  let wrong;
  try {
    if (file !== undefined) writeFileSync(join(workspace, file), text);
    if (before !== undefined) start(before, options);
    await build?.(workspace);
    const { stdout = '', stderr = '', status } = start(run, options);
    printed = `${stdout}\n${stderr}`;
    if (status !== 0) throw new Error(`it ended with ${status}`);
    if (check !== undefined) check(stdout);
    else if (!printed.includes('ALL RIGHT')) throw new Error('not all was right');
  } catch (error) {
    wrong = error;
  }
  console.log(`${wrong === undefined ? '✔' : '✖'} ${name} (${secondsSince(startedMs)} s)`);
  if (wrong !== undefined) console.log(`${wrong.stack ?? wrong}\n${printed}`.slice(0, 4000));
  return wrong === undefined;
}

function secondsSince(startedMs) {
  return ((performance.now() - startedMs) / 1000).toFixed(1);
}

const wanted = process.argv.slice(2);
install();
let failed = 0;
const startedMs = performance.now();
for (const [name, environment] of Object.entries(ENVIRONMENTS)) {
  if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start))) continue;
  if (!(await runEnvironment(name, environment))) failed += 1;
}
console.log(`${failed} failed, in ${secondsSince(startedMs)} s without the installation`);
process.exitCode = failed === 0 ? 0 : 1;
