/** What users can say about how functions and instances travel, and ask. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import {
  explain,
  InlineExecutor,
  ProcessPoolExecutor,
  registerByReference,
  registerByValue,
  registerReducer,
  SerializationError,
} from 'tardigrade';

const library = new URL('../../../test/fixtures/raw/closures/lib.mjs', import.meta.url);
const pool = new ProcessPoolExecutor({ maxWorkers: 1 });
after(() => pool.shutdown());

class Connection {
  readonly #url: string;
  constructor(url: string) {
    this.#url = url;
  }
  get url(): string {
    return this.#url;
  }
}
class Subclass extends Connection {}

const REDUCE: unique symbol = Symbol.for('tardigrade.reduce');
class Carrying {
  static [REDUCE] = {
    reduce: ({ value }: Carrying): number => value,
    revive: (value: number): Carrying => new Carrying(value),
  };
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

test('an instance with private fields is refused with the chain that leads to it, until its class has a reducer', async () => {
  const settings = { connection: new Connection('db://one') };
  const read = () => settings.connection.url;
  const outer = () => read();
  const error = (await pool.submit(outer).exception()) as SerializationError;
  assert.ok(error instanceof SerializationError);
  assert.match(
    error.message,
    /^fn -> variable "read" of outer \(.*registration\.test\.js:\d+:\d+\) -> variable "settings" of read \(.*\)\.connection cannot travel: its class Connection has private members.*reducer/,
  );
  registerReducer(Connection, { reduce: ({ url }) => url, revive: (url: string) => new Connection(`${url}!`) });
  assert.equal(await pool.submit(outer), 'db://one!');
  assert.equal(await pool.submit((given) => given.url, settings.connection), 'db://one!');
  const back = await pool.submit(() => new Connection('there'));
  assert.ok(back instanceof Connection);
  assert.equal(back.url, 'there!');
  assert.equal(await pool.submit((given) => given.url, new Subclass('sub')), 'sub!');
});

test('a class carries its reducer under a symbol', async () => {
  const captured = new Carrying(3);
  assert.equal(await pool.submit(() => captured.value), 3);
  const back = await pool.submit((given) => given, captured);
  assert.ok(back instanceof Carrying);
  assert.equal(back.value, 3);
});

test('wrong registrations throw where they are made', () => {
  assert.throws(() => registerReducer(3 as never, {} as never), TypeError);
  assert.throws(() => registerReducer(Carrying, { reduce: 1 } as never), TypeError);
  assert.throws(() => registerByValue('nowhere'), TypeError);
  assert.throws(() => registerByReference(3 as never, { url: library }), TypeError);
});

test('a module that was registered goes by value, and its functions see what the host has', async () => {
  const query = new URL('../../../test/fixtures/raw/functions/library.mjs', import.meta.url);
  registerByValue(query);
  const { bump } = (await import(query.href)) as { bump: () => number };
  bump();
  assert.equal(await pool.submit(bump), 3);
  assert.equal(await pool.submit(bump), 3, 'each time what the host has');
});

test('a function that was registered goes by reference', async () => {
  const { makeLambda } = (await import(library.href)) as { makeLambda: (y: number) => (x: number) => number };
  const wrapped = makeLambda(1);
  registerByReference(wrapped, { url: library, name: 'arrowExport' });
  assert.equal(await pool.submit(wrapped, 4), 8);
});

test('explain says what travels how, with bytes', () => {
  const secret = 'hunter2';
  const data = [1, 2, 3];
  const helper = (x: number) => x + data.length;
  const text = explain(() => [secret, helper(1), Math.max(1)]);
  const lines = text.split('\n');
  assert.match(lines[0] ?? '', /^\(anonymous\): by value, \d+ bytes of code, .*registration\.test\.js:\d+:\d+/);
  assert.match(text, /\n {2}secret: string by value, \d+ bytes/);
  assert.match(text, /\n {2}helper: by value, \d+ bytes of code/);
  assert.match(text, /\n {4}data: Array by value, \d+ bytes/);
  const local = Symbol('local');
  const keyed = { [local]: 1 };
  assert.match(
    explain(() => keyed[local]),
    /\n {2}keyed: Object by value, \d+ bytes\n {2}local: symbol by value, \d+ bytes$/,
  );
  assert.equal(explain(Math.max), 'max: by reference, Math.max');
  assert.match(
    explain((x: number) => x),
    /by its text/,
  );
  const cache = new WeakMap();
  assert.match(
    explain(() => [pool, cache]),
    /\n {2}pool: ProcessPoolExecutor by value, \d+ bytes\n {2}cache: cannot travel: .*it is a WeakMap/,
  );
});

test('a large captured value is warned about once, with the chain', async () => {
  const inline = new InlineExecutor();
  const large = new Uint8Array(2 ** 21);
  const inner = () => large.length;
  const heard = once(process, 'warning') as Promise<[Error & { code?: string }]>;
  let count = 0;
  const counter = (): void => {
    count += 1;
  };
  process.on('warning', counter);
  for (let i = 0; i < 3; i += 1) assert.equal(await inline.submit(() => inner()), 2 ** 21);
  const [warning] = await heard;
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', counter);
  await inline.shutdown();
  assert.equal(warning.code, 'TARDIGRADE_LARGE_CAPTURE');
  assert.match(warning.message, /captures 2\.0 MiB.*fn -> variable "inner" of .* -> variable "large" of inner/);
  assert.equal(count, 1);
});

test('wrong arguments are named, with the value', () => {
  const { href } = new URL(import.meta.url);
  const calls: readonly (readonly [() => unknown, string])[] = [
    [() => registerByReference(5 as never, { url: href }), 'registerByReference: "fn" must be a function, not 5'],
    [
      () => registerByReference(test, undefined as never),
      'registerByReference: "options" must be { url, name }, not undefined',
    ],
    [
      () => registerByReference(test, { url: href, name: 1 as never }),
      'registerByReference: "name" must be a string, not 1',
    ],
    [
      () => registerByReference(test, { url: 'x' }),
      'registerByReference: "url" must be a URL or an absolute path, not \'x\'',
    ],
    [() => registerByValue(1 as never), 'registerByValue: "modules" must be a URL or an absolute path, not 1'],
    [
      () => registerReducer(5 as never, {} as never),
      'registerReducer: "type" must be a class other than Object, Array and Function, not 5',
    ],
    [
      () => registerReducer(class {}, null as never),
      'registerReducer: "pair" must have the functions "reduce" and "revive", and is null',
    ],
    [() => explain('x' as never), 'explain: "fn" must be a function, not \'x\''],
  ];
  for (const [call, message] of calls) assert.throws(call, { name: 'TypeError', message });
});
