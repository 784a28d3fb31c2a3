import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCodec } from '#src/serialization/codec.js';
import { readArrowText } from '#src/serialization/functions/arrow-text.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { decodeThrown, encodeThrown } from '#src/serialization/remote-error.js';

const worker = createCodec({ functions: createFunctionPort() });
const host = createCodec({ functions: createFunctionPort(), classes: 'known' });
const OPTIONS = { direction: 'argument', root: 'args' } as const;

describe('an object that only inherits from an error', () => {
  const make = (): object => [
    Object.create(Error.prototype) as unknown,
    Object.create(TypeError.prototype, {
      message: { value: 'hidden' },
      code: { value: 1, enumerable: true },
    }) as unknown,
  ];

  it('travels as it is, with what it hides', () => {
    for (const [from, to] of [
      [host, worker],
      [worker, host],
    ] as const) {
      const [bare, full] = to.decode(from.encode(make(), OPTIONS), OPTIONS) as [object, Error & { code: number }];
      assert.equal(Object.getPrototypeOf(bare), Error.prototype);
      assert.equal(Object.getPrototypeOf(full), TypeError.prototype);
      assert.deepEqual([full.message, full.code, Object.keys(full)], ['hidden', 1, ['code']]);
    }
  });

  it('arrives as what was thrown', () => {
    const thrown = Object.create(RangeError.prototype, { message: { value: 'odd' } }) as RangeError;
    const arrived = decodeThrown(host, encodeThrown(worker, thrown));
    assert.equal(String(arrived), 'RangeError: odd');
    assert.ok(arrived instanceof RangeError);
  });
});

class Point {
  x = 1;
}
const captured = 5;
const asyncPrototype = Object.getPrototypeOf(async () => {}) as object;

function withPrototype<T extends object>(object: T, prototype: object | null): T {
  return Object.setPrototypeOf(object, prototype) as T;
}

function travel(value: unknown): unknown {
  return worker.decode(host.encode([value], OPTIONS), OPTIONS);
}

const STRANGE: Readonly<Record<string, () => unknown>> = {
  'an array without a prototype': () => withPrototype([1, 2], null),
  'an empty array without a prototype': () => withPrototype([], null),
  'a long array without a prototype': () => withPrototype(new Array(100).fill('x'), null),
  'an array with the prototype of an object': () => withPrototype([1], Object.prototype),
  'an empty array with the prototype of an object': () => withPrototype([], Object.prototype),
  'a typed array with the prototype of an object': () => withPrototype(new Uint8Array(2), Object.prototype),
  'an array with the prototype of a class': () => withPrototype([1], Point.prototype),
  'a Map with the prototype of a class': () => withPrototype(Object.assign(new Map(), { x: 1 }), Point.prototype),
  'an array with the prototype of an error': () => withPrototype([1], Error.prototype),
  'an array with the prototype of a Set': () => withPrototype([1], Set.prototype),
};

const BUILTIN_PROTOTYPES: readonly object[] = [
  ...[Array, Object, Function, Date, Error, TypeError, Map, RegExp, Number, String, Buffer, URL, Uint8Array, Promise],
].map((type) => type.prototype as object);

const FUNCTIONS: Readonly<Record<string, () => object>> = {
  'a function without a prototype': () => withPrototype(() => 1, null),
  'a function with variables and without a prototype': () => withPrototype(() => captured, null),
  'a function that was sent before': () => {
    const fn = (): number => 1;
    host.encode(fn, OPTIONS);
    return withPrototype(fn, null);
  },
  'a bound function without a prototype': () => withPrototype(Math.max.bind(null, 1), null),
  'an async function that inherits as others do': () => withPrototype(async () => 1, Function.prototype),
  'a function that inherits as async ones do': () => withPrototype(() => captured, asyncPrototype),
  'a generator that inherits as functions do': () => withPrototype(function* () {}, Function.prototype),
  'a function that inherits as objects do': () => withPrototype(() => 1, Object.prototype),
};

describe('prototypes', () => {
  for (const [name, make] of Object.entries(STRANGE)) {
    it(`refuse what they do not fit: ${name}`, () => {
      assert.throws(() => travel(make()), { path: 'args[0]', message: /was not made as one/ });
    });
  }

  it("of the language arrive as the worker's own", () => {
    for (const prototype of BUILTIN_PROTOTYPES) {
      assert.equal((travel(prototype) as object[])[0], prototype);
    }
  });

  it('of a class are refused by the name of the class', () => {
    function Old(): void {}
    Old.prototype.method = 1;
    assert.throws(() => travel({ p: Point.prototype }), { path: 'args[0].p', message: /it is the prototype of Point/ });
    assert.throws(() => travel(Old.prototype), { path: 'args[0]', message: /it is the prototype of Old/ });
  });

  it('are not seen in a key that is called constructor', () => {
    for (const value of [{ constructor: 5, a: 1 }, { constructor: Object }]) assert.deepEqual(travel(value), [value]);
  });

  for (const [name, make] of Object.entries(FUNCTIONS)) {
    it(`of functions are kept: ${name}`, () => {
      const sent = make();
      const [arrived] = travel(sent) as [object];
      assert.equal(typeof arrived, 'function');
      assert.equal(Object.getPrototypeOf(arrived), Object.getPrototypeOf(sent));
    });
  }

  it('of functions tell which may stand for each other', () => {
    assert.equal(typeof readArrowText(() => 1), 'string');
    assert.equal(typeof readArrowText(async () => 1), 'string');
    assert.equal(readArrowText(withPrototype(() => 1, null)), undefined);
    assert.equal(readArrowText(withPrototype(async () => 1, Function.prototype)), undefined);
  });
});
