/** Nothing of how functions are looked into can be noticed by the program. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attachFrontend } from '../support/inspector-frontend.js';

function run(name: string, ...flags: readonly string[]): { readonly [key: string]: unknown } {
  return runWith(name, flags);
}

function runWith(
  name: string,
  flags: readonly string[],
  args: readonly string[] = [],
): { readonly [key: string]: unknown } {
  const path = fileURLToPath(new URL(`../../../test/fixtures/raw/closures/${name}`, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, path, ...args], {
    encoding: 'utf8',
    env,
    timeout: 300_000,
  });
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

test('logged objects are not kept alive', () => {
  const { kept } = run('quiet.mjs', '--expose-gc');
  assert.ok((kept as number) < 100, `${kept} of 1000 logged objects were kept`);
});

test('memory stays flat over fresh closures', () => {
  const { grownMiB } = run('flat.mjs', '--expose-gc');
  assert.ok((grownMiB as number) < 4, `${grownMiB} MiB more after 5,000 closures than after 1,000`);
});

test('the heaps of a pool stay flat over fresh closures and classes, in the host and in its worker', () => {
  // The bench runs 100,000; the limit is 180 bytes for each.
  const { hostKiB, workerKiB } = runWith('flat-pool.mjs', ['--expose-gc'], ['5000', '900']);
  assert.ok((hostKiB as number) < 900, `${hostKiB} KiB more in the host`);
  assert.ok((workerKiB as number) < 900, `${workerKiB} KiB more in the worker`);
});

test('a debugger that is attached is not stopped, and what would stop it is refused', async () => {
  const path = fileURLToPath(new URL('../../../test/fixtures/raw/closures/watched.mjs', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', path], { env, stdio: 'pipe' });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const heard = (wanted: RegExp, from: NodeJS.ReadableStream): Promise<string> =>
    new Promise((resolve) => {
      createInterface({ input: from }).on('line', (line) => {
        lines.push(line);
        const [, found] = wanted.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
  const report = heard(/^(\{.*)/, child.stdout);
  const frontend = await attachFrontend(await heard(/(ws:\/\/\S+)/, child.stderr));
  await frontend.send('Runtime.enable');
  await frontend.send('Debugger.enable');
  child.stdin.write('go\n');
  const { results, refused } = JSON.parse(await report) as { results: unknown; refused: string };
  assert.deepEqual(results, [2, 3, [1, 1]]);
  assert.match(refused, /not looked at while a debugger is attached; assign it to a variable/);
  // Whatever was on its way has come when this is answered.
  await frontend.send('Debugger.disable');
  frontend.close();
  assert.ok(frontend.events.includes('Debugger.scriptParsed'), 'it hears');
  assert.deepEqual(
    frontend.events.filter((name) => /^Debugger\.(?:paused|resumed)$/.test(name)),
    [],
  );
  assert.deepEqual(await exited, [0, null], lines.join('\n'));
});
