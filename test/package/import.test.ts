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

/** A file of dist/ and all that it can load of this package, as one text. */
function readWithRequired(path: string, seen = new Set<string>()): string {
  if (seen.has(path)) return '';
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const required = [...text.matchAll(/\brequire\("(\.[^"]+)"\)/g)].map(([, target = '']) => target);
  return text + required.map((target) => readWithRequired(join(dirname(path), target), seen)).join('');
}

test('neither the package nor a worker loads anything of tardigrade/testing', () => {
  const isTold = (entry: string): boolean =>
    readWithRequired(join(root, 'dist', entry)).includes('a fault was injected');
  assert.deepEqual(['lib/index.cjs', 'lib/worker.cjs', 'worker/main.cjs', 'worker/thread-main.cjs'].filter(isTold), []);
  assert.deepEqual(['testing/process-main.cjs', 'testing/thread-main.cjs'].filter(isTold).length, 2);
});

test('the package is one, whether it is imported or required, in the host and in workers of either kind', () => {
  const printed = runText(`
    import { createRequire } from 'node:module';
    import * as host from 'tardigrade';
    const require = createRequire(import.meta.url);
    const isOne = async () => {
      const { createRequire } = await import('node:module');
      const require = createRequire(process.cwd() + '/any.js');
      const imported = { ...(await import('tardigrade')), ...(await import('tardigrade/worker')) };
      const required = { ...require('tardigrade'), ...require('tardigrade/worker') };
      const task = imported.currentTask();
      const different = Object.keys(imported).filter((name) => imported[name] !== required[name]);
      return { different, count: Object.keys(imported).length, inTask: task !== undefined && task === required.currentTask() };
    };
    const found = [await isOne()];
    for (const Pool of [host.ProcessPoolExecutor, require('tardigrade').ThreadPoolExecutor]) {
      const pool = new Pool({ maxWorkers: 1 });
      found.push(await pool.submit(isOne));
      await pool.shutdown();
    }
    console.log(JSON.stringify(found));
  `);
  const [host, process, thread] = JSON.parse(printed) as Record<string, unknown>[];
  const isOne = { different: [], count: host?.count, inTask: true };
  assert.deepEqual({ host, process, thread }, { host: { ...isOne, inTask: false }, process: isOne, thread: isOne });
});

test('a worker process loads little, and none of what only some tasks need, before its first task', () => {
  const printed = runText(`
    import { ProcessPoolExecutor } from 'tardigrade';
    const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const look = () => ({
      own: Object.keys(process.getBuiltinModule('node:module')._cache).length,
      builtins: process.moduleLoadList.map((entry) => entry.replace(/^NativeModule /, '')),
    });
    console.log(JSON.stringify(await pool.submit(look)));
    await pool.shutdown();
  `);
  const { own, builtins } = JSON.parse(printed) as { own: number; builtins: string[] };
  // The entry, what is of a process, and what all share.
  assert.equal(own, 3);
  assert.ok(builtins.includes('net'));
  const late = ['child_process', 'inspector', 'worker_threads', 'crypto'];
  assert.deepEqual(
    late.filter((name) => builtins.includes(name)),
    [],
  );
});
