/**
 * Loading the package is cheap and starts nothing.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root, run } from './consumer.js';

/** What the package's own parser, one file of 230 KB, takes to load is the measure: it grows with whatever slows the machine. */
const YARDSTICK = 'acorn';
const MOST_YARDSTICKS = 8;
const FEWEST_ROUNDS = 7;
const MOST_ROUNDS = 40;

/** Runs a module's text in a fresh process in the repository, where the package knows itself by name. */
function runText(text: string): string {
  const { status, stdout, stderr } = run(process.execPath, ['--input-type=module', '--eval', text], root);
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

/** The processor time of an import, all threads of it, once something else was imported. */
function measureImportMs(specifier: string): number {
  return Number(
    runText(`
      await import('data:text/javascript,');
      const before = process.cpuUsage();
      await import('${specifier}');
      const { user, system } = process.cpuUsage(before);
      console.log((user + system) / 1000);
    `),
  );
}

test(`importing the package takes less than ${MOST_YARDSTICKS} times the processor time of importing its parser`, () => {
  const yardstick: number[] = [];
  const full: number[] = [];
  const ratio = (): number => Math.min(...full) / Math.min(...yardstick);
  // In turns: other programs on the machine only ever add time, to both.
  while (full.length < FEWEST_ROUNDS || (full.length < MOST_ROUNDS && ratio() >= MOST_YARDSTICKS)) {
    yardstick.push(measureImportMs(YARDSTICK));
    full.push(measureImportMs('tardigrade'));
  }
  const [own, parser] = [full, yardstick].map((times) => `${Math.min(...times).toFixed(1)} ms`);
  const figures = `${own}, the parser ${parser}: ${ratio().toFixed(1)} times; the least of ${full.length}`;
  console.log(`import of the package: ${figures}`);
  assert.ok(ratio() < MOST_YARDSTICKS, figures);
});

/** What a program can have set going, or changed for everybody. */
const LOOK_AROUND = `
  const lookAround = () => ({
    resources: process.getActiveResourcesInfo().sort(),
    listeners: process.eventNames().map(String).sort(),
    globals: Object.getOwnPropertyNames(globalThis).sort(),
    environment: { ...process.env },
  });`;

test('importing the package starts nothing, listens for nothing and changes no global', () => {
  const printed = runText(`
    import { readFileSync, readdirSync } from 'node:fs';
    ${LOOK_AROUND}
    // The module loader may still be reading and closing files.
    const isLoading = (kind) => /Req/.test(kind);
    const settle = async () => {
      while (process.getActiveResourcesInfo().some(isLoading)) await new Promise(setImmediate);
    };
    // Node opens the standard streams when somebody first looks at them, and newer ones do so while loading modules.
    const streams = [process.stdout, process.stderr];
    await settle();
    const before = lookAround();
    await import('tardigrade');
    await import('tardigrade/worker');
    await import('tardigrade/testing');
    await settle();
    const after = lookAround();
    const tasks = process.platform === 'linux' ? readdirSync('/proc/self/task') : [];
    const children = tasks.map((id) => readFileSync('/proc/self/task/' + id + '/children', 'utf8')).join('');
    console.log(JSON.stringify({ before, after, children }));
  `);
  const { before, after, children } = JSON.parse(printed);
  assert.deepEqual(after, before);
  assert.equal(children, '');
});

test('what the package exports has the name that it is exported by, and so have the classes above it', () => {
  const printed = runText(`
    const names = (name, value) => (typeof value === 'function' ? [[name, value.name], ...above(value)] : []);
    const above = (value) => {
      const base = Object.getPrototypeOf(value);
      return base === Function.prototype ? [] : [[base.name.replace(/^_|\\d$/g, ''), base.name], ...above(base)];
    };
    const exported = { ...(await import('tardigrade')), ...(await import('tardigrade/worker')) };
    const found = Object.entries(exported).flatMap(([name, value]) => names(name, value));
    console.log(JSON.stringify({ count: found.length, renamed: found.filter(([name, own]) => name !== own) }));
  `);
  const { count, renamed } = JSON.parse(printed) as { count: number; renamed: string[][] };
  assert.ok(count > 10);
  assert.deepEqual(renamed, []);
});

/** A file of dist/ and all that it imports, as one text. */
function readWithImports(path: string, seen = new Set<string>()): string {
  if (seen.has(path)) return '';
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const imported = [...text.matchAll(/^(?:import|export|\}) ?(?:.*from )?"(\.[^"]+)";$/gm)].map(
    ([, target = '']) => target,
  );
  return text + imported.map((target) => readWithImports(join(dirname(path), target), seen)).join('');
}

test('neither the package nor a worker loads anything of tardigrade/testing', () => {
  const isTold = (entry: string): boolean =>
    readWithImports(join(root, 'dist', entry)).includes('a fault was injected');
  assert.deepEqual(['lib/index.js', 'lib/worker.js', 'worker/main.js', 'worker/thread-main.js'].filter(isTold), []);
  assert.deepEqual(['testing/process-main.js', 'testing/thread-main.js'].filter(isTold).length, 2);
});
