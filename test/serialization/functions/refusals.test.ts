import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeIn, findText, fixturePath } from './ship.js';

const advice = 'export the function from a module other than the entry script, or pass what it needs as arguments';

function place(text: string): string {
  return `refused\\.mjs:${findText('refused.mjs', text).join(':')}`;
}

const reasons: Readonly<Record<string, RegExp>> = {
  outer: new RegExp(
    `^it uses the outer variables "helper" \\(${place('helper(x)')}\\) and "captured" \\(${place('captured,')}\\); ${advice}$`,
  ),
  defaults: new RegExp(`^it uses the outer variable "captured" \\(${place('captured) => x')}\\);`),
  builtin: /"readFileSync"/,
  imports: /"bump"/,
  evaluates: new RegExp(`^it uses a direct eval, which can reach any outer variable \\(${place('eval(x)')}\\);`),
  proxy: /^it is a Proxy$/,
  bound: /^it is a bound function/,
  secret: /^it uses private names of a class around it/,
  counter: /^it is a class with static fields; export it from a module$/,
  derived: /"Secret"/,
  localBase: /"Base"/,
  self: /^it uses "this" of the code around it/,
  list: /"arguments"/,
  target: /"new\.target"/,
  super: /"super"/,
  meta: /"import\.meta"/,
  properties: /^properties were set on it \("cached"\); export it from a module$/,
  old: /^something was added to its prototype; export it from a module$/,
  ownGlobal: /^it uses "ownGlobal" \(refused\.mjs:\d+:\d+\), which this program has added to the globals;/,
  exportedHere: new RegExp(`"captured" .*; ${advice}$`),
  native: /^it is a native function of an unknown place/,
  innerOfNode: /^it is an inner function of Node/,
  handleOfEntry: /^its module is the entry script/,
};

test('what a worker would not have is refused by name and place', () => {
  const { records, refusals, stderr } = describeIn([fixturePath('refused.mjs')]);
  assert.equal(stderr, '');
  assert.deepEqual(records, {});
  assert.deepEqual(Object.keys(refusals), Object.keys(reasons));
  for (const [name, reason] of Object.entries(reasons)) assert.match(refusals[name] ?? '', reason, name);
});

test('without an inspector builtins, CommonJS exports and functions of globals alone travel, the rest names the flag', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const { records, refusals } = describeIn([flag, '--allow-fs-read=*', fixturePath('permission.mjs')]);
  assert.deepEqual(Object.keys(records), ['arrow', 'builtin', 'commonJs']);
  assert.equal(records.commonJs?.kind, 'module');
  assert.deepEqual(Object.keys(refusals), ['outer', 'module']);
  assert.match(refusals.outer ?? '', /^it uses "captured", and .*--allow-inspector/);
});
