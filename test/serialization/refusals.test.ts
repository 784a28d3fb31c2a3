import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import * as namespace from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { SerializationError } from '#src/base/errors.js';
import { ByteWriter } from '#src/serialization/byte-writer.js';
import { createCodec } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { fakePort } from './fake-port.js';

class Exported {
  a = 1;
}
class Hidden {
  a = 1;
}
class Vault {
  #secret = 1;
  open(): number {
    return this.#secret;
  }
}
class SubVault extends Vault {}
class Counter {
  static #made = 0;
  colour = '#fff'; // Not a member: #fff.
  static count(): number {
    return ++Counter.#made;
  }
}
class Stream extends Readable {}
class Bus extends EventEmitter {
  name = 'bus';
}

const port = fakePort(
  { 'file:///m.mjs': { Exported, Vault, SubVault, Counter, Stream, Bus } },
  { builtins: { Readable, EventEmitter } },
);
const codec = createCodec({ functions: port });
const real = createCodec({ functions: createFunctionPort() });
const OPTIONS = { direction: 'argument', root: 'args' } as const;

type Row = readonly [name: string, make: () => unknown, path: string, reason: RegExp];

const ROWS: readonly Row[] = [
  ['a Proxy', () => [new Proxy({}, {})], 'args[0]', /Proxy/],
  ['a Proxy of a function', () => [new Proxy(() => 1, {})], 'args[0]', /Proxy/],
  ['a Proxy as prototype', () => [Object.create(new Proxy(Exported.prototype, {}))], 'args[0]', /Proxy/],
  ['a Promise', () => [{ config: { later: Promise.resolve() } }], 'args[0].config.later', /await it first/],
  ['a WeakMap', () => [new WeakMap()], 'args[0]', /cannot be listed/],
  ['a WeakSet', () => [new WeakSet()], 'args[0]', /cannot be listed/],
  ['a WeakRef', () => [new WeakRef({})], 'args[0]', /deref/],
  ['a FinalizationRegistry', () => [new FinalizationRegistry(() => {})], 'args[0]', /FinalizationRegistry/],
  ['a generator', () => [(function* () {})()], 'args[0]', /into an array/],
  ['an async generator', () => [(async function* () {})()], 'args[0]', /into an array/],
  ['an array iterator', () => [[1][Symbol.iterator]()], 'args[0]', /into an array/],
  ['a Map iterator', () => [new Map().entries()], 'args[0]', /into an array/],
  ['shared memory', () => [new SharedArrayBuffer(8)], 'args[0]', /another process cannot see/],
  [
    'a view of shared memory',
    () => [new Uint8Array(new SharedArrayBuffer(8))],
    'args[0]',
    /another process cannot see/,
  ],
  [
    'memory that was transferred',
    () => {
      const b = new ArrayBuffer(8);
      structuredClone(b, { transfer: [b] });
      return [b];
    },
    'args[0]',
    /detached/,
  ],
  [
    'a view of such memory',
    () => {
      const v = new Uint8Array(8);
      structuredClone(v, { transfer: [v.buffer] });
      return [v];
    },
    'args[0]',
    /detached/,
  ],
  ['an AbortSignal', () => [{ signal: new AbortController().signal }], 'args[0].signal', /built-in class AbortSignal/],
  ['a Blob', () => [new Blob([])], 'args[0]', /built-in class Blob/],
  ['an instance of a subclass of a stream', () => [new Stream()], 'args[0]', /built-in class Readable/],
  [
    'an arguments object',
    function () {
      // biome-ignore lint/complexity/noArguments: It is what is refused.
      return [arguments];
    },
    'args[0]',
    /\[\.\.\.arguments\]/,
  ],
  ['a built-in object', () => [Math], 'args[0]', /built-in object/],
  ['the global object', () => [globalThis], 'args[0]', /./],
  ['an object made from another object', () => [Object.create({ a: 1 })], 'args[0]', /not that of a class/],
  ['an object with the prototype of a Map', () => [Object.create(Map.prototype)], 'args[0]', /was not made as one/],
  [
    'a Map with the prototype of an object',
    () => [Object.setPrototypeOf(new Map([[1, 2]]), Object.prototype)],
    'args[0]',
    /was not made as one/,
  ],
  [
    'a Map without a prototype',
    () => [Object.setPrototypeOf(new Map([[1, 2]]), null)],
    'args[0]',
    /was not made as one/,
  ],
  [
    'an instance of a class that is not exported',
    () => [[1, new Hidden()]],
    'args[0][1]',
    /class Hidden .*not exported/,
  ],
  ['an instance with private members', () => [new Vault()], 'args[0]', /Vault has private members/],
  ['an instance whose parent has private members', () => [new SubVault()], 'args[0]', /Vault has private members/],
  ['a function that cannot travel', () => [{ 'on done': () => 1 }], 'args[0]["on done"]', /not exported/],
  ['a local symbol', () => [{ tag: Symbol('x') }], 'args[0].tag', /Symbol\.for/],
  ['a local symbol as a key', () => [{ [Symbol('x')]: 1 }], 'args[0][Symbol(x)]', /Symbol\.for/],
  ['a value in a Map', () => [new Map([['a key', Symbol('x')]])], 'args[0].get("a key")', /symbol/],
  [
    'a key in a Map',
    () => [
      new Map([
        [1, 1],
        [Symbol('x') as never, 1],
      ]),
    ],
    'args[0].keys()[1]',
    /symbol/,
  ],
  ['a member of a Set', () => [new Set([1, 2, Symbol('x')])], 'args[0].values()[2]', /symbol/],
  ['a cause', () => [new Error('a', { cause: { socket: Symbol('x') } })], 'args[0].cause.socket', /symbol/],
  ['one of several errors', () => [new AggregateError([1, Symbol('x')])], 'args[0].errors[1]', /symbol/],
  ['a name on an array', () => [Object.assign([1], { extra: Symbol('x') })], 'args[0].extra', /symbol/],
  ['a key that is a number', () => [{ 7: Symbol('x') }], 'args[0][7]', /symbol/],
  ['a key with a quote', () => [{ 'a"b\n': Symbol('x') }], 'args[0]["a\\"b\\n"]', /symbol/],
  ['the value itself', () => Symbol('x'), 'args', /symbol/],
  [
    'parameters of a URL before the URL',
    () => {
      const u = new URL('http://a/?b');
      return [u.searchParams, u];
    },
    'args[1]',
    /URL first/,
  ],
];

