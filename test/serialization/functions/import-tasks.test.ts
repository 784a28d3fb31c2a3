import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { describeFunctionName } from '#src/serialization/functions/function-name.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { importTasks } from '#src/serialization/functions/import-tasks.js';
import { fixturePath, fixtureUrl } from './ship.js';

interface Library {
  bump(): number;
  readonly arrowExport: (a: number) => number;
  readonly notAFunction: number;
  readonly Point: new (x: number, y: number) => { readonly x: number };
}

// A module that cannot even be parsed: whoever loads it fails.
const url = fixtureUrl('broken.mjs');

test('a handle stands for the exported function of a module that is not loaded', () => {
  const tasks = importTasks<Library>(new URL(url));
  const port = createFunctionPort();
  assert.deepEqual(port.describe(tasks.bump), { kind: 'module', url, name: 'bump' });
  assert.equal(tasks.bump, tasks.bump);
  assert.equal(describeFunctionName(tasks.arrowExport), 'arrowExport');
});

test('file URLs and absolute paths name the same module', () => {
  const port = createFunctionPort();
  const record = { kind: 'module', url, name: 'bump' };
  assert.deepEqual(port.describe(importTasks<Library>(url).bump), record);
  assert.deepEqual(port.describe(importTasks<Library>(fixturePath('broken.mjs')).bump), record);
});

test('anything but a file URL or an absolute path is a TypeError that says what to write', () => {
  for (const wrong of [
    './library.mjs',
    'library',
    'https://example.com/x.mjs',
    new URL('data:text/javascript,'),
    1,
    null,
  ]) {
    assert.throws(() => importTasks(wrong as string), {
      name: 'TypeError',
      message: /importTasks: "module" must be a file: URL .* use new URL\('\.\/tasks\.js', import\.meta\.url\)/,
    });
  }
});

test('calling a handle is a TypeError that says to submit it', () => {
  const tasks = importTasks<Library>(url);
  assert.throws(() => tasks.bump(), { name: 'TypeError', message: /^"bump" is a handle .* submit it to an executor/ });
});

test('handles can be awaited, printed, spread and serialized without meaning an export', async () => {
  const tasks = importTasks<Library>(url);
  assert.equal(await tasks, tasks);
  assert.equal(inspect(tasks), `TaskHandles { ${url} }`);
  assert.equal(String(tasks), `tasks of ${url}`);
  assert.equal(JSON.stringify(tasks), '{}');
  assert.deepEqual({ ...tasks }, {});
  assert.ok('bump' in tasks);
  assert.throws(() => Object.assign(tasks, { bump: 1 }), TypeError);
});

test('exports that are no functions, and classes, are no handles for the compiler', () => {
  const tasks = importTasks<Library>(url);
  const handle: (a: number) => number = tasks.arrowExport;
  assert.equal(handle, tasks.arrowExport);
  // @ts-expect-error A number cannot be submitted.
  void tasks.notAFunction;
  // @ts-expect-error A class cannot be submitted.
  void tasks.Point;
});
