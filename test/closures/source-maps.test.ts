/** A stack that reaches the host names the files that the program was written in, when a tool made the text that ran. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const program = fileURLToPath(new URL('../../../test/fixtures/raw/closures/mapped.ts', import.meta.url));
// A bundle finds the package from within it.
const folder = mkdtempSync(fileURLToPath(new URL('../mapped-', import.meta.url)));
after(() => rmSync(folder, { recursive: true }));

/** Where each frame stands: the comments say which line is which. */
const PLACES = ['In a method.', 'In a captured function.', 'In the task.', 'Submitted.'];
const lines = readFileSync(program, 'utf8').split('\n');
const expected = PLACES.map((mark) => lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1);

/** The lines of the program that the printed stack names, in order. */
function framesOf(args: readonly string[]): { readonly placed: readonly number[]; readonly stack: string } {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 300_000 });
  assert.match(stdout, /^RangeError: 4 is over 2, strict\n/, stderr);
  return { placed: [...stdout.matchAll(/mapped\.ts:(\d+):\d+/g)].map(([, line]) => Number(line)), stack: stdout };
}

function bundle(format: 'esm' | 'cjs', sourcemap: boolean | 'inline'): string {
  const outfile = join(folder, `${format}-${sourcemap}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const options = { bundle: true, minify: true, platform: 'node', logLevel: 'error' } as const;
  buildSync({ ...options, entryPoints: [program], external: ['tardigrade'], outfile, format, sourcemap });
  return outfile;
}

test('tsx: every frame of a task, its functions and its classes, and the line that submitted it', () => {
  const { placed, stack } = framesOf(['--import', 'tsx', program]);
  assert.deepEqual(placed.slice(0, PLACES.length), expected, stack);
});

for (const [format, sourcemap] of [
  ['esm', true],
  ['esm', 'inline'],
  ['cjs', true],
] as const) {
  test(`esbuild --sourcemap=${sourcemap}, minified, as ${format}: the same, with --enable-source-maps`, () => {
    const { placed, stack } = framesOf(['--enable-source-maps', bundle(format, sourcemap)]);
    assert.deepEqual(placed.slice(0, PLACES.length), expected, stack);
  });
}

test('without source maps the stack names the bundle', () => {
  const file = bundle('esm', false);
  const { placed, stack } = framesOf(['--enable-source-maps', file]);
  assert.deepEqual(placed, []);
  assert.ok(stack.includes(file), stack);
});
