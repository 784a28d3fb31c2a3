import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { runInThisContext } from 'node:vm';
import type { AnyFunction, FunctionRecord } from '#src/serialization/function-record.js';
import { describeFunctionName } from '#src/serialization/functions/function-name.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { measureGrowth } from '../../futures/collect-garbage.js';
import { fixturePath, fixtureUrl } from './ship.js';

type Callable = (...args: unknown[]) => unknown;

const port = createFunctionPort();

async function revive(record: FunctionRecord): Promise<Callable> {
  return (await createFunctionPort().revive(JSON.parse(JSON.stringify(record)) as FunctionRecord)) as Callable;
}

test('a function is described once, and the record is the same afterwards', () => {
  const fn = (x: number) => Math.max(x, 1);
  assert.equal(port.describe(fn), port.describe(fn));
});

test('properties that are set on a function after it was described are not lost silently', () => {
  const fn = (x: number) => Math.max(x, 1);
  port.describe(fn);
  Object.assign(fn, { cached: 1 });
  assert.equal(port.describe(fn).kind, 'value');
});

test('equal records give the identical function, also for another function of the same text and place', async () => {
  const make = () => (x: number) => x + 1;
  const one = port.describe(make());
  const two = port.describe(make());
  assert.deepEqual(one, two);
  assert.equal(port.revive(one), port.revive(JSON.parse(JSON.stringify(two)) as FunctionRecord));
});

test('a revived function travels on under its record, and so do functions that it makes', () => {
  const record = port.describe(() => [() => new Error('made')]);
  const [inner] = (port.revive(record) as () => [() => Error])();
  assert.equal(port.describe(port.revive(record) as AnyFunction), record);
  const innerRecord = port.describe(inner);
  assert.ok(innerRecord.kind === 'text' && innerRecord.strict, 'as strict as the module that it was written in');
  const again = port.revive(innerRecord) as () => Error;
  const [first, second] = [inner(), again()].map(({ stack }) => stack?.split('\n')[1]?.match(/\(?(file:.*\d)\)?/)?.[1]);
  assert.equal(first, second);
});

const builtins: readonly (readonly [fn: unknown, path: string, module?: string])[] = [
  [Math.max, 'Math.max'],
  [Array.prototype.map, 'Array.prototype.map'],
  [Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get, 'Map.prototype.size:get'],
  [Array.prototype[Symbol.iterator], 'Array.prototype.values'],
  [Object.getPrototypeOf(Uint8Array).from, '%TypedArray%.from'],
  [Map, 'Map'],
  [Buffer.from, 'Buffer.from'],
  [process.cwd, 'process.cwd'],
  [console.log, 'console.log'],
  [structuredClone, 'structuredClone'],
  [URL, 'URL'],
  [URL.canParse, 'URL.canParse'],
  [Headers.prototype.get, 'Headers.prototype.get'],
  [fs.readFileSync, 'readFileSync', 'node:fs'],
  [fs.Stats, 'Stats', 'node:fs'],
  [fs.promises.readFile, 'readFile', 'node:fs/promises'],
];

for (const [fn, path, module] of builtins) {
  test(`${path} travels by its path and is the identical function there`, async () => {
    assert.deepEqual(port.describe(fn as AnyFunction), { kind: 'builtin', module, path });
    assert.equal(await revive({ kind: 'builtin', module, path }), fn);
  });
}

test('a builtin that this Node does not have is an error that names it', () => {
  const missing = () => port.revive({ kind: 'builtin', module: 'node:fs', path: 'nope' });
  assert.throws(missing, { message: `Node ${process.version} has no function nope of node:fs` });
});

test('helpers of esbuild and counters of istanbul do not make a function need its place', async () => {
  const __name = (fn: object, value: string) => Object.defineProperty(fn, 'name', { value });
  const counters = { f: [0], s: [0], b: [[0]] };
  const cov_1a2b3c = () => counters;
  const covered = (x: number) => {
    (cov_1a2b3c().f[0] as number)++;
    (cov_1a2b3c().s[0] as number) += 1;
    const double = __name((y: number) => y * 2, 'renamed') as (y: number) => number;
    return `${double.name} ${double(x)}`;
  };
  assert.equal((await revive(port.describe(covered)))(2), 'renamed 4');
});

