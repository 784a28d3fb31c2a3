import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerializationError } from '#src/base/errors.js';
import { createCodec } from '#src/serialization/codec.js';
import { decodeThrown, encodeThrown } from '#src/serialization/remote-error.js';
import { captureSubmitSite } from '#src/serialization/submit-site.js';
import { fakePort } from './fake-port.js';

class HttpError extends TypeError {
  override name = 'HttpError';
  status = 404;
}
class Local extends Error {
  override name = 'LocalError';
}
const port = fakePort({ 'file:///m.mjs': { HttpError } });
const worker = createCodec({ functions: port, classes: 'load' });
const host = createCodec({ functions: port, classes: 'known' });

function submit(): ReturnType<typeof captureSubmitSite> {
  return captureSubmitSite(submit);
}

function thrownAs<T = Error & Record<string, unknown>>(thrown: unknown): T {
  return decodeThrown(host, encodeThrown(worker, thrown), submit()) as T;
}

describe('what a task throws', () => {
  it('arrives whatever it is', () => {
    for (const thrown of [undefined, null, 0, '', 'text', false, 5n, Symbol.for('x'), { code: 1 }, [1]]) {
      assert.deepEqual(thrownAs(thrown), thrown);
    }
  });

  it('arrives with class, name, message, code, own properties and cause', () => {
    const thrown = Object.assign(new HttpError('gone', { cause: new RangeError('why') }), {
      code: 'E',
      at: new Date(5),
    });
    const arrived = thrownAs(thrown);
    assert.ok(arrived instanceof HttpError);
    assert.deepEqual(
      [arrived.name, arrived.message, arrived.code, arrived.status, arrived.at],
      ['HttpError', 'gone', 'E', 404, new Date(5)],
    );
    assert.ok(arrived.cause instanceof RangeError);
    assert.notEqual(arrived, thrown);
  });

  it("keeps the worker's stack and has the submit site joined to it", () => {
    const thrown = new HttpError('gone');
    const { stack = '' } = thrownAs(thrown);
    assert.ok(stack.startsWith(`${thrown.stack}\n    at <submitted from> (<anonymous>)\n    at `), stack);
    const lines = stack
      .slice((thrown.stack ?? '').length)
      .trim()
      .split('\n');
    assert.match(lines[1] ?? '', /at thrownAs \(.*remote-error\.test\.js:\d+:\d+\)/);
    assert.ok(lines.every((line) => /^\s*at /.test(line)));
    assert.equal(Object.getOwnPropertyDescriptor(thrownAs(thrown), 'stack')?.enumerable, false);
  });

  it('is a fresh object each time', () => {
    const bytes = encodeThrown(worker, new Error('x'));
    assert.notEqual(decodeThrown(host, bytes), decodeThrown(host, bytes));
  });

  it('may be frozen, or its own cause', () => {
    const frozen = Object.freeze(new HttpError('cold'));
    assert.equal(thrownAs(frozen).message, 'cold');
    const circular = new Error('round');
    circular.cause = { inner: circular };
    const arrived = thrownAs(circular);
    assert.equal((arrived.cause as { inner: unknown }).inner, arrived);
  });

  it('keeps what can travel and says what could not', () => {
    const thrown = Object.assign(
      new HttpError('gone', { cause: Object.assign(new RangeError('why'), { timer: new WeakMap() }) }),
      {
        socket: Promise.resolve(),
        code: 'E',
      },
    );
    const arrived = thrownAs<HttpError & Record<string, unknown>>(thrown);
    assert.ok(arrived instanceof HttpError);
    assert.deepEqual(
      [arrived.name, arrived.message, arrived.code, 'socket' in arrived],
      ['HttpError', 'gone', 'E', false],
    );
    assert.ok(arrived.stack?.startsWith(thrown.stack as string));
    assert.ok(arrived.cause instanceof RangeError);
    const notSent = arrived.notSent as string[];
    assert.equal(notSent.length, 2);
    assert.match(
      notSent.join('\n'),
      /error\.cause\.timer cannot travel: .*\nerror\.socket cannot travel: it is a Promise/,
    );
  });

  it('keeps the errors of an AggregateError that can travel', () => {
    const thrown = new AggregateError([new Error('a'), Object.assign(new Error('b'), { p: Promise.resolve() })], 'two');
    const arrived = thrownAs<AggregateError>(thrown);
    assert.deepEqual(
      arrived.errors.map((error: Error) => error.message),
      ['a', 'b'],
    );
  });

  it('survives getters that throw', () => {
    const thrown = new Error('kept');
    Object.defineProperty(thrown, 'detail', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    assert.deepEqual([thrownAs(thrown).message, (thrownAs(thrown).notSent as string[]).length], ['kept', 1]);
    const hostile = {
      get message() {
        throw new Error('no');
      },
      get stack() {
        throw 1;
      },
      get name() {
        throw 2;
      },
    };
    assert.match(thrownAs(hostile).message, /the task threw/);
  });

  it('that cannot travel at all is shown in a message', () => {
    for (const [thrown, message] of [
      [Promise.resolve(5), /the task threw Promise/],
      [() => 1, /the task threw .*Function/],
      [Symbol('mine'), /Symbol\(mine\)/],
      [new Proxy({}, {}), /Proxy/],
      [new Proxy(new Error('x'), {}), /Proxy/],
    ] as const) {
      const arrived = thrownAs(thrown);
      assert.ok(arrived instanceof Error);
      assert.ok(!(arrived instanceof SerializationError));
      assert.match(arrived.message, message);
    }
  });

  it('of a class that is not exported arrives as an Error of the same name', () => {
    const arrived = thrownAs(Object.assign(new Local('here'), { code: 7 }));
    assert.deepEqual(
      [Object.getPrototypeOf(arrived), arrived.name, arrived.message, arrived.code],
      [Error.prototype, 'LocalError', 'here', 7],
    );
    assert.match(arrived.stack ?? '', /LocalError|Error: here/);
  });

  it('and cannot be read gives the SerializationError that says so', () => {
    const arrived = decodeThrown(host, Uint8Array.from([0x10, 0x3f]), submit());
    assert.ok(arrived instanceof SerializationError);
    assert.match(arrived.stack ?? '', /<submitted from>/);
  });

  it('is waited for when its class has to be loaded', async () => {
    const slow = createCodec({ functions: fakePort({ 'file:///m.mjs': { HttpError } }, { slow: true }) });
    const arrived = decodeThrown(slow, encodeThrown(slow, new HttpError('late')), submit());
    assert.ok(arrived instanceof Promise);
    assert.ok((await arrived) instanceof HttpError);
  });
});
