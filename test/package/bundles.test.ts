/**
 * Programs that were bundled together with this package, in each format, with and without the package beside them.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const acornFolder = dirname(createRequire(import.meta.url).resolve('acorn/package.json'));
/** Of each pool: a closure, the current task, a task that submits to its own pool, and a pool that has come back. */
const RIGHT = [42, 1, 6, 6, 42, 1, 6, 6];

const FORMATS = {
  'an ES module': { format: 'esm', extension: '.mjs', splitting: false },
  'split ES modules': { format: 'esm', extension: '.mjs', splitting: true },
  CommonJS: { format: 'cjs', extension: '.cjs', splitting: false },
} as const satisfies Record<string, Pick<BuildOptions, 'format' | 'splitting'> & { extension: string }>;

interface Program extends Disposable {
  readonly folder: string;
  /** Puts a package where the bundle finds it. */
  install(name: string, target: string): void;
  run(env?: Record<string, string>): unknown;
}

async function bundle({ format, extension, splitting }: (typeof FORMATS)[keyof typeof FORMATS]): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  await build({
    absWorkingDir: root,
    entryPoints: { program: 'test/fixtures/raw/consumer/bundled.mjs', worker: 'tardigrade/worker-entry' },
    outdir: folder,
    outExtension: { '.js': extension },
    bundle: true,
    platform: 'node',
    format,
    splitting,
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return {
    folder,
    install(name, target) {
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      symlinkSync(target, join(folder, 'node_modules', name));
    },
    run(env = {}) {
      const { stdout, stderr } = spawnSync(process.execPath, [join(folder, `program${extension}`), '2'], {
        encoding: 'utf8',
        timeout: 300_000,
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
      });
      assert.equal(stderr, '');
      return JSON.parse(stdout);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

for (const [name, format] of Object.entries(FORMATS)) {
  test(`${name}: the workers of the installed package are found from inside the bundle`, async () => {
    using program = await bundle(format);
    program.install('tardigrade', root);
    assert.deepEqual(program.run(), RIGHT);
  });

  test(`${name}: without the installed package, one variable names the bundled workers`, async () => {
    using program = await bundle(format);
    program.install('acorn', acornFolder);
    const file = join(program.folder, `worker${format.extension}`);
    assert.deepEqual(program.run({ TARDIGRADE_WORKER_ENTRY: file }), RIGHT);
  });

  test(`${name}: a missing file is told, with the option that names it`, async () => {
    using program = await bundle(format);
    for (const failure of program.run() as string[]) {
      assert.match(
        failure,
        /^TardigradeError: the file that workers start with is not at .* the option workerEntry or/,
      );
    }
    for (const failure of program.run({ TARDIGRADE_WORKER_ENTRY: '/nowhere/worker.js' }) as string[]) {
      assert.equal(failure, 'TardigradeError: TARDIGRADE_WORKER_ENTRY names /nowhere/worker.js, which does not exist');
    }
  });

  test(`${name}: a missing parser is told, and not taken for a fault of the function`, async () => {
    using program = await bundle(format);
    const file = join(program.folder, `worker${format.extension}`);
    for (const failure of program.run({ TARDIGRADE_WORKER_ENTRY: file }) as string[]) {
      assert.match(failure, /^SerializationError: fn cannot travel: .* parser 'acorn' is not installed near there/);
    }
  });
}
