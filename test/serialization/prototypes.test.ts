import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCodec } from '#src/serialization/codec.js';
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
