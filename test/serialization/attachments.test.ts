import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { SerializationError } from '#src/base/errors.js';
import { type Attachments, attach, attachmentsOf } from '#src/serialization/attachments.js';
import { createCodec, type EncodeOptions } from '#src/serialization/codec.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';

const functions = createFunctionPort();
const carrying = createCodec({ functions, attachments: 'carry' });
const plain = createCodec({ functions });
const ROOT = { direction: 'argument', root: 'args' } as const;

/** There and back, over a link that hands attachments over. */
function travel(
  value: unknown,
  options: Partial<EncodeOptions> = {},
): { value: unknown; beside: Attachments | undefined } {
  const bytes = carrying.encode(value, { ...ROOT, ...options });
  const beside = attachmentsOf(bytes);
  const arrived = Uint8Array.from(bytes);
  if (beside !== undefined) attach(arrived, beside);
  return { value: carrying.decode(arrived, ROOT), beside };
}

test('shared memory arrives as itself, once, under every view of it', () => {
  const shared = new SharedArrayBuffer(64);
  const ints = new Int32Array(shared, 8, 4);
  const sent = {
    shared,
    ints,
    all: new Uint8Array(shared),
    data: new DataView(shared, 4),
    text: Buffer.from(shared, 2, 3),
  };
  const { value, beside } = travel(sent);
  assert.deepEqual(beside?.items, [shared]);
  const got = value as typeof sent;
  assert.equal(got.shared, shared);
  for (const view of [got.ints, got.all, got.data, got.text]) assert.equal(view.buffer, shared);
  assert.deepEqual([got.ints.byteOffset, got.ints.length, got.data.byteOffset, got.text.length], [8, 4, 4, 3]);
  assert.ok(got.ints instanceof Int32Array && Buffer.isBuffer(got.text));
});

test('shared and other memory go in one message', () => {
  const shared = new SharedArrayBuffer(8);
  const { value } = travel([new Uint8Array([1, 2]), new Uint8Array(shared), new Float64Array([0.5])]);
  assert.deepEqual(value, [new Uint8Array([1, 2]), new Uint8Array(shared), new Float64Array([0.5])]);
});

test('without a link that carries it, shared memory is refused with its path', () => {
  assert.throws(() => plain.encode({ list: [new SharedArrayBuffer(8)] }, ROOT), {
    name: 'SerializationError',
    message: /^args\.list\[0\] cannot travel: its memory is shared/,
  });
  assert.throws(() => plain.encode(new Uint8Array(new SharedArrayBuffer(8)), ROOT), SerializationError);
});

test('memory that is transferred leaves its owner’s hands and is not copied', () => {
  const memory = new ArrayBuffer(1_000_000);
  const view = new Uint8Array(memory, 10, 5).fill(7);
  const sent = [view, memory];
  const { value, beside } = travel(sent, { transfer: [memory] });
  assert.equal(memory.byteLength, 0);
  const [gotView, gotMemory] = value as [Uint8Array, ArrayBuffer];
  assert.deepEqual([...gotView], [7, 7, 7, 7, 7]);
  assert.equal(gotView.buffer, gotMemory);
  assert.equal(gotMemory.byteLength, 1_000_000);
  assert.deepEqual(beside?.moved, [0]);
});

test('only what is in the value is transferred', () => {
  const unused = new ArrayBuffer(8);
  const { beside } = travel({ other: 1 }, { transfer: [unused] });
  assert.equal(beside, undefined);
  assert.equal(unused.byteLength, 8);
});

test('a port is transferred, and refused when it is not named', async () => {
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => carrying.encode(port1, ROOT), SerializationError);
  const { value } = travel({ port: port1 }, { transfer: [port1] });
  const heard = new Promise((resolve) => port2.once('message', resolve));
  (value as { port: MessagePort }).port.postMessage('hello');
  assert.equal(await heard, 'hello');
  port2.close();
});

test('what cannot be transferred is a failure to write, and leaves everything where it was', () => {
  const memory = new ArrayBuffer(8);
  const object = new Date();
  assert.throws(() => carrying.encode([memory, object], { ...ROOT, transfer: [memory, object] }), {
    name: 'SerializationError',
    message: /cannot be transferred/,
  });
  assert.equal(memory.byteLength, 8);
  const { port1 } = new MessageChannel();
  assert.throws(() => carrying.encode(port1, { ...ROOT, transfer: [port1], keeps: true }), /only once/);
  port1.close();
});

test('memory that was transferred already is refused', () => {
  const memory = new ArrayBuffer(8);
  travel(memory, { transfer: [memory] });
  assert.throws(() => carrying.encode(memory, { ...ROOT, transfer: [memory] }), /detached/);
});

test('a message whose attachments did not come says so', () => {
  const bytes = Uint8Array.from(carrying.encode(new Uint8Array(new SharedArrayBuffer(8)), ROOT));
  assert.throws(() => carrying.decode(bytes, ROOT), /beside them is missing/);
});

test('reading waits for what is still on its way', async () => {
  const memory = new ArrayBuffer(4);
  const bytes = carrying.encode([memory], { ...ROOT, transfer: [memory] });
  const { items, moved } = attachmentsOf(bytes) as Attachments;
  const arrived = Uint8Array.from(bytes);
  const late: unknown[] = [undefined];
  let arrive = (): void => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  attach(arrived, { items: late, moved, keeps: false, arrival });
  const reading = carrying.decode(arrived, ROOT);
  late[0] = items[0];
  arrive();
  assert.deepEqual(await reading, [items[0]]);
});
