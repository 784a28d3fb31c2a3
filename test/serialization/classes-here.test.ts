import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { describe, it } from 'node:test';
import { SerializationError } from '#src/base/errors.js';
import { createCodec } from '#src/serialization/codec.js';
import type { FunctionPort } from '#src/serialization/function-record.js';
import { fakePort } from './fake-port.js';

class Point {
  x = 1;
}
class Failure extends TypeError {
  code = 'E_FAIL';
}
class Renamed extends Error {
  override name = 'RenamedError';
}
const worker = createCodec({ functions: fakePort({ 'file:///m.mjs': { Point, Failure, Renamed } }) });
const stranger = createCodec({ functions: fakePort({}), classes: 'known' });
const OPTIONS = { direction: 'result', root: 'result' } as const;

describe('a class that is not loaded in the host', () => {
  it('makes an instance fail with the path, the class and the module', () => {
    assert.throws(() => stranger.decode(worker.encode({ list: [1, new Point()] }, OPTIONS), OPTIONS), {
      name: 'SerializationError',
      phase: 'reading',
      path: 'result.list[1]',
      message: /Point of file:\/\/\/m\.mjs is not loaded here/,
    });
  });

  it('makes an error one of the nearest built-in class, under the same name, with all the rest', () => {
    const sent = new Renamed('gone', { cause: new Failure('deeper') });
    const arrived = stranger.decode(worker.encode(sent, OPTIONS), OPTIONS) as Error;
    assert.equal(Object.getPrototypeOf(arrived), Error.prototype);
    assert.deepEqual([arrived.name, arrived.message, arrived.stack], ['RenamedError', 'gone', sent.stack]);
    const cause = arrived.cause as Error & { code: string };
    assert.deepEqual(
      [Object.getPrototypeOf(cause), cause.name, cause.code],
      [TypeError.prototype, 'TypeError', 'E_FAIL'],
    );
  });

  it('does so too when the class cannot be found from the worker', () => {
    const arrived = stranger.decode(stranger.encode(new Failure('local'), OPTIONS), OPTIONS) as Error & {
      code: string;
    };
    assert.deepEqual(
      [Object.getPrototypeOf(arrived), arrived.name, arrived.code],
      [TypeError.prototype, 'TypeError', 'E_FAIL'],
    );
  });
});

describe("an error of Node's own", () => {
  it('keeps the class that a program can name', () => {
    for (const fail of [
      () => readFileSync({} as never),
      () => readFileSync('/none'),
      () => new URL('none'),
      () => setPriority(2 ** 31 - 1, 1),
    ]) {
      const sent = errorOf(fail);
      const arrived = stranger.decode(stranger.encode(sent, OPTIONS), OPTIONS) as NodeJS.ErrnoException;
      const kinds = [TypeError, RangeError, Error].map((type) => sent instanceof type);
      assert.deepEqual(
        [TypeError, RangeError, Error].map((type) => arrived instanceof type),
        kinds,
      );
      assert.deepEqual(
        [arrived.name, arrived.code, arrived.message, arrived.stack],
        [sent.name, sent.code, sent.message, sent.stack],
      );
    }
  });
});

function errorOf(fail: () => unknown): NodeJS.ErrnoException {
  try {
    fail();
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  throw new Error('it did not fail');
}

describe('a module that fails to load', () => {
  const failure = new Error('exploded while loading');
  const failing = (how: 'throws' | 'rejects'): FunctionPort => ({
    ...fakePort({}),
    revive: () => {
      if (how === 'throws') throw failure;
      return Promise.reject(failure);
    },
  });

  it("fails the value with the module's own failure as the cause", async () => {
    const bytes = worker.encode([{ p: new Point() }], OPTIONS);
    for (const how of ['throws', 'rejects'] as const) {
      const codec = createCodec({ functions: failing(how) });
      await assert.rejects(async () => codec.decode(bytes, OPTIONS), {
        name: 'SerializationError',
        path: 'result[0].p',
        message: /exploded while loading/,
        cause: failure,
      });
    }
  });

  it('costs an error only its class', async () => {
    const bytes = worker.encode(new Failure('f'), OPTIONS);
    for (const how of ['throws', 'rejects'] as const) {
      const arrived = (await createCodec({ functions: failing(how) }).decode(bytes, OPTIONS)) as Error;
      assert.deepEqual([arrived.constructor, arrived.message], [TypeError, 'f']);
    }
  });

  it('that fails with nothing to show is told as well', async () => {
    const bytes = worker.encode(Point, OPTIONS);
    const codec = createCodec({ functions: { ...fakePort({}), revive: () => Promise.reject(Object.create(null)) } });
    await assert.rejects(async () => codec.decode(bytes, OPTIONS), SerializationError);
  });
});
