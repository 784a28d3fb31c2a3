/** The programs of docs/deadlocks.md: each is a way in which some pool hangs, and must end by itself here. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../examples/deadlocks/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/deadlocks.md', import.meta.url));
/** A program that hangs names itself, long before this file's own deadline. */
const LIMIT_MS = 300_000;

const programs = readdirSync(FOLDER).filter((name) => name.endsWith('.mjs'));

for (const name of programs) {
  test(`no deadlock: ${name.slice(0, -'.mjs'.length)}`, { timeout: LIMIT_MS }, async ({ signal }) => {
    const program = spawn(process.execPath, [`${FOLDER}${name}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    const [told, complaints, [code]] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      once(program, 'exit'),
    ]);
    assert.equal(code, 0, complaints);
    assert.notEqual(told, '');
  });
}

test('the page on deadlocks shows every program, and no other', () => {
  const shown = [...readFileSync(PAGE, 'utf8').matchAll(/\(\.\.\/examples\/deadlocks\/([\w-]+\.mjs)\)/g)];
  assert.deepEqual(shown.map(([, name]) => name).sort(), programs.sort());
});
