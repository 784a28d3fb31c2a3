import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import vm from 'node:vm';
import { SerializationError } from '#src/base/errors.js';
import { type Codec, type CodecOptions, createCodec } from '#src/serialization/codec.js';
import { fakePort } from './fake-port.js';

class Point {
  x = 0;
  y = 0;
  constructor() {
    Point.made++;
  }
  static made = 0;
  get sum(): number {
    return this.x + this.y;
  }
}
class Point3 extends Point {
  z = 0;
}
class Registry extends Map<unknown, unknown> {
  label = 'none';
}
class Stack extends Array<unknown> {
  top(): unknown {
    return this.at(-1);
  }
}
class Bytes extends Uint8Array {}
class HttpError extends TypeError {
  status = 404;
}
const exported = { Point, Point3, Registry, Stack, Bytes, HttpError };
const port = fakePort({ 'file:///things.mjs': exported });
const host = createCodec({ functions: port, classes: 'known' });
const worker = createCodec({ functions: port, classes: 'load' });
const ARGUMENT: CodecOptions = { direction: 'argument', root: 'args' };
const RESULT: CodecOptions = { direction: 'result', root: 'result' };

function travel(value: unknown, from: Codec = host, to: Codec = worker): unknown {
  return to.decode(from.encode(value, ARGUMENT), ARGUMENT);
}

type Check = (arrived: never, sent: never) => void;
type Row = readonly [name: string, make: () => unknown, check?: Check];

function makeSparse(length: number, elements: Record<number, unknown>): unknown[] {
  return Object.assign(new Array(length), elements);
}

/** The flag is newer than this project's language level. */
function unicodeSets(source: string, flags = 'v'): RegExp {
  return new RegExp(source, flags);
}

function hidden(object: object, key: string, value: unknown): object {
  return Object.defineProperty(object, key, { value, enumerable: false, configurable: true, writable: true });
}

const sameBuffer: Check = (arrived: { buffer: unknown }[]) => assert.equal(arrived[0]?.buffer, arrived[1]?.buffer);

