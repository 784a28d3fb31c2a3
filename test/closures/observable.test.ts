/** Nothing of how functions are looked into can be noticed by the program. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

function run(name: string, ...flags: readonly string[]): { readonly [key: string]: unknown } {
  const path = fileURLToPath(new URL(`../../../test/fixtures/raw/closures/${name}`, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, path], { encoding: 'utf8', env, timeout: 60_000 });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  assert.ok(line, stderr);
  return { ...(JSON.parse(line) as object), stderr };
}

test('300 probes for a lexical this, between timers and awaits, are right and run no body', () => {
  const { wrong, bodies, ticks, stderr } = run('probes.mjs');
  assert.deepEqual({ wrong, bodies, stderr }, { wrong: 0, bodies: 0, stderr: '' });
  assert.ok((ticks as number) > 0, 'timers ran in between');
});

test('functions share the variables of their own activation only, and no body is run to find that out', () => {
  const { failures, stderr } = run('shared.mjs');
  assert.deepEqual({ failures, stderr }, { failures: [], stderr: '' });
});

test('nothing is printed while closures are looked into', () => {
  assert.equal(run('quiet.mjs', '--expose-gc').stderr, '');
});

// Seen with a bare session that enables and disables the Debugger domain and disconnects, without this package: Node 24 and 26
// then keep what is logged, 20 and 22 do not.
const keepsLogged = Number(process.versions.node.split('.')[0]) >= 24;
const reason = 'from Node 24 on, V8 keeps what is logged once a debugger was enabled, even for a moment';

test('logged objects are not kept alive', { skip: keepsLogged && reason }, () => {
  const { kept } = run('quiet.mjs', '--expose-gc');
  assert.ok((kept as number) < 100, `${kept} of 1000 logged objects were kept`);
});

test('memory stays flat over fresh closures', () => {
  const { grownMiB } = run('flat.mjs', '--expose-gc');
  assert.ok((grownMiB as number) < 4, `${grownMiB} MiB more after 10,000 closures than after 2,000`);
});