test('what jest or vitest has made of a file is not taken for what the file exports', () => {
  const require = createRequire(import.meta.url);
  const file = fixturePath('library.cjs');
  require(file);
  const loaded = require.cache[file] as { exports: Record<string, AnyFunction> };
  const { exports: original } = loaded;
  const wrapper = `({"Object.<anonymous>":function(exports){exports.inc = (x) => x + 1}})`;
  const made = runInThisContext(wrapper, { filename: file }) as Record<string, (exports: object) => void>;
  loaded.exports = {};
  made['Object.<anonymous>']?.(loaded.exports);
  assert.equal(port.describe(loaded.exports.inc as AnyFunction).kind, 'text');
  loaded.exports = original;
  assert.equal(port.describe(original.inc as AnyFunction).kind, 'module');
});

test('the inspector is disconnected and the debugger disabled when a function has been described', () => {
  port.describe((x: number) => x * 17);
  const session = new Session();
  session.connect();
  let error: Error | null = null;
  session.post('Debugger.getScriptSource', { scriptId: '1' }, (failure) => {
    error = failure;
  });
  session.disconnect();
  assert.match(String(error && JSON.stringify(error) + (error as Error).message), /not enabled/);
  assert.deepEqual(
    Reflect.ownKeys(Session).filter((key) => String(key).includes('tardigrade')),
    [],
  );
});

test('classes that were described here are known again without loading anything', async () => {
  const { Point } = (await import(fixtureUrl('library.mjs'))) as { Point: AnyFunction };
  assert.equal(port.reviveKnown(port.describe(Point)), Point);
  assert.equal(port.reviveKnown({ kind: 'builtin', module: undefined, path: 'Map' }), Map);
});

test('a class that the host has loaded is known although it was never sent', async () => {
  const url = fixtureUrl('loaded-only.mjs');
  const { Loaded } = (await import(url)) as { Loaded: AnyFunction };
  assert.equal(await port.reviveKnown({ kind: 'module', url, name: 'Loaded' }), Loaded);
});

test('a class of a module that the host has not loaded is unknown, and nothing is loaded', async () => {
  assert.equal(await port.reviveKnown({ kind: 'module', url: fixtureUrl('throws.mjs'), name: 'f' }), undefined);
  assert.equal(await port.reviveKnown({ kind: 'module', url: fixtureUrl('library.mjs'), name: 'nope' }), undefined);
  assert.equal(await port.reviveKnown({ kind: 'module', url: import.meta.url, name: 'nope' }), undefined);
});

test('a class of a module that still waits at its top is unknown after a while', async () => {
  const url = fixtureUrl('waits.mjs');
  let loading: Promise<unknown> | undefined;
  const openGate = await new Promise<() => void>((resolve) => {
    Object.assign(globalThis, { reachGate: resolve });
    loading = import(url);
  });
  // The limit is a timer that keeps nobody alive.
  const awake = setInterval(() => {}, 1000);
  assert.equal(await port.reviveKnown({ kind: 'module', url, name: 'Waiting' }), undefined);
  clearInterval(awake);
  openGate();
  await loading;
});

test('ten thousand fresh closures leave the heap flat', async () => {
  const describeMany = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) port.describe((x: number) => Math.max(x, 3));
  };
  await describeMany(1000);
  const growth = await measureGrowth(() => describeMany(10_000), 1e6);
  assert.ok(growth < 1e6, `${growth} bytes`);
});

test('a function is called by its own name, or said to have none', () => {
  // biome-ignore lint/complexity/noStaticOnlyClass: a static member called like the property that holds the name.
  class Odd {
    static name(): string {
      return 'never called';
    }
  }
  assert.equal(describeFunctionName(fs.readFileSync as AnyFunction), 'readFileSync');
  assert.equal(
    describeFunctionName(() => 1),
    '(anonymous)',
  );
  assert.equal(describeFunctionName(Odd as unknown as AnyFunction), '(anonymous)');
});
