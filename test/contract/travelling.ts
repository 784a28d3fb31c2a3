/** The contract of what travels: values both ways, functions, and errors. */

import assert from 'node:assert/strict';
import { SerializationError } from 'tardigrade';
import { contractTest, type Subject } from './contract.js';

const shapesUrl = new URL('../../../test/fixtures/raw/faults/shapes.mjs', import.meta.url);
/** The fixture's classes, loaded here as a program would. */
const shapes: {
  Point: new (x: number, y: number) => { x: number; y: number; length(): number };
  CustomError: new (message: string, detail: unknown) => Error;
  throwCustom(detail: unknown): never;
  throwDeep(): never;
} = await import(shapesUrl.href);

function cyclic(): unknown {
  const value: Record<string, unknown> = { name: 'cycle', list: [] };
  value.self = value;
  (value.list as unknown[]).push(value, new Map([[value, value]]));
  return value;
}

function shared(): unknown {
  const part = { part: true };
  return [part, part, new Set([part])];
}

/** The list of promise 7; each is made anew for every use. */
const values: Readonly<Record<string, () => unknown>> = {
  'undefined, null and booleans': () => [undefined, null, true, false],
  'numbers, -0 and NaN among them': () => [0, -0, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53, Number.MIN_VALUE],
  bigints: () => [0n, -1n, 2n ** 200n],
  strings: () => ['', 'text', 'ünïcödé 🐻', '\0', '\ud800'],
  'dates and regular expressions': () => [new Date(0), new Date(8.64e15), /a(?<b>c)/giu],
  'maps and sets': () => [new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'two'])]]), new Set()],
  'typed arrays and buffers': () => [
    new Uint8Array([1, 2]),
    new Float64Array([-0, Number.NaN]),
    new BigInt64Array([-1n]),
    Buffer.from('bytes'),
    new DataView(new ArrayBuffer(4)),
    new ArrayBuffer(3),
  ],
  'objects, also without a prototype, and with undefined inside': () => [
    { a: undefined, b: { c: [] } },
    Object.assign(Object.create(null), { d: 1 }),
  ],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested.
  'arrays with holes': () => [[1, , 3], new Array(3)],
  cycles: cyclic,
  'shared references': shared,
  'instances of exported classes': () => new shapes.Point(3, 4),
  'boxed primitives': () => [Object('text'), Object(1), Object(false)],
  'registered and well-known symbols': () => [Symbol.for('registered'), Symbol.iterator],
};

/** Values, as arguments and as results. */
export function testValues(subject: Subject): void {
  for (const [what, make] of Object.entries(values)) {
    contractTest(subject, `${what} arrive as they were sent`, async () => {
      const [direct, inside] = await subject
        .shared()
        .submit((a: unknown, b: unknown) => [a, b], make(), { deep: [make()] });
      assert.deepEqual(direct, make());
      assert.deepEqual(inside, { deep: [make()] });
    });
  }

  contractTest(subject, 'identity is kept across all arguments of a call and back', async () => {
    const part = { part: 1 };
    const [first, second, isSame] = await subject
      .shared()
      .submit((a: object, b: { inner: object }) => [a, b, a === b.inner], part, { inner: part });
    assert.equal(isSame, true);
    assert.equal((second as { inner: unknown }).inner, first);
  });

  contractTest(subject, 'an instance of an exported class keeps its methods on both sides', async () => {
    const point = new shapes.Point(3, 4);
    const back = await subject.shared().submit((given: typeof point) => {
      if (given.length() !== 5) throw new Error('not a Point');
      return given;
    }, point);
    assert.ok(back instanceof shapes.Point);
    assert.equal(back.length(), 5);
  });

  const local = class Local {
    readonly #x = 1;
    get x(): number {
      return this.#x;
    }
  };
  const unsendable: Readonly<Record<string, readonly [() => unknown, string]>> = {
    'a local symbol': [() => ({ a: [Symbol('local')] }), 'args[0].a[0]'],
    'a weak map': [() => new WeakMap(), 'args[0]'],
    'a promise': [() => ({ later: Promise.resolve(1) }), 'args[0].later'],
    'an instance of a class with private fields': [() => [new local()], 'args[0][0]'],
    'a proxy': [() => ({ proxy: new Proxy({}, {}) }), 'args[0].proxy'],
  };
  for (const [what, [make, path]] of Object.entries(unsendable)) {
    contractTest(subject, `${what} fails its task alone, with the path to it`, async () => {
      const pool = subject.shared();
      const bad = pool.submit((value: unknown) => value, make());
      const good = pool.submit(() => 'good');
      const error = await bad.exception();
      assert.ok(error instanceof SerializationError, String(error));
      assert.deepEqual([error.path, error.direction, error.phase], [path, 'argument', 'writing']);
      assert.equal(await good, 'good');
    });
  }

  contractTest(subject, 'a result that cannot travel fails its task alone, with the path to it', async () => {
    const pool = subject.shared();
    const error = await pool.submit(() => ({ list: [1, new WeakMap()] })).exception();
    assert.ok(error instanceof SerializationError, String(error));
    assert.deepEqual([error.path, error.direction, error.phase], ['result.list[1]', 'result', 'writing']);
    assert.equal(await pool.submit(() => 'next'), 'next');
  });

  contractTest(subject, 'a getter is evaluated once', async () => {
    let count = 0;
    const given = {
      get value() {
        count += 1;
        return count;
      },
    };
    assert.deepEqual(await subject.shared().submit((value: unknown) => value, given), { value: 1 });
    assert.equal(count, 1);
  });
}

