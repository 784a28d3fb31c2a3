// What does it cost to find out how a function travels, and to make one of what arrived?
// node --expose-gc bench/functions.mjs  (after `npm run build`)

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FunctionUnits } from '#src/executors/function-units.js';
import { createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';

const library = new URL('../test/fixtures/raw/functions/library.mjs', import.meta.url).href;

const firsts = {
  'a closure by its text': 'const fn = (x) => Math.max(x, 1);',
  'an export, no parser needed': `const { measure: fn } = await import(${JSON.stringify(import.meta.url)});`,
  'an export, parser needed': `const { renamed: fn } = await import(${JSON.stringify(library)});`,
  'a builtin': 'const fn = Math.max;',
};

/** Of several runs the middle one, in microseconds. */
export function measure(run, { times, count = 1 }) {
  const results = Array.from({ length: times }, () => {
    const startMs = performance.now();
    for (let i = 0; i < count; i += 1) run();
    return ((performance.now() - startMs) * 1000) / count;
  });
  return results.sort((a, b) => a - b)[Math.floor(times / 2)];
}

function print(what, microseconds) {
  const shown = microseconds < 1000 ? `${microseconds.toFixed(2)} µs` : `${(microseconds / 1000).toFixed(1)} ms`;
  console.log(`${what.padEnd(58)} ${shown.padStart(10)}`);
}

/** The first description in a process, each in a new one. */
function measureFirst(source) {
  const port = JSON.stringify(import.meta.resolve('#src/serialization/functions/function-port.js'));
  const code = `import { createFunctionPort } from ${port};
    const port = createFunctionPort();
    ${source}
    const startMs = performance.now();
    port.describe(fn);
    console.log((performance.now() - startMs) * 1000);`;
  const runs = Array.from({ length: 7 }, () =>
    Number(spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).stdout),
  );
  return runs.sort((a, b) => a - b)[3];
}

/** The same in a script of its own, as programs are: `-e` has no file to find a text in. */
function measureFirstInFile(name) {
  const file = fileURLToPath(import.meta.url);
  const runs = Array.from({ length: 7 }, () =>
    Number(spawnSync(process.execPath, [file, '--first', name], { encoding: 'utf8' }).stdout),
  );
  return runs.sort((a, b) => a - b)[3];
}

const fresh = () => (x) => Math.max(x, 1);

if (process.argv[2] === '--first') {
  const port = createFunctionPort();
  const fn = fresh();
  const startMs = performance.now();
  port.describe(fn);
  console.log((performance.now() - startMs) * 1000);
} else if (import.meta.filename === process.argv[1]) {
  console.log(`Node ${process.version}`);
  print('first in a process: a closure by its text, in a file', measureFirstInFile('text'));
  for (const [what, source] of Object.entries(firsts))
    print(`first in a process: ${what}, node -e`, measureFirst(source));
  const port = createFunctionPort();
  const closure = fresh();
  port.describe(closure);
  print(
    'later: the same function',
    measure(() => port.describe(closure), { times: 11, count: 100_000 }),
  );
  print(
    'later: a fresh closure of a known text',
    measure(() => port.describe(fresh()), { times: 11, count: 1000 }),
  );
  const record = JSON.stringify(port.describe(closure));
  let serial = 0;
  const another = () => {
    serial += 1;
    return port.revive({ ...JSON.parse(record), source: `(x) => Math.max(x, ${serial})` });
  };
  print('made of its text', measure(another, { times: 11, count: 50 }));
  const known = JSON.parse(record);
  print(
    'made of its text again (cached)',
    measure(() => port.revive(known), { times: 11, count: 10_000 }),
  );
  const long = port.describe(readLines);
  print(
    'the same, text of 1 kB',
    measure(() => port.revive(long), { times: 11, count: 10_000 }),
  );

  await measurePacking();
  await measureAwaits();

  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const units = new FunctionUnits(createCodec({ functions: port }));
  const capturing = (y) => (x) => x + y;
  for (let i = 0; i < 100_000; i += 1) units.packCall(capturing(i), [1], {});
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - before) / 1024;
  console.log(
    `${'heap after 100,000 packed calls of fresh closures'.padEnd(58)} ${`${grown.toFixed(0)} KiB`.padStart(10)}`,
  );
  measureHeaps();
}