describe('what cannot travel', () => {
  for (const [name, make, path, reason] of ROWS) {
    it(`is refused with its path and what to do: ${name}`, () => {
      assert.throws(
        () => codec.encode(make(), OPTIONS),
        (error) => {
          assert.ok(error instanceof SerializationError);
          assert.equal(error.path, path);
          assert.match(error.message, reason);
          assert.deepEqual([error.direction, error.phase], ['argument', 'writing']);
          return true;
        },
      );
    });
  }

  it('is refused by the real function port too', () => {
    const timer = setTimeout(() => {}, 0);
    clearTimeout(timer);
    for (const value of [
      timer,
      new AbortController().signal,
      new Readable(),
      new Intl.NumberFormat(),
      new FormData(),
      createHook({}),
    ]) {
      assert.throws(() => real.encode([value], OPTIONS), SerializationError);
    }
  });

  it('is too large from 4 GiB on, which is known before memory is taken for it', () => {
    const parts = [1, 2, 3].map(() => new ArrayBuffer(1.5 * 2 ** 30));
    assert.throws(() => codec.encode(parts, OPTIONS), {
      name: 'SerializationError',
      phase: 'writing',
      message:
        'args cannot travel: it is too large: what travels together may take up to 4 GiB; send it in parts, or a file',
    });
    assert.throws(() => new ByteWriter().reserve(2 ** 32), /too large/);
  });

  it('does not touch a Proxy', () => {
    const touched: string[] = [];
    const handler = new Proxy({}, { get: (_, trap) => void touched.push(String(trap)) });
    assert.throws(() => codec.encode([new Proxy({}, handler), new Proxy([], handler)], OPTIONS), SerializationError);
    assert.deepEqual(touched, []);
  });

  it('says what a getter threw', () => {
    const failure = new TypeError('closed');
    const value = [
      {
        connection: {
          get state() {
            throw failure;
          },
        },
      },
    ];
    assert.throws(() => codec.encode(value, OPTIONS), {
      path: 'args[0].connection.state',
      message: /TypeError: closed/,
      cause: failure,
    });
  });

  it('survives whatever a getter throws', () => {
    for (const thrown of [
      null,
      undefined,
      Symbol('x'),
      Object.create(null),
      new Proxy({}, {}),
      {
        get message() {
          throw 1;
        },
      },
    ]) {
      const value = {
        get a() {
          throw thrown;
        },
      };
      assert.throws(
        () => codec.encode(value, OPTIONS),
        (error: SerializationError) => error instanceof SerializationError && error.cause === thrown,
      );
    }
  });

  it('refuses a module namespace', () => {
    assert.throws(() => codec.encode(namespace, OPTIONS), /namespace of a module/);
  });

  it('takes a class for private only if it declares private members of its instances', () => {
    assert.deepEqual(codec.decode(codec.encode(new Counter(), OPTIONS), OPTIONS), new Counter());
  });

  it('takes an event emitter, for that is plain JavaScript', () => {
    const bus = codec.decode(codec.encode(new Bus(), OPTIONS), OPTIONS) as Bus;
    let heard = 0;
    bus.on('tick', () => heard++);
    bus.emit('tick');
    assert.deepEqual([heard, bus.name], [1, 'bus']);
  });

  it('fails without harm when the stack is full', () => {
    const value = { a: { b: { c: [1] } } };
    const dig = (): number => {
      try {
        return 1 + dig();
      } catch {
        try {
          codec.encode(value, OPTIONS);
        } catch (error) {
          assert.ok(error instanceof SerializationError || error instanceof RangeError);
        }
        return 0;
      }
    };
    dig();
    assert.deepEqual(codec.decode(codec.encode(value, OPTIONS), OPTIONS), value);
  });

  it('is asked of the function port once for each class', () => {
    const counting = fakePort({ 'file:///m.mjs': { Exported } });
    const one = createCodec({ functions: counting });
    for (let i = 0; i < 5; i++) one.encode([new Exported(), new Exported()], OPTIONS);
    assert.deepEqual(counting.described, ['Exported']);
  });

  it('knows what is foreign but not a built-in', () => {
    const foreign = vm.runInNewContext('class Thing {}; new Thing()');
    assert.throws(() => codec.encode([foreign], OPTIONS), /Thing/);
  });
});
