import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SerializationError } from '#src/base/errors.js';
import { createCodec } from '#src/serialization/codec.js';
import { fakePort } from './fake-port.js';
import { createRandom } from './random.js';

class Point {
  x = 1;
}
const codec = createCodec({ functions: fakePort({ 'file:///m.mjs': { Point } }) });
const OPTIONS = { direction: 'result', root: 'result' } as const;

/** One of everything. */
function everything(): unknown {
  const shared = { a: 1 };
  const buffer = new ArrayBuffer(16);
  return [
    shared,
    shared,
    'text',
    'ñ',
    'x'.repeat(100),
    '日本語',
    1,
    1e9,
    0.5,
    10n,
    2n ** 90n,
    null,
    undefined,
    true,
    Object.assign(new Array(9), { 3: 1 }),
    Array.from({ length: 20 }, (_, i) => i),
    Array.from({ length: 20 }, (_, i) => i / 7),
    new Map([[1, new Set([2])]]),
    new Date(5),
    /x/g,
    Object(5),
    new Uint8Array(buffer, 4),
    new DataView(buffer),
    Buffer.from('abc'),
    buffer,
    new TypeError('bad', { cause: new Error('worse') }),
    new DOMException('a', 'AbortError'),
    new URL('http://a/b?c'),
    new URLSearchParams('a=1'),
    new Point(),
    Math.max,
    Symbol.for('x'),
    Symbol.iterator,
    Object.assign([1], { name: 'x' }),
    Object.assign(Object.create(null), { a: 1 }),
    Array.from({ length: 3 }, (_, id) => ({ id, name: 'n' })),
  ];
}

/** Whatever the bytes are, the only failure is a SerializationError; what decodes can be looked at. */
function tryDecode(bytes: Uint8Array): boolean {
  try {
    codec.decode(bytes, OPTIONS);
    return true;
  } catch (error) {
    assert.ok(error instanceof SerializationError, `${String(error)} for ${Buffer.from(bytes).toString('hex')}`);
    assert.equal(error.phase, 'reading');
    return false;
  }
}

describe('damaged bytes', () => {
  it('that were cut off anywhere are refused', () => {
    const bytes = codec.encode(everything(), OPTIONS);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(tryDecode(bytes.slice(0, length)), false, `${length} of ${bytes.length} bytes`);
    }
  });

  it('with something behind them are refused', () => {
    for (const value of [[1], everything()]) {
      const bytes = codec.encode(value, OPTIONS);
      assert.equal(tryDecode(Buffer.concat([bytes, Buffer.from([1])])), false);
    }
  });

  it('with any one byte changed end in a value or a refusal', () => {
    const bytes = codec.encode(everything(), OPTIONS);
    const random = createRandom(4711);
    for (let at = 0; at < bytes.length; at++) {
      for (let change = 0; change < 4; change++) {
        const changed = bytes.slice();
        changed[at] = random.below(256);
        tryDecode(changed);
      }
    }
  });

  it('of pure chance end in a value or a refusal', () => {
    const random = createRandom(2026);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: random.below(60) }, () => random.below(256));
      if (bytes.length > 0 && i % 10 !== 0) bytes[0] = 0x10 | (i & 1);
      if (!tryDecode(bytes)) refused++;
    }
    assert.ok(refused > 10_000, `${refused} refused`);
  });

  it('that claim to be huge allocate nothing', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    for (const tag of [0x08, 0x09, 0x0f, 0x11, 0x12, 0x13, 0x15, 0x16, 0x0d]) {
      const before = process.memoryUsage().arrayBuffers;
      tryDecode(Uint8Array.from([0x10, tag, ...huge, 0x90, 0x90]));
      assert.ok(process.memoryUsage().arrayBuffers - before < 1e6);
    }
  });

  it('that nest without end are refused', () => {
    for (const tag of [0x11, 0x24, 0x25, 0x16]) {
      const bytes = new Uint8Array(3_000_000).fill(1);
      for (let i = 1; i < bytes.length; i += 2) bytes[i] = tag;
      bytes[0] = 0x10;
      assert.equal(tryDecode(bytes), false);
    }
  });

  it('of another format are refused with both formats named', () => {
    assert.throws(() => codec.decode(Uint8Array.from([0x20, 0x90]), OPTIONS), /format 2.*reads format 1/);
  });

  it('are read where they stand in a larger buffer', () => {
    const bytes = codec.encode(everything(), OPTIONS);
    const room = new Uint8Array(bytes.length + 30).fill(0xee);
    room.set(bytes, 13);
    const arrived = codec.decode(room.subarray(13, 13 + bytes.length), OPTIONS);
    assert.deepStrictEqual(arrived, codec.decode(bytes, OPTIONS));
  });
});
