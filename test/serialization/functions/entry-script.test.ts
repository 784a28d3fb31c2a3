import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isEntryScript, toFile, toModuleUrl } from '#src/serialization/functions/entry-script.js';

const folder = mkdtempSync(join(tmpdir(), 'entry-script-'));
after(() => rmSync(folder, { recursive: true }));

const entryScriptUrl = import.meta.resolve('#src/serialization/functions/entry-script.js');
const body = `import(${JSON.stringify(entryScriptUrl)}).then(({ isEntryScript, toModuleUrl }) =>
  console.log(JSON.stringify([isEntryScript(FILE), toModuleUrl(FILE) ?? null])));`;

writeFileSync(join(folder, 'app.cjs'), body.replaceAll('FILE', '__filename'));
writeFileSync(join(folder, 'index.js'), body.replaceAll('FILE', '__filename'));
writeFileSync(join(folder, 'app.mjs'), body.replaceAll('FILE', 'import.meta.url'));
writeFileSync(
  join(folder, 'rewrites.mjs'),
  `import ${JSON.stringify(entryScriptUrl)};process.argv.splice(1, 1);${body.replaceAll('FILE', 'import.meta.url')}`,
);
symlinkSync(join(folder, 'app.mjs'), join(folder, 'link.mjs'));

function run(args: readonly string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout) as unknown;
}

for (const args of [['app.cjs'], ['.'], ['app.mjs'], ['./link.mjs'], [join(folder, 'app.mjs')], ['rewrites.mjs']]) {
  test(`node ${args.join(' ').replace(folder, '')} never names its own script`, () => {
    assert.deepEqual(run(args), [true, null]);
  });
}

test('the first argument of node -e is no entry script', () => {
  const file = join(folder, 'app.mjs');
  const code = body.replaceAll('FILE', JSON.stringify(file));
  assert.deepEqual(run(['-e', code, file]), [false, pathToFileURL(file).href]);
});

test('a module that another script loads is named by its URL', () => {
  assert.equal(isEntryScript(import.meta.url.replace('entry-script.test', 'other')), false);
  assert.equal(toModuleUrl('file:///app/tasks.mjs'), 'file:///app/tasks.mjs');
  assert.equal(toModuleUrl(fileURLToPath('file:///app/a b.cjs')), 'file:///app/a%20b.cjs');
});

test('what has no file, or was loaded under a query, cannot be loaded again', () => {
  for (const name of [
    '',
    '[eval1]',
    '[stdin]',
    'REPL1',
    'data:text/javascript,1',
    'node:fs',
    'evalmachine.<anonymous>',
  ]) {
    assert.equal(toModuleUrl(name), undefined, name);
    assert.equal(toFile(name), undefined, name);
  }
  assert.equal(toModuleUrl('file:///app/tasks.mjs?v=1'), undefined);
  assert.equal(toModuleUrl('file:///app/tasks.mjs#x'), undefined);
});
