/**
 * The documents say what the code says: the table of ranks, the state diagrams, the commands and the links.
 */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as states from '#src/core/states.js';
import { RANKS } from './policy.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test('the table of ranks in docs/architecture.md is the one that the sources are held to', () => {
  const rows = [...read('docs/architecture.md').matchAll(/^\| (\d) \| ([^|]+) \|/gm)];
  const documented = rows.flatMap(([, rank, folders = '']) => {
    return [...folders.matchAll(/`([^`]+)`/g)].map(([, folder = '']) => [folder, Number(rank)] as const);
  });
  assert.deepEqual(Object.fromEntries(documented), RANKS);
});

test('the state diagrams in docs/architecture.md are made from the tables (npm run docs)', async () => {
  const { drawDiagrams } = await import(pathToFileURL(join(root, 'scripts/lib/state-diagrams.mjs')).href);
  const page = read('docs/architecture.md');
  assert.equal(drawDiagrams(page, states), page);
  const other = { ...states, TASK_TRANSITIONS: { begin: { step: 'end' }, end: {} } };
  assert.match(drawDiagrams(page, other), /begin --> end: step\n {2}end --> \[\*\]/);
});

test('every link between documents leads to a file', () => {
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(document), target)))
      .map((target) => `${document}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('every command of npm that a document names exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const unknown = documents.flatMap((document) =>
    [...read(document).matchAll(/npm run ([\w:]+)/g)]
      .map(([, script = '']) => script)
      .filter((script) => scripts[script] === undefined)
      .map((script) => `${document}: npm run ${script}`),
  );
  assert.deepEqual(unknown, []);
});

test('every test file that docs/guarantees.md names exists', () => {
  const named = [...read('docs/guarantees.md').matchAll(/`(test\/[^`]+\.ts)`/g)].map(([, path = '']) => path);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test('README begins with two commands that need nothing but Node and npm', () => {
  const commands = [...read('README.md').matchAll(/^\s*((?:npm|npx) .*)$/gm)].map(([, command]) => command);
  assert.deepEqual(commands.slice(0, 2), ['npm ci && npm run demo', 'npm ci && npm test']);
});

for (const path of ['package-lock.json', 'bench/peers/package-lock.json', 'examples/opentelemetry/package-lock.json']) {
  test(`${path} holds no download address`, () => assert.doesNotMatch(read(path), /"resolved"/));
}

test('every decision is listed, under its own title', () => {
  const pages = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-.*\.md$/.test(name));
  const listed = pages.filter((page) => {
    const [heading = ''] = read(`docs/decisions/${page}`).split('\n');
    return read('docs/decisions/README.md').includes(`- [${heading.replace(/^# /, '')}](${page})`);
  });
  assert.deepEqual(listed, pages);
});
