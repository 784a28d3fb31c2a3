/**
 * An empty project that has installed the packed tarball, as a user's has: what `npm pack` makes, through `npm install`.
 *
 * Rules: the package comes from the tarball, what it depends on from npm's cache if it is there. `dist/` is packed as it
 * is: building it anew would pull it from under the other tests.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a program printed and how it ended. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], cwd: string): Outcome {
  // Node's own test runner must not be found by a program that is not a test.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    shell,
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

function runNpm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run('npm', args, cwd);
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** The paths in the package, as npm would publish it. */
export function listPackedFiles(): string[] {
  return readPackReport(runNpm(['pack', '--dry-run', '--json', '--ignore-scripts'], root)).files.map(
    ({ path }) => path,
  );
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Older npms print a list, newer ones an object by name. */
function readPackReport(json: string): PackReport {
  const [report] = Object.values(JSON.parse(json) as Record<string, PackReport>);
  if (report === undefined) throw new Error(`npm pack printed ${json}`);
  return report;
}

/** A user's project. */
export interface Consumer extends Disposable {
  readonly folder: string;
  /** Runs a program of the project under the Node that runs the test. */
  runNode(...args: string[]): Outcome;
  /** Compiles with the options given, on top of strict ones; the answer's output is the compiler's. */
  compile(name: string, options: { readonly files: readonly string[]; readonly module?: string }): Outcome;
}

/** Makes the project, with the programs of test/fixtures/raw/consumer in it. */
export function createConsumer(): Consumer {
  const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
  const packed = readPackReport(runNpm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root));
  cpSync(join(root, 'test/fixtures/raw/consumer'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const install = ['install', join(folder, packed.filename), '--prefer-offline', '--no-audit', '--no-fund'];
  runNpm(install, folder);
  mkdirSync(join(folder, 'node_modules/@types'));
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'junction');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return {
    folder,
    runNode: (...args) => run(process.execPath, args, folder),
    compile(name, { files, module = 'nodenext' }) {
      const compilerOptions = {
        target: 'es2023',
        module,
        moduleResolution: module === 'nodenext' ? 'nodenext' : 'bundler',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        rootDir: '.',
        outDir: name,
      };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ compilerOptions, files }));
      return run(process.execPath, [tsc, '-p', `${name}.json`], folder);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
