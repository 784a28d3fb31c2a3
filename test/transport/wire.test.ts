import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostMessage, TaskPayload } from '#src/core/ports.js';
import { FrameError, FrameReader, layOutFrames, type PendingFrame } from '#src/transport/frames.js';
import { SentUnits } from '#src/transport/sent-units.js';
import {
  appendHostFrames,
  type HeardMessage,
  helloFrame,
  PROTOCOL_VERSION,
  readHostFrame,
  readWorkerFrame,
  WORKER_KINDS,
} from '#src/transport/wire.js';

const unit = { id: 3, bytes: Buffer.from('function') };
const payload: TaskPayload = { unit, args: Buffer.from('args'), shape: 'call', name: undefined, startNews: 'needed' };

/** What a worker hears of these messages. */
function hear(...messages: HostMessage[]): HeardMessage[] {
  const frames: PendingFrame[] = [];
  const sent = new SentUnits();
  for (const message of messages) appendHostFrames(frames, message, sent);
  return read(frames);
}

function read(frames: readonly PendingFrame[]): HeardMessage[] {
  const heard: HeardMessage[] = [];
  const reader = new FrameReader((kind, a, b, body) => heard.push(readHostFrame(kind, a, b, body)));
  for (const chunk of layOutFrames(frames)) reader.push(Buffer.from(chunk));
  return heard;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('a function is sent once, before its first call', () => {
  const run = (task: number): HostMessage => ({ kind: 'run', task, attempt: 1, payload });
  assert.deepEqual(
    hear(run(1), run(2)).map((message) => message.kind),
    ['unit', 'run', 'run'],
  );
});

test('a call keeps its attempt, shape and name, whether plain or not', () => {
  const cases = [
    { attempt: 1, shape: 'call', name: undefined, startNews: 'needed' },
    { attempt: 2, shape: 'call', name: undefined, startNews: 'needed' },
    { attempt: 1, shape: 'chunk', name: undefined },
    { attempt: 1, shape: 'call', name: 'a näme', startNews: 'needed' },
  ] as const;
  for (const { attempt, shape, name } of cases) {
    const [, run] = hear({ kind: 'run', task: 7, attempt, payload: { ...payload, shape, name } });
    assert.ok(run?.kind === 'run');
    assert.deepEqual(
      [run.task, run.unit, run.attempt, run.shape, run.name, text(run.args)],
      [7, 3, attempt, shape, name, 'args'],
    );
  }
});

test('whether the news of a start may wait travels with a plain call; any other call needs it', () => {
  for (const startNews of ['needed', 'may-wait'] as const) {
    const [, plain] = hear({ kind: 'run', task: 7, attempt: 1, payload: { ...payload, startNews } });
    assert.equal(plain?.kind === 'run' && plain.startNews, startNews);
    const [, again] = hear({ kind: 'run', task: 7, attempt: 2, payload: { ...payload, startNews } });
    assert.equal(again?.kind === 'run' && again.startNews, 'needed');
  }
});

test('carried context stands beside the arguments, costs a quick task no news, and nothing where there is none', () => {
  const context = Buffer.from('context');
  for (const startNews of ['needed', 'may-wait'] as const) {
    const [, run] = hear({ kind: 'run', task: 7, attempt: 1, payload: { ...payload, startNews, context } });
    assert.ok(run?.kind === 'run');
    assert.deepEqual(
      [text(run.context ?? Buffer.alloc(0)), text(run.args), run.startNews],
      ['context', 'args', startNews],
    );
  }
  const framesOf = (payload: TaskPayload): PendingFrame[] => {
    const frames: PendingFrame[] = [];
    appendHostFrames(frames, { kind: 'run', task: 7, attempt: 1, payload }, new SentUnits());
    return frames;
  };
  assert.deepEqual(framesOf({ ...payload, context: undefined }), framesOf(payload));
  assert.equal(framesOf(payload)[1]?.body, payload.args);
  const [, plain] = hear({ kind: 'run', task: 7, attempt: 2, payload });
  assert.equal(plain?.kind === 'run' && plain.context, undefined);
});

test('an abort keeps its cause, and leave is leave', () => {
  assert.deepEqual(hear({ kind: 'abort', task: 4, cause: 'timeout' }, { kind: 'abort', task: 5, cause: 'cancel' }), [
    { kind: 'abort', task: 4, cause: 'timeout' },
    { kind: 'abort', task: 5, cause: 'cancel' },
  ]);
  assert.deepEqual(hear({ kind: 'leave' }), [{ kind: 'leave' }]);
});

test('the first frame tells a worker who it is', () => {
  const hello = {
    protocol: PROTOCOL_VERSION,
    workerId: 9,
    depth: 2,
    sourceMaps: true,
    maxMemoryGrowthBytes: null,
    initializer: { unit: 'dW5pdA==', args: '' },
    reducers: [{ key: 'class', functions: null, problem: 'none' }],
  };
  assert.deepEqual(read([helloFrame(hello)]), [{ kind: 'hello', hello }]);
});

test('what a worker says is read with its numbers', () => {
  const body = Buffer.from('value');
  assert.deepEqual(readWorkerFrame(WORKER_KINDS.value, 1, 20, body), {
    kind: 'finished',
    task: 1,
    failed: false,
    durationUs: 20,
    bytes: body,
  });
  assert.deepEqual(readWorkerFrame(WORKER_KINDS.thrown, 1, 20, body), {
    kind: 'finished',
    task: 1,
    failed: true,
    durationUs: 20,
    bytes: body,
  });
  assert.deepEqual(readWorkerFrame(WORKER_KINDS.skipped, 1, 6, body), { kind: 'skipped', task: 1, sequence: 6 });
  assert.deepEqual(readWorkerFrame(WORKER_KINDS.ready, PROTOCOL_VERSION, 0, body), { kind: 'ready' });
});

test('unknown kinds and another version of the protocol are refused', () => {
  const body = Buffer.alloc(0);
  assert.throws(() => readWorkerFrame(99, 0, 0, body), FrameError);
  assert.throws(() => readHostFrame(99, 0, 0, body), FrameError);
  assert.throws(() => readWorkerFrame(WORKER_KINDS.ready, PROTOCOL_VERSION + 1, 0, body), /version 2 of the protocol/);
});
