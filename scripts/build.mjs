/**
 * Builds the package, and the tests when called with --tests. Stale output is removed first.
 *
 *   build/src/    each source file compiled by itself, with its declarations; `#src/*` leads here
 *   build/test/   the tests
 *   dist/         what is published: few files, because loading a hundred small ones takes longer than all the rest
 *
 *   dist/lib/     the public entries as CommonJS, what they share with the workers, and what is loaded when it is needed;
 *                 and ES modules that name what the entries have
 *   dist/executor-arrival.js  what a worker loads that gets an executor
 *   dist/worker-entry.cjs     either kind of worker, for bundlers without the condition "module"
 *   dist/worker/  the workers' entries; one folder up and down from everything in lib/, as in src/
 *   dist/testing/ the entry of workers that fail when they are told to, at the same depth
 *   dist/bundler/ ES modules for bundlers
 *   dist/types/   the declarations
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { findPieces, joinEntries, namePieces } from './lib/pieces.mjs';
import { facadeOf, toCommonJs } from './lib/to-commonjs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

function compile({ project, outDir }) {
  rmSync(join(root, outDir), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Pieces that are loaded when they are first needed. The first one before the second. */
const DESCRIBING = 'serialization/functions/describing';
const CODE = 'serialization/functions/code';
const PROCESSES = 'supervision/process-launcher';
const THREADS = 'supervision/thread-launcher';
const folder = join(root, 'build/src');
const dist = join(root, 'dist');

/** What is imported by name. */
const IMPORTED = ['lib/index', 'lib/worker', 'lib/testing', 'executor-arrival'];

/** The entries, by where they stand in dist/. */
const ENTRIES = {
  'lib/index': 'index',
  'lib/worker': 'worker',
  'lib/testing': 'testing',
  'testing/process-main': 'testing/process-main',
  'testing/thread-main': 'testing/thread-main',
  'worker-entry': 'worker-entry',
  'executor-arrival': 'executor-arrival',
  'worker/main': 'worker/main',
  'worker/thread-main': 'worker/thread-main',
};

/** What bundlers take, by their condition "module": ES modules, which each of them can cut and join. */
const FOR_BUNDLERS = {
  index: 'build/src/index.js',
  worker: 'build/src/worker.js',
  testing: 'build/src/testing.js',
  'worker-entry': 'build/src/worker-entry.js',
};

function bundle(options) {
  return build({
    absWorkingDir: root,
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
    ...options,
  });
}

/** In a piece's stead, what says where it is. */
const nameOf = (piece) => `lib/${basename(piece, '.js')}`;
const named = namePieces(({ target }) => `__piece(${JSON.stringify(nameOf(target))})`);

/** What an entry loads at once, by its path in build/src/. */
async function reach(entry) {
  const entryPoints = [join(folder, `${entry}.js`)];
  const { metafile } = await bundle({ entryPoints, splitting: false, write: false, metafile: true, plugins: [named] });
  return Object.keys(metafile.inputs).map((path) => relative(folder, join(root, path)).replace(/\.js$/, ''));
}

/** What starts a program's use of the package, in the host and in workers. What two of them need is one file for all. */
const OF_WORKERS = ['worker/main', 'worker/thread-main', DESCRIBING];
const ROLES = ['index', ...OF_WORKERS, PROCESSES, THREADS];

/**
 * The entries, each with what is loaded with it. Without that, what they share would be cut into a file for each set of
 * entries that share it, and it is the number of files that takes time.
 */
async function withCompany(pieces) {
  const uses = new Map();
  for (const role of ROLES) for (const path of await reach(role)) uses.set(path, [...(uses.get(path) ?? []), role]);
  const shared = [...uses.keys()].filter((path) => uses.get(path).length > 1);
  const isForWorkers = (path) => uses.get(path).some((role) => OF_WORKERS.includes(role));
  const common = shared.filter(isForWorkers);
  const company = {
    index: shared,
    worker: common,
    'worker-entry': common,
    [DESCRIBING]: common,
    [CODE]: [...common, DESCRIBING],
  };
  const entries = { ...ENTRIES };
  for (const piece of pieces) entries[nameOf(piece)] = piece;
  const isOfWorker = (path) => /^(?:testing|worker)\//.test(path);
  return { entries, companyOf: (path) => company[path] ?? (isOfWorker(path) ? common : [...common, 'index']) };
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What Node loads. */
async function bundleForNode() {
  const { entries, companyOf } = await withCompany(findPieces(folder));
  const { outputFiles, metafile } = await bundle({
    entryPoints: Object.fromEntries(Object.entries(entries).map(([out, path]) => [out, `entry:${path}`])),
    plugins: [named, joinEntries((path) => [path, ...companyOf(path)].map((name) => join(folder, `${name}.js`)))],
    outdir: dist,
    write: false,
    metafile: true,
    // Nothing of the company is left out for not being used.
    ignoreAnnotations: true,
    // It is empty in CommonJS.
    define: { 'import.meta.url': 'undefined' },
  });
  for (const { path, text } of outputFiles) {
    const relativeTo = (piece) => `./${relative(dirname(path), join(dist, piece)).replaceAll(sep, '/')}.cjs`;
    write(path.replace(/\.js$/, '.cjs'), toCommonJs(text, { path, pathOf: relativeTo }));
  }
  for (const entry of IMPORTED) {
    const { exports } = metafile.outputs[`dist/${entry}.js`];
    write(join(dist, `${entry}.js`), facadeOf(exports, `./${basename(entry)}.cjs`));
  }
}

/** What bundlers load: all of it, for nobody knows where they put things. */
async function bundleForBundlers() {
  const plugin = namePieces(({ target, before }) => {
    before.push(`import * as piece${before.length} from ${JSON.stringify(target)};\n`);
    return `piece${before.length - 1}`;
  });
  const outdir = join(dist, 'bundler');
  await bundle({ entryPoints: FOR_BUNDLERS, outdir, chunkNames: 'shared-[hash]', plugins: [plugin] });
}

compile({ project: 'tsconfig.json', outDir: 'build/src' });
rmSync(dist, { recursive: true, force: true });
await bundleForNode();
await bundleForBundlers();
const isDeclaration = (path) => path.endsWith('.d.ts') || statSync(path).isDirectory();
cpSync(folder, join(dist, 'types'), { recursive: true, filter: isDeclaration });
if (process.argv.includes('--tests')) compile({ project: 'tsconfig.test.json', outDir: 'build/test' });
