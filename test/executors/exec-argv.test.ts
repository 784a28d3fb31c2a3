import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritExecArgv, inheritThreadExecArgv } from '#src/executors/exec-argv.js';

test('a process gets what changes how modules load, and not what says which program to run', () => {
  const given = ['--import', 'tsx', '-e', 'code', '--input-type=module', '--inspect-brk=0', '--max-old-space-size=64'];
  assert.deepEqual(inheritExecArgv(given), ['--import', 'tsx', '--max-old-space-size=64']);
});

test('the value of an option that is left out goes with it, however it is written', () => {
  const given = ['--cpu-prof', '--cpu-prof-interval', '200', '--test-reporter=spec', '--watch', '--conditions', 'dev'];
  assert.deepEqual(inheritExecArgv(given), ['--conditions', 'dev']);
  assert.deepEqual(inheritExecArgv(['-i', '--import', 'tsx', '-e', '-1']), ['--import', 'tsx']);
});

test('a thread inherits the options unless they say which program to run', () => {
  assert.equal(inheritThreadExecArgv(['--import', 'tsx', '--stack-size=900']), undefined);
  assert.equal(inheritThreadExecArgv([]), undefined);
});

test('beside a program given as text, a thread gets only options that it may be given', () => {
  const given = ['--input-type', 'module', '--stack-size=900', '--import', 'tsx', '-r=./a.cjs', '-e', '--no-warnings'];
  assert.deepEqual(inheritThreadExecArgv(given), ['--import', 'tsx', '-r=./a.cjs']);
});
