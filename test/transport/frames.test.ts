import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FrameError,
  FrameReader,
  GarbageError,
  HEADER_BYTES,
  layOutFrames,
  type PendingFrame,
} from '#src/transport/frames.js';

interface Frame {
  kind: number;
  a: number;
  b: number;
  body: string;
}

function reader(): { reader: FrameReader; frames: Frame[] } {
  const frames: Frame[] = [];
  return {
    frames,
    reader: new FrameReader((kind, a, b, body) => frames.push({ kind, a, b, body: body.toString('latin1') })),
  };
}

function bytesOf(...frames: { kind: number; a?: number; b?: number; body?: string }[]): Buffer {
  const pending: PendingFrame[] = frames.map(({ kind, a = 0, b = 0, body = '' }) => ({
    kind,
    a,
    b,
    body: Buffer.from(body, 'latin1'),
  }));
  return Buffer.concat(layOutFrames(pending));
}

test('frames arrive as they were laid out, in order, with both numbers at their limits', () => {
  const { reader: r, frames } = reader();
  r.push(bytesOf({ kind: 1, a: 0xffff_ffff, b: 7, body: 'abc' }, { kind: 2 }, { kind: 3, b: 0xffff_ffff, body: 'x' }));
  assert.deepEqual(frames, [
    { kind: 1, a: 0xffff_ffff, b: 7, body: 'abc' },
    { kind: 2, a: 0, b: 0, body: '' },
    { kind: 3, a: 0, b: 0xffff_ffff, body: 'x' },
  ]);
  assert.equal(r.atBorder, true);
});

test('a stream cut at every place gives the same frames', () => {
  const stream = bytesOf({ kind: 1, body: 'hello' }, { kind: 2, a: 9, body: 'y'.repeat(50) }, { kind: 3 });
  for (let cut = 0; cut <= stream.length; cut += 1) {
    for (const second of [cut, Math.min(cut + 3, stream.length)]) {
      const { reader: r, frames } = reader();
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut, second), stream.subarray(second)]) {
        if (chunk.length > 0) r.push(chunk);
      }
      assert.deepEqual(
        frames.map(({ kind, body }) => [kind, body.length]),
        [
          [1, 5],
          [2, 50],
          [3, 0],
        ],
      );
    }
  }
});

test('a large body is laid out without being copied', () => {
  const body = Buffer.alloc(100_000, 'z');
  const chunks = layOutFrames([
    { kind: 1, a: 0, b: 0, body: Buffer.from('s') },
    { kind: 2, a: 0, b: 0, body },
    { kind: 3, a: 0, b: 0, body: Buffer.from('t') },
  ]);
  assert.equal(chunks.length, 3);
  assert.equal(chunks[1], body);
  const { reader: r, frames } = reader();
  for (const chunk of chunks) r.push(Buffer.from(chunk));
  assert.deepEqual(
    frames.map((frame) => frame.body.length),
    [1, 100_000, 1],
  );
});

test('garbage is noticed at the next header, wherever it stands', () => {
  for (const garbage of ['hello, world, this is not a frame', '\0'.repeat(HEADER_BYTES), '{"json":true}'.repeat(4)]) {
    const { reader: r } = reader();
    assert.throws(() => r.push(Buffer.from(garbage)), FrameError);
    const { reader: after } = reader();
    assert.throws(
      () => after.push(Buffer.concat([bytesOf({ kind: 1, body: 'ok' }), Buffer.from(garbage)])),
      FrameError,
    );
  }
});

test('a few bytes of garbage before a frame are noticed with that frame', () => {
  const { reader: r, frames } = reader();
  assert.throws(
    () => r.push(Buffer.concat([Buffer.from('hi\n'), bytesOf({ kind: 1, body: 'x' }, { kind: 2 })])),
    FrameError,
  );
  assert.deepEqual(frames, []);
});

test('a damaged header never makes the reader wait for a body that will not come', () => {
  const stream = bytesOf({ kind: 1, a: 5, b: 6, body: 'abc' });
  for (let index = 0; index < HEADER_BYTES; index += 1) {
    const damaged = Buffer.from(stream);
    damaged[index] = (damaged[index] ?? 0) ^ 0x10;
    assert.throws(() => reader().reader.push(damaged), FrameError, `byte ${index}`);
  }
});

test('a stream that stops inside a frame is known to be torn', () => {
  const stream = bytesOf({ kind: 1, body: 'abcdef' });
  for (const length of [1, HEADER_BYTES, stream.length - 1]) {
    const { reader: r } = reader();
    r.push(stream.subarray(0, length));
    assert.equal(r.atBorder, false, `${length} bytes`);
  }
});

test('frames behind garbage are found, wherever the stream is cut', () => {
  const before = bytesOf({ kind: 1, body: 'before' });
  const behind = Buffer.concat([
    bytesOf({ kind: 2, a: 3, body: 'behind' }),
    Buffer.from('more garbage'),
    bytesOf({ kind: 3 }),
  ]);
  for (const garbage of ['x', 'garbage '.repeat(30), '\0'.repeat(19), '\0'.repeat(41)]) {
    const stream = Buffer.concat([before, Buffer.from(garbage, 'latin1'), behind]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const { reader: r, frames } = reader();
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
        try {
          r.push(chunk);
        } catch (error) {
          assert.ok(error instanceof GarbageError);
          r.search();
        }
      }
      assert.deepEqual(
        frames.map(({ kind, body }) => [kind, body]),
        [
          [1, 'before'],
          [2, 'behind'],
          [3, ''],
        ],
        `${JSON.stringify(garbage)}, cut at ${cut}`,
      );
    }
  }
});

test('the search for the next frame ends', () => {
  const { reader: r } = reader();
  assert.throws(() => r.push(Buffer.alloc(100, 'x')), GarbageError);
  r.search();
  assert.throws(() => r.push(Buffer.alloc(2 * 1024 * 1024, 'x')), FrameError);
});

test('what came in memory that is used again for the next chunk stays what it was', () => {
  const stream = bytesOf({ kind: 1, body: 'hello' }, { kind: 2, body: 'y'.repeat(150) }, { kind: 3, body: 'z' });
  for (let size = 1; size <= stream.length; size += 1) {
    const bodies: Buffer[] = [];
    const r = new FrameReader((_kind, _a, _b, body) => bodies.push(body), { chunks: 'lent' });
    const memory = Buffer.alloc(size);
    for (let at = 0; at < stream.length; at += size) {
      const count = stream.copy(memory, 0, at, at + size);
      r.push(memory.subarray(0, count));
      memory.fill(0xff);
    }
    assert.deepEqual(bodies.map(String), ['hello', 'y'.repeat(150), 'z']);
  }
});