/** What tasks throw. */
export function testErrors(subject: Subject): void {
  contractTest(subject, 'a built-in error keeps class, message, properties, cause and errors', async () => {
    const error = (await subject
      .shared()
      .submit(() => {
        const cause = new TypeError('the cause');
        const failure = new AggregateError([new RangeError('first'), 'second'], 'several', { cause });
        throw Object.assign(failure, { code: 'E_SEVERAL', detail: { n: 1n } });
      })
      .exception()) as AggregateError & { code: string; detail: unknown };
    assert.ok(error instanceof AggregateError);
    assert.deepEqual([error.message, error.code, error.detail], ['several', 'E_SEVERAL', { n: 1n }]);
    assert.ok(error.cause instanceof TypeError);
    assert.ok(error.errors[0] instanceof RangeError);
    assert.equal(error.errors[1], 'second');
  });

  contractTest(subject, 'an error of an exported class is one of that class here', async () => {
    const error = await subject.shared().submit(shapes.throwCustom, { n: 1 }).exception();
    assert.ok(error instanceof shapes.CustomError);
    const { name, message, detail } = error as Error & { detail: unknown };
    assert.deepEqual([name, message, detail], ['CustomError', 'custom', { n: 1 }]);
  });

  contractTest(subject, 'an error of a class that is not here keeps its name (faults 264, trap e)', async () => {
    const error = await subject
      .shared()
      .submit(() => {
        class HomelessError extends Error {
          override name = 'HomelessError';
          extra = 1;
        }
        throw new HomelessError('nowhere');
      })
      .exception();
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.message, (error as { extra?: unknown }).extra],
      ['HomelessError', 'nowhere', 1],
    );
  });

  contractTest(subject, 'an error that cannot travel whole arrives with what can (faults 265, trap d)', async () => {
    const pool = subject.shared();
    const error = (await pool
      .submit(() => {
        throw Object.assign(new RangeError('kept'), { socket: new WeakMap(), n: 1 });
      })
      .exception()) as Error & { n: number; socket?: unknown; notSent: string[] };
    assert.ok(error instanceof RangeError);
    assert.deepEqual([error.message, error.n, 'socket' in error], ['kept', 1, false]);
    assert.match(error.notSent[0] ?? '', /error\.socket/);
    assert.equal(await pool.submit(() => 'next'), 'next');
  });

  contractTest(
    subject,
    'the stack shows the line that threw and where the task was submitted (faults 109)',
    async () => {
      const error = (await subject.shared().submit(shapes.throwDeep).exception()) as Error;
      assert.match(error.stack ?? '', /^RangeError: 123\n {4}at deepest .*shapes\.mjs:\d+:\d+/);
      assert.match(error.stack ?? '', /<submitted from>.*travelling\.js/s);
    },
  );

  const thrown: Readonly<Record<string, () => unknown>> = {
    undefined: () => undefined,
    null: () => null,
    'a string': () => 'text',
    'zero and other falsy values': () => 0,
    'a frozen object': () => Object.freeze({ code: 1 }),
  };
  for (const [what, make] of Object.entries(thrown)) {
    contractTest(subject, `${what} can be thrown (faults 278)`, async () => {
      const pool = subject.shared();
      const rethrow = (value: unknown): never => {
        throw value;
      };
      const outcome = await pool.submit(rethrow, make()).then(
        () => assert.fail('it did not throw'),
        (reason: unknown) => ({ reason }),
      );
      assert.deepEqual(outcome, { reason: make() });
    });
  }

  contractTest(subject, 'a circular cause, and a getter that throws, do not stop an error (faults 278)', async () => {
    const pool = subject.shared();
    const circular = (await pool
      .submit(() => {
        const error = new Error('circular');
        error.cause = error;
        throw error;
      })
      .exception()) as Error;
    assert.equal(circular.cause, circular);
    const getter = (await pool
      .submit(() => {
        const error = new TypeError('with a getter');
        Object.defineProperty(error, 'bad', {
          enumerable: true,
          get() {
            throw new Error('no');
          },
        });
        throw error;
      })
      .exception()) as Error;
    assert.ok(getter instanceof TypeError);
    assert.equal(getter.message, 'with a getter');
  });

  contractTest(subject, 'two futures never share an error object (faults 175, trap h)', async () => {
    const fail = (): never => {
      throw new Error('same');
    };
    const [one, two] = await Promise.all([
      subject.shared().submit(fail).exception(),
      subject.shared().submit(fail).exception(),
    ]);
    assert.notEqual(one, two);
    assert.equal((one as Error).message, (two as Error).message);
  });
}
