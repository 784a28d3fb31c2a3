import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROKEN_BUILDS, type BrokenBuild, breakBuild } from './broken-builds.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
/** More than any of them has needed; the run stops at the first broken promise. */
const ROUNDS = 200;

async function runChaos({ kind, weather }: BrokenBuild, library: string): Promise<{ code: unknown; told: string }> {
  const args = [MAIN, '--rounds', String(ROUNDS), '--kind', kind, '--weather', weather];
  const env = { ...process.env, TARDIGRADE_CHAOS_LIBRARY: library };
  const chaos = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [told, [code]] = await Promise.all([text(chaos.stdout), once(chaos, 'exit')]);
  return { code, told };
}

for (const build of BROKEN_BUILDS) {
  test(`chaos catches it when ${build.name}`, async () => {
    const { code, told } = await runChaos(build, breakBuild(build));
    assert.equal(code, 1, told);
    assert.match(told, build.caught);
    process.stdout.write(`caught: ${/✖ (.*)/.exec(told)?.[1]}\n`);
  });
}

test('an edit whose text is gone is an error, not a pass', () => {
  assert.throws(
    () => breakBuild({ name: 'gone', edits: [{ file: 'core/model.js', from: 'no such text', to: '' }] }),
    /"gone" applies to 0 places of core\/model.js: no such text/,
  );
});
