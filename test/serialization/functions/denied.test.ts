/** Where the permission model denies the inspector: what still travels through a pool, and how the rest is refused. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fixturePath } from './ship.js';

const flags = process.allowedNodeEnvironmentFlags;
const model = flags.has('--permission') ? '--permission' : '--experimental-permission';
const allowInspector = flags.has('--allow-inspector');
const withoutInspector = {
  skip:
    (process.features as { require_module?: unknown }).require_module !== true &&
    'this Node gives no exports of a loaded module at once',
};

function run(...extra: readonly string[]): {
  readonly answers: Readonly<Record<string, unknown>>;
  readonly stderr: string;
} {
  const args = [model, '--allow-fs-read=*', '--allow-child-process', ...extra, fixturePath('denied.mjs')];
  const env = { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' };
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 300_000 });
  assert.notEqual(stdout, '', stderr);
  return { answers: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

const TRAVELS = {
  'its text': 2,
  'a method of its text': 4,
  'a builtin': 3,
  'a builtin of Node': '// Exports',
  'a CommonJS export': 101,
  'an export with state': 11,
  'the same state': 12,
  'a default export': 12,
  'a renamed export': 1,
  'an export that imports beside itself': 1,
  'an exported class and its instance': [true, true],
  'an instance from there': true,
};
const REFUSED = {
  'a closure': /^SerializationError: fn cannot travel: it uses "captured", and /,
  'a lexical this': /it uses "this" of the code around it, and /,
  'import.meta': /it uses "import\.meta", and /,
  'a bound function': /it is a bound function, .*, and /,
  'a relative import': /it uses a relative import\(\), and /,
  'an export that was changed': /it uses "n", and /,
};

test('without the inspector, functions of their text and exported functions travel', withoutInspector, () => {
  const { answers, stderr } = run();
  assert.equal(stderr, '');
  for (const [name, expected] of Object.entries(TRAVELS)) assert.deepEqual(answers[name], expected, name);
});

test('the rest is refused with the reason, the flag to set and what to do instead', withoutInspector, () => {
  const { answers } = run();
  const flag = allowInspector ? /allow it with --allow-inspector; / : /Node 24 and later have --allow-inspector; /;
  for (const [name, reason] of Object.entries(REFUSED)) {
    assert.match(String(answers[name]), reason, name);
    assert.match(String(answers[name]), flag, name);
    assert.match(
      String(answers[name]),
      /(?:export the function from a module, or )?pass (?:what it needs|them) as arguments$/,
    );
  }
});

test('with --allow-inspector they travel', { skip: !allowInspector && 'this Node has no such flag' }, () => {
  const { answers } = run('--allow-inspector');
  for (const [name, expected] of Object.entries(TRAVELS)) assert.deepEqual(answers[name], expected, name);
  assert.deepEqual([answers['a closure'], answers['a lexical this'], answers['a bound function']], [1, 1, 3]);
  assert.match(String(answers['import.meta']), /^file:/);
});