/** The heaps of a host and its worker over many submits of fresh closures and classes, after the first 5,200. */
function measureHeaps() {
  const program = fileURLToPath(new URL('../test/fixtures/raw/closures/flat-pool.mjs', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', program, '100000'], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  const { hostKiB, workerKiB } = JSON.parse(stdout);
  for (const [what, grown] of Object.entries({ host: hostKiB, worker: workerKiB })) {
    const label = `heap of the ${what} over 100,000 submits of fresh closures to a pool`;
    console.log(`${label.padEnd(64)} ${`${grown} KiB`.padStart(10)}   goal flat`);
  }
}

/** Packing and unpacking through the codec, as executors do it: what the issue of closures sets goals for. */
async function measurePacking() {
  const codec = createCodec({ functions: createFunctionPort() });
  const worker = createCodec({ functions: createFunctionPort() });
  const { measure: exported } = await import('./functions/exported.mjs');
  const factor = 3;
  const helper = (x) => x * factor;
  const units = new FunctionUnits(codec);
  const pack = (fn) => measure(() => units.packCall(fn, [1], {}), { times: 11, count: 2000 });
  printGoal('pack a call: by reference', pack(exported), 2);
  printGoal(
    'pack a call: by text',
    pack((x) => Math.max(x, 1)),
    2,
  );
  const constant = (x) => helper(x) + factor;
  printGoal('pack a call: by value, captured bindings never reassigned', pack(constant), 10);
  let total = 0;
  const reassigned = (x) => {
    total += x;
    return total;
  };
  printGoal('pack a call: by value, a captured binding is reassigned', pack(reassigned), 120);
  const makeFresh = (y) => (x) => x + y;
  const fresh = measure(() => units.packCall(makeFresh(1), [1], {}), { times: 11, count: 500 });
  print('pack a call: a fresh closure by value', fresh);
  const { bytes, table } = codec.encodeApart([constant, [1]], { direction: 'argument', root: 'call' });
  const unit = await worker.decodeUnit(codec.encodeTable(table), { direction: 'argument', root: 'fn' });
  const unpack = measure(() => worker.decode(bytes, { direction: 'argument', root: 'call', table: unit.table }), {
    times: 11,
    count: 2000,
  });
  printGoal('unpack a call: by value, two functions, code known', unpack, 10);
  const firsts = ['exported', 'closure'].map((kind) => {
    const runs = Array.from({ length: 7 }, () =>
      Number(
        spawnSync(process.execPath, [fileURLToPath(new URL('./functions/first-pack.mjs', import.meta.url)), kind], {
          encoding: 'utf8',
        }).stdout,
      ),
    );
    return runs.sort((a, b) => a - b)[3];
  });
  printGoal('first pack in a process: a closure, over an exported function', firsts[1] - firsts[0], 30_000);
}

/** Awaiting code in a program that has just looked into a closure, against the same code right before: a debugger left on shows as 10. */
async function measureAwaits() {
  const codec = createCodec({ functions: createFunctionPort() });
  const units = new FunctionUnits(codec);
  const awaitMany = async () => {
    const startMs = performance.now();
    for (let i = 0; i < 50_000; i += 1) await null;
    return performance.now() - startMs;
  };
  await awaitMany();
  const ratios = [];
  for (let i = 0; i < 11; i += 1) {
    const before = await awaitMany();
    const makeThis = (q) =>
      function () {
        return (x) => this.q + x + i;
      }.call({ q });
    units.packCall(makeThis(i), [1], {});
    ratios.push((await awaitMany()) / before);
  }
  const ratio = ratios.sort((a, b) => a - b)[5];
  console.log(
    `${'await-heavy code after a probe, over before (median of 11)'.padEnd(64)} ${`${ratio.toFixed(2)} ×`.padStart(10)}`,
  );
}

function printGoal(what, microseconds, goal) {
  const unitOf = (us) => (us < 1000 ? `${us.toFixed(2)} µs` : `${(us / 1000).toFixed(1)} ms`);
  console.log(
    `${what.padEnd(64)} ${unitOf(microseconds).padStart(10)}   goal ${unitOf(goal)}${microseconds <= goal ? '' : ' MISSED'}`,
  );
}

function readLines(file) {
  const lines = [];
  let start = 0;
  for (let at = 0; at < file.length; at += 1) {
    const code = file.charCodeAt(at);
    // A carriage return before a line feed belongs to the line end and is no part of the line that it ends.
    if (code !== 10 && code !== 13) continue;
    lines.push(file.slice(start, at));
    if (code === 13 && file.charCodeAt(at + 1) === 10) at += 1;
    start = at + 1;
  }
  // What stands after the last line end is a line too, unless there is nothing, as at the end of most files.
  if (start < file.length) lines.push(file.slice(start));
  const widths = lines.map((line) => [...line].length);
  const widest = Math.max(0, ...widths);
  const total = widths.reduce((sum, width) => sum + width, 0);
  return { lines, widest, total, mean: lines.length === 0 ? 0 : total / lines.length, isEmpty: lines.length === 0 };
}
