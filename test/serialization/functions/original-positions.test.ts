import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noteText, restorePositions } from '#src/serialization/functions/original-positions.js';

const program = fileURLToPath(new URL('../../../../test/fixtures/raw/functions/typed-program.ts', import.meta.url));

test('a function whose text a tool made shows the positions of its source, its causes too', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
  const [thrown = '', cause = ''] = stdout.split('\n');
  assert.match(thrown, /typed-program\.ts:13:13\)?$/, stderr);
  assert.match(cause, /typed-program\.ts:13:58\)?$/, stderr);
});

test('without source maps nothing is remembered and nothing is changed', () => {
  noteText({
    kind: 'text',
    source: 'x => x',
    form: 'expression',
    strict: true,
    name: '',
    url: 'file:///a.mjs',
    line: 0,
    column: 0,
  });
  const error = new Error('untouched');
  error.stack = 'Error: untouched\n    at file:///a.mjs:1:2';
  restorePositions(error);
  restorePositions('no error');
  assert.equal(error.stack, 'Error: untouched\n    at file:///a.mjs:1:2');
});
