import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeIn, findText, fixturePath } from './ship.js';

const advice = 'export the function from a module other than the entry script, or pass what it needs as arguments';

function place(text: string): string {
  return `refused\\.mjs:${findText('refused.mjs', text).join(':')}`;
}

const reasons: Readonly<Record<string, RegExp>> = {
  evaluates: new RegExp(
    `^it uses a direct eval, which can reach any outer variable \\(${place('eval(x)')}\\); ${advice}$`,
  ),
  proxy: /^it is a Proxy$/,
  target: /"new\.target"/,
  super: /"super"/,
  native: /^it is a native function of an unknown place/,
  innerOfNode: /^it is an inner function of Node/,
  handleOfEntry: /^its module is the entry script/,
};

test('what a worker would not have is refused by name and place', () => {
  const { records, refusals, stderr } = describeIn([fixturePath('refused.mjs')]);
  assert.equal(stderr, '');
  const travelling = [
    ...[
      'outer',
      'defaults',
      'builtin',
      'imports',
      'bound',
      'secret',
      'counter',
      'derived',
      'localBase',
      'self',
      'list',
      'meta',
    ],
    ...['properties', 'old', 'ownGlobal', 'exportedHere'],
  ];
  assert.deepEqual(Object.keys(records), travelling);
  assert.deepEqual(Object.keys(refusals), Object.keys(reasons));
  for (const [name, reason] of Object.entries(reasons)) assert.match(refusals[name] ?? '', reason, name);
});

test('without an inspector builtins, exports and functions of globals alone travel, the rest names the flag', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const { records, refusals } = describeIn([flag, '--allow-fs-read=*', fixturePath('permission.mjs')]);
  assert.deepEqual(Object.keys(records), ['arrow', 'builtin', 'commonJs', 'module']);
  assert.equal(records.commonJs?.kind, 'module');
  assert.deepEqual(Object.keys(refusals), ['outer']);
  assert.match(refusals.outer ?? '', /^it uses "captured", and .*--allow-inspector/);
});