const ROWS: readonly Row[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['booleans', () => [true, false]],
  [
    'integers of all sizes',
    () => [0, 1, -1, -16, -17, 111, 112, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -(2 ** 53)],
  ],
  ['fractions, NaN, infinities, -0', () => [0.1, NaN, Infinity, -Infinity, -0, 5e-324, Number.MAX_VALUE]],
  ['a long array of integers', () => Array.from({ length: 1000 }, (_, i) => i * 1000 - 500)],
  ['a long array of fractions with -0 and NaN', () => [...Array.from({ length: 100 }, (_, i) => i / 3), -0, NaN]],
  ['a long array of integers with a -0', () => [...Array.from({ length: 100 }, (_, i) => i), -0]],
  ['a long array of numbers with a string', () => [...Array.from({ length: 100 }, (_, i) => i), 'x', 1]],
  ['bigints', () => [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 200n), 2n ** 200n]],
  [
    'strings',
    () => ['', 'a', 'é'.repeat(30), 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(100_000), 'ÿĀ', '日本語'.repeat(20)],
  ],
  ['strings with zero bytes and lone surrogates', () => ['\0', 'a\ud800', '\udc00b', `${'x'.repeat(50)}\ud800`]],
  ['registered symbols', () => Symbol.for('key')],
  ['well-known symbols', () => [Symbol.iterator, Symbol.asyncIterator, Symbol.toStringTag]],
  ['plain objects, in the order of their keys', () => ({ b: 1, a: 2, 10: 'x', 9: 'y' }), keepsOrder],
  ['an object without keys', () => ({})],
  ['keys that are odd', () => ({ '': 1, 'a b': 2, é: 3, 日: 4, constructor: 5, toString: 6, hasOwnProperty: 7 })],
  [
    '__proto__ as an own key',
    () => JSON.parse('{"__proto__":{"a":1},"b":2}'),
    (arrived: object) => {
      assert.equal(Object.getPrototypeOf(arrived), Object.prototype);
      assert.deepEqual(Object.keys(arrived), ['__proto__', 'b']);
    },
  ],
  [
    'an object with a hundred keys',
    () => Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, i])),
    keepsOrder,
  ],
  ['an object without a prototype', () => Object.assign(Object.create(null), { a: 1, __proto__x: 2 })],
  ['registered symbols as keys', () => ({ a: 1, [Symbol.for('tag')]: 2, [Symbol.iterator]: 3 })],
  ['an undefined property', () => ({ a: undefined }), (arrived: object) => assert.ok('a' in arrived)],
  [
    'many objects of one shape',
    () => Array.from({ length: 100 }, (_, id) => ({ id, name: `n${id}`, even: id % 2 === 0 })),
  ],
  [
    'many objects of many shapes',
    () => Array.from({ length: 300 }, (_, i) => ({ [`k${i}`]: i, [`l${i % 7}`]: { [i]: i } })),
  ],
  ['a frozen object, as one that is not', () => Object.freeze({ a: Object.freeze([1]) })],
  [
    'accessors as the values that they give',
    () => ({
      get a() {
        return 1;
      },
    }),
    (arrived: object) => {
      assert.deepEqual(Object.getOwnPropertyDescriptor(arrived, 'a'), {
        value: 1,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  ],
  ['an empty array', () => []],
  [
    'an array with holes',
    () => makeSparse(6, { 0: 1, 2: undefined, 4: 5 }),
    (arrived: unknown[]) => {
      assert.deepEqual([arrived.length, Object.keys(arrived)], [6, ['0', '2', '4']]);
    },
  ],
  [
    'an array of holes only',
    () => new Array(5),
    (arrived: unknown[]) => assert.deepEqual([arrived.length, Object.keys(arrived)], [5, []]),
  ],
  [
    'the longest array, nearly empty',
    () => {
      const a: unknown[] = [];
      a[2 ** 32 - 2] = 'end';
      a[7] = 1;
      return a;
    },
    (arrived: unknown[]) => {
      assert.deepEqual([arrived.length, Object.keys(arrived)], [2 ** 32 - 1, ['7', '4294967294']]);
    },
  ],
  ['an array with names', () => Object.assign([1, 2], { index: 3, 4294967295: 'no index' })],
  ['what a regular expression matched', () => 'a1'.match(/(?<letter>a)(\d)/)],
  [
    'a long array with names',
    () =>
      Object.assign(
        Array.from({ length: 200 }, (_, i) => i),
        { name: 'x' },
      ),
  ],
  ['a long typed array with names', () => Object.assign(new Uint8Array(200), { name: 'x' })],
  [
    'Maps, in order',
    () =>
      new Map<unknown, unknown>([
        ['b', 1],
        ['a', { c: 2 }],
        [NaN, 3],
        [-0, 4],
        [{ k: 1 }, new Map()],
      ]),
  ],
  ['Sets, in order', () => new Set<unknown>(['b', 'a', 1, undefined, [1]])],
  ['a Map with names', () => Object.assign(new Map([[1, 2]]), { label: 'x' })],
  ['Dates', () => [new Date(0), new Date(-1), new Date(8.64e15)]],
  [
    'regular expressions',
    () => [/a\/b/, /x/dgimsuy, unicodeSets('[\\p{L}--a]'), Object.assign(/a/g, { lastIndex: 3 })],
    (arrived: RegExp[]) => {
      assert.equal(arrived[3]?.lastIndex, 3);
    },
  ],
  [
    'boxed primitives',
    () => [Object(1), Object('ab'), Object(false), Object(5n), Object(-0), Object(''), Object(Symbol.for('x'))],
  ],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
  [
    'every kind of typed array',
    () => [
      new Int8Array([-1]),
      new Uint8Array([255]),
      new Uint8ClampedArray([300]),
      new Int16Array([-2]),
      new Uint16Array([2]),
      new Int32Array([-3]),
      new Uint32Array([3]),
      new Float32Array([0.5]),
      new Float64Array([NaN, -0]),
      new BigInt64Array([-4n]),
      new BigUint64Array([4n]),
      new Uint8Array(0),
    ],
  ],
  [
    'a DataView',
    () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    (arrived: DataView) => {
      assert.deepEqual([arrived.byteOffset, arrived.byteLength, arrived.getUint8(0)], [1, 2, 2]);
    },
  ],
  [
    'two views of one buffer',
    () => {
      const b = new ArrayBuffer(32);
      return [new Uint8Array(b, 8, 8), new Float64Array(b, 16, 1)];
    },
    sameBuffer,
  ],
  [
    'a view and its buffer',
    () => {
      const b = new ArrayBuffer(8);
      return [{ buffer: b }, new Uint8Array(b)];
    },
    sameBuffer,
  ],
  [
    'where a view stands in its buffer',
    () => new Uint8Array(new ArrayBuffer(100), 10, 20),
    (arrived: Uint8Array) => {
      assert.deepEqual([arrived.byteOffset, arrived.buffer.byteLength], [10, 100]);
    },
  ],
  ['a Buffer', () => Buffer.from('hello'), (arrived: Buffer) => assert.ok(Buffer.isBuffer(arrived))],
  [
    'a Buffer of the pool, as its own bytes',
    () => Buffer.from('pooled'),
    (arrived: Buffer) => assert.equal(arrived.buffer.byteLength, 6),
  ],
  [
    'Buffers that overlap',
    () => {
      const b = Buffer.from('abcdef');
      return [b.subarray(0, 4), b.subarray(2)];
    },
    (arrived: Buffer[]) => {
      (arrived[0] as Buffer)[2] = 0x7a;
      assert.equal(arrived[1]?.toString(), 'zdef');
    },
  ],
  [
    'an empty Buffer beside a full one',
    () => {
      const b = Buffer.from('abcdef');
      return [b.subarray(3, 3), b.subarray(3), b.subarray(6)];
    },
  ],
  [
    'errors',
    () => [
      new Error('a'),
      new TypeError('b'),
      new RangeError('c'),
      new SyntaxError('d'),
      new ReferenceError('e'),
      new EvalError('f'),
      new URIError('g'),
    ],
  ],
  [
    'an error with everything',
    () => Object.assign(new Error('a', { cause: { b: [1] } }), { code: 'E', at: new Date(5), deep: new Map() }),
    keepsError,
  ],
  [
    'a cause that is undefined',
    () => [new Error('a', { cause: undefined }), new Error('b')],
    (arrived: Error[]) => {
      assert.deepEqual(
        arrived.map((e) => Object.hasOwn(e, 'cause')),
        [true, false],
      );
    },
  ],
  [
    'an AggregateError',
    () => new AggregateError([new TypeError('a'), 1, null], 'many'),
    (arrived: AggregateError) => {
      assert.ok(arrived.errors[0] instanceof TypeError);
      assert.deepEqual(arrived.errors.slice(1), [1, null]);
      assert.equal(Object.getOwnPropertyDescriptor(arrived, 'errors')?.enumerable, false);
    },
  ],
  [
    'an error without a stack',
    () => {
      const e = new Error('a');
      delete e.stack;
      return e;
    },
    (arrived: Error) => assert.equal(arrived.stack, undefined),
  ],
  ['an error of a class', () => new HttpError('gone'), keepsError],
  ['an error under another name', () => Object.assign(new Error('a'), { name: 'AbortError' }), keepsError],
  [
    'an error that is its own cause',
    () => {
      const e = new Error('a');
      e.cause = e;
      return e;
    },
    (arrived: Error) => assert.equal(arrived.cause, arrived),
  ],
  [
    'a DOMException',
    () => new DOMException('gone', 'AbortError'),
    (arrived: DOMException, sent: DOMException) => {
      assert.deepEqual(
        [arrived.name, arrived.message, arrived.code, arrived.stack],
        [sent.name, sent.message, 20, sent.stack],
      );
    },
  ],
  [
    'an instance of a class, without its constructor',
    () => Object.assign(new Point(), { x: 1, y: 2 }),
    (arrived: Point) => assert.equal(arrived.sum, 3),
  ],
  ['an instance of a subclass', () => Object.assign(new Point3(), { z: 2 })],
  [
    'what an instance hides',
    () => hidden(new Point(), 'secret', 7),
    (arrived: { secret?: number }) => {
      assert.deepEqual([arrived.secret, Object.keys(arrived)], [7, ['x', 'y']]);
    },
  ],
  [
    'a Map of a class',
    () => Object.assign(new Registry([[1, 2]]), { label: 'x' }),
    (arrived: Registry) => assert.equal(arrived.get(1), 2),
  ],
  [
    'an array of a class',
    () => Stack.from([1, 2, 3]),
    (arrived: Stack) => assert.deepEqual([arrived.top(), arrived.length], [3, 3]),
  ],
  ['a typed array of a class', () => new Bytes([1, 2])],
  [
    'a URL',
    () => new URL('https://user@host:81/path?q=1#hash'),
    (arrived: URL) => assert.equal(arrived.href, 'https://user@host:81/path?q=1#hash'),
  ],
  [
    'a URL and its parameters',
    () => {
      const u = new URL('http://a/?q=1');
      return [u, u.searchParams];
    },
    ([url, params]: [URL, URLSearchParams]) => {
      params.set('q', '2');
      assert.equal(url.href, 'http://a/?q=2');
    },
  ],
  [
    'URLSearchParams',
    () => new URLSearchParams('a=1&b=%20&a=2'),
    (arrived: URLSearchParams) => assert.equal(String(arrived), 'a=1&b=+&a=2'),
  ],
  [
    'functions, as the same one',
    () => [Math.max, { deep: Point }, Math.max],
    (arrived: unknown[]) => {
      assert.deepEqual(arrived, [Math.max, { deep: Point }, Math.max]);
    },
  ],
  [
    'cycles',
    () => {
      const a: Record<string, unknown> = { list: [] };
      (a.list as unknown[]).push(a);
      a.self = a;
      return a;
    },
    (arrived: { self: unknown; list: unknown[] }) => {
      assert.equal(arrived.self, arrived);
      assert.equal(arrived.list[0], arrived);
    },
  ],
  [
    'cycles through Map, Set and instances',
    () => {
      const p = new Point();
      const m = new Map<unknown, unknown>([[p, new Set([p])]]);
      return Object.assign(p, { x: m });
    },
    (arrived: { x: Map<object, Set<object>> }) => {
      assert.ok(arrived.x.get(arrived)?.has(arrived));
    },
  ],
  [
    'what is shared',
    () => {
      const s = { a: 1 };
      const list = Array.from({ length: 50 }, () => ({ s }));
      return [s, list];
    },
    ([s, list]: [object, { s: object }[]]) => {
      assert.ok(list.every((item) => item.s === s));
    },
  ],
  [
    'plain things of another realm',
    () =>
      vm.runInNewContext(
        '({ o: { a: 1 }, list: [1, , 3], map: new Map([[1, 2]]), re: /x/g, date: new Date(5), bytes: new Uint8Array([1]) })',
      ),
    (arrived: Record<string, unknown>) => {
      assert.deepEqual(arrived, {
        o: { a: 1 },
        list: makeSparse(3, { 0: 1, 2: 3 }),
        map: new Map([[1, 2]]),
        re: /x/g,
        date: new Date(5),
        bytes: new Uint8Array([1]),
      });
    },
  ],
  [
    'an error of another realm',
    () => vm.runInNewContext('new TypeError("far")'),
    (arrived: Error) => {
      assert.ok(arrived instanceof TypeError);
      assert.equal(arrived.message, 'far');
    },
  ],
];

function keepsOrder(arrived: object, sent: object): void {
  assert.deepEqual(Object.keys(arrived), Object.keys(sent));
}

function keepsError(arrived: Error, sent: Error): void {
  assert.equal(Object.getPrototypeOf(arrived), Object.getPrototypeOf(sent));
  assert.equal(arrived.stack, sent.stack);
  assert.deepEqual(Reflect.ownKeys(arrived), Reflect.ownKeys(sent));
  for (const key of Object.keys(sent)) assert.deepEqual(Reflect.get(arrived, key), Reflect.get(sent, key));
}

describe('the codec', () => {
  for (const [name, make, check] of ROWS) {
    for (const [from, to, way] of [
      [host, worker, 'there'],
      [worker, host, 'back'],
    ] as const) {
      it(`keeps ${name}, ${way}`, () => {
        const sent = make();
        const arrived = travel(sent, from, to);
        const foreign = name.includes('another realm');
        if (!foreign) assert.deepStrictEqual(arrived, sent);
        check?.(arrived as never, sent as never);
      });
    }
  }

  it('keeps a date that is none', () => assert.ok(Number.isNaN((travel(new Date(NaN)) as Date).getTime())));

  it('keeps resizable buffers, and views that follow their length', () => {
    type Resizable = ArrayBuffer & { resize(length: number): void; maxByteLength: number };
    const make = ArrayBuffer as unknown as new (length: number, options: object) => Resizable;
    const buffer = new make(4, { maxByteLength: 100 });
    const arrived = travel([buffer, new Uint8Array(buffer), new Uint8Array(buffer, 0, 4)]) as [
      Resizable,
      Uint8Array,
      Uint8Array,
    ];
    arrived[0].resize(50);
    assert.deepEqual([arrived[0].maxByteLength, arrived[1].length, arrived[2].length], [100, 50, 4]);
  });

  it('sends of a large buffer only what its views show', () => {
    const large = new Float64Array(1_000_000).fill(7);
    const bytes = host.encode([large.subarray(10, 20), large.subarray(30, 40)], ARGUMENT);
    assert.ok(bytes.length < 1000, `${bytes.length} bytes`);
    const [a, b] = worker.decode(bytes, ARGUMENT) as [Float64Array, Float64Array];
    assert.deepEqual([a, b], [large.slice(10, 20), large.slice(30, 40)]);
    assert.equal(a.buffer, b.buffer);
  });

  it('sends a large buffer whole when it is in the message itself', () => {
    const memory = new Uint8Array(300_000).fill(7).buffer;
    const [view, whole] = travel([new Uint8Array(memory, 100, 10), memory]) as [Uint8Array, ArrayBuffer];
    assert.equal(view.buffer, whole);
    assert.deepStrictEqual(whole, memory);
  });

  it('runs no constructor, no toJSON and each getter once', () => {
    let reads = 0;
    Point.made = 0;
    const value = {
      get once() {
        return ++reads;
      },
      toJSON: undefined,
      point: Object.create(Point.prototype, { x: { value: 1, enumerable: true } }) as Point,
    };
    assert.equal((travel([value]) as { once: number }[])[0]?.once, 1);
    assert.deepEqual([reads, Point.made], [1, 0]);
  });

  it('leaves out hidden and inherited properties of plain objects, as structured clone does', () => {
    assert.deepEqual(travel(hidden({ a: 1 }, 'b', 2)), { a: 1 });
  });

  it('finds the class through the prototype, not through an own property', () => {
    const point = Object.assign(new Point(), { constructor: Math.max });
    const arrived = travel(point) as Point;
    assert.equal(Object.getPrototypeOf(arrived), Point.prototype);
    assert.equal(arrived.constructor, Math.max);
  });

  it('goes as deep as the value does', () => {
    for (const wrap of [
      (inner: unknown) => ({ n: inner }),
      (inner: unknown) => [inner],
      (inner: unknown) => new Map([['k', inner]]),
      (inner: unknown) => new Set([inner]),
      (inner: unknown) => new Error('e', { cause: inner }),
      (inner: unknown) => Object.assign(new Point(), { x: inner }),
      (inner: unknown) => Object.assign(Object.create(null), { n: inner }),
      (inner: unknown) => Object.assign([], { n: inner }),
      (inner: unknown) => new Registry([[1, inner]]),
    ]) {
      let value: unknown = 'bottom';
      for (let i = 0; i < 5000; i++) value = wrap(value);
      const bytes = host.encode(value, ARGUMENT);
      assert.deepEqual(host.encode(worker.decode(bytes, ARGUMENT), ARGUMENT), bytes);
    }
  });

  it('goes 100,000 levels deep, and says where it failed there without saying all', () => {
    const root: Record<string, unknown> = {};
    let last = root;
    for (let i = 0; i < 100_000; i++) {
      const next = {};
      last.next = next;
      last = next;
    }
    let levels = 0;
    for (let at = travel(root) as Record<string, unknown>; at.next !== undefined; at = at.next as typeof at) levels++;
    assert.equal(levels, 100_000);
    last.bad = Promise.resolve();
    assert.throws(
      () => host.encode([root], ARGUMENT),
      (error: SerializationError) => {
        assert.match(error.path, /^args\[0\]\.next.* … \d+ levels … .*\.next\.bad$/);
        return error.path.length < 300;
      },
    );
  });

  it('may be used again by a getter while it writes, and after a failure', () => {
    const inner = { b: [1, { c: 2 }] };
    const value = {
      a: { x: 1 },
      get again() {
        return travel(inner);
      },
      z: { x: 2 },
    };
    assert.deepEqual(travel(value), { a: { x: 1 }, again: inner, z: { x: 2 } });
    assert.throws(() => host.encode([{ deep: { er: Symbol('x') } }], ARGUMENT), SerializationError);
    assert.deepEqual(travel([{ a: 1 }]), [{ a: 1 }]);
  });

  it('waits only when a module has to be loaded', async () => {
    const slow = createCodec({ functions: fakePort({ 'file:///things.mjs': exported }, { slow: true }) });
    const bytes = slow.encode([Object.assign(new Point(), { x: 5 }), Math.max], ARGUMENT);
    const arrived = slow.decode(bytes, ARGUMENT);
    assert.ok(arrived instanceof Promise);
    assert.deepEqual(await arrived, [Object.assign(new Point(), { x: 5 }), Math.max]);
    assert.ok(!(slow.decode(slow.encode([1], ARGUMENT), ARGUMENT) instanceof Promise));
  });

  it('keeps its bytes to itself: the next message changes nothing', () => {
    const first = host.encode(['first', 'x'.repeat(200)], ARGUMENT);
    host.encode(['other', 'y'.repeat(200)], ARGUMENT);
    assert.deepEqual(worker.decode(first, ARGUMENT), ['first', 'x'.repeat(200)]);
  });

  it('names the side and the phase of a failure', () => {
    assert.throws(() => worker.encode({ items: [1, Symbol('x')] }, RESULT), {
      name: 'SerializationError',
      direction: 'result',
      phase: 'writing',
      path: 'result.items[1]',
    });
    assert.throws(() => host.decode(new Uint8Array([0x10, 0x3f]), RESULT), {
      direction: 'result',
      phase: 'reading',
      path: 'result',
    });
  });
});
