import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, wallClock } from '#src/base/clock.js';
import type { ExitReport } from '#src/base/exit-reason.js';
import type { HostMessage, WorkerHandle, WorkerMessage } from '#src/core/ports.js';
import { FunctionUnits } from '#src/executors/function-units.js';
import { createCodec } from '#src/serialization/codec.js';
import type { AnyFunction } from '#src/serialization/function-record.js';
import { createFunctionPort } from '#src/serialization/functions/function-port.js';
import { createThreadLauncher, type ThreadLauncherOptions } from '#src/supervision/thread-launcher.js';
import { PROTOCOL_VERSION } from '#src/transport/wire.js';
import { createGate, passGateBlocking } from '../support/gate.js';

const codec = createCodec({ functions: createFunctionPort(), classes: 'known' });
const units = new FunctionUnits(codec);

type News = WorkerMessage | { readonly kind: 'exit'; readonly exit: ExitReport };

/** One worker, and all that was heard of it. */
class Watched {
  readonly heard: News[] = [];
  readonly handle: WorkerHandle;
  readonly #waiting: { readonly kind: News['kind']; resolve(news: News): void }[] = [];
  #inside: string | undefined;

  constructor(options: Partial<ThreadLauncherOptions> = {}) {
    const launcher = createThreadLauncher({
      execArgv: undefined,
      env: process.env,
      stdio: 'pipe',
      resourceLimits: {},
      hello: {
        protocol: PROTOCOL_VERSION,
        depth: 1,
        sourceMaps: false,
        maxMemoryGrowthBytes: null,
        initializer: null,
        reducers: [],
      },
      clock: wallClock,
      ...options,
    });
    this.#inside = 'launch';
    this.handle = launcher.launch({
      onMessage: (message) => this.#hear(message),
      onExit: (exit) => this.#hear({ kind: 'exit', exit }),
    });
    this.#inside = undefined;
  }

  send(message: HostMessage): void {
    this.#guard('send', () => this.handle.send(message));
  }

  run(task: number, fn: AnyFunction, ...args: unknown[]): void {
    const bytes = codec.encode(args, { direction: 'argument', root: 'args' });
    const payload = { unit: units.pack(fn), args: bytes, shape: 'call', name: undefined, startNews: 'needed' } as const;
    this.send({ kind: 'run', task, attempt: 1, payload });
  }

  kill(): void {
    this.#guard('kill', () => this.handle.kill('cancel'));
  }

  recall(): readonly number[] {
    let tasks: readonly number[] = [];
    this.#guard('recall', () => {
      tasks = this.handle.recall();
    });
    return tasks;
  }

  /** The next news of a kind, the ones that came already included. */
  until<K extends News['kind']>(kind: K): Promise<Extract<News, { kind: K }>> {
    const known = this.heard.find((news) => news.kind === kind);
    if (known !== undefined) return Promise.resolve(known as Extract<News, { kind: K }>);
    const news = new Promise<News>((resolve) => this.#waiting.push({ kind, resolve }));
    return news as Promise<Extract<News, { kind: K }>>;
  }

  story(): string[] {
    return this.heard.map((news) => ('task' in news ? `${news.kind} ${news.task}` : news.kind));
  }

  #guard(name: string, action: () => void): void {
    this.#inside = name;
    action();
    this.#inside = undefined;
  }

  #hear(news: News): void {
    assert.equal(this.#inside, undefined, `a listener was called from inside ${this.#inside}`);
    assert.notEqual(this.heard.at(-1)?.kind, 'exit', `${news.kind} came after the exit`);
    this.heard.push(news);
    for (const waiter of this.#waiting.splice(0)) {
      if (waiter.kind === news.kind) waiter.resolve(news);
      else this.#waiting.push(waiter);
    }
  }
}

// The listeners' promises do not keep this file alive, and an idle worker must not.
const keepAlive = setInterval(() => {}, 1000);
test.after(() => clearInterval(keepAlive));

test('a thread starts, runs tasks in order, and leaves when asked', async () => {
  const worker = new Watched();
  assert.equal(typeof worker.handle.threadId, 'number');
  worker.run(1, (n: number) => n * 2, 21);
  worker.run(2, () => {
    throw new Error('no');
  });
  worker.send({ kind: 'leave' });
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'left' });
  assert.equal(exit.threadId, worker.handle.threadId);
  const story = ['ready', 'started 1', 'finished 1', 'started 2', 'finished 2', 'exit'];
  assert.deepEqual(worker.story(), story);
  const finished = worker.heard.find((news) => news.kind === 'finished');
  assert.equal(codec.decode(finished?.bytes ?? new Uint8Array(), { direction: 'result', root: 'result' }), 42);
});

test('what a thread finished before it exits in the next task is heard before its exit', async () => {
  const worker = new Watched();
  for (let task = 1; task <= 50; task += 1) worker.run(task, () => 'x'.repeat(1000));
  worker.run(51, () => process.exit(5));
  worker.run(52, () => 'never');
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'exited', code: 5 });
  const answered = worker.story().filter((line) => line.startsWith('finished'));
  assert.equal(answered.length, 50);
  assert.deepEqual(worker.story().slice(-2), ['started 51', 'exit']);
});

test('what was posted is heard although the host looks only when the thread is gone', async () => {
  const worker = new Watched();
  await worker.until('ready');
  worker.run(1, () => new Uint8Array(5_000_000));
  worker.run(2, () => process.exit(0));
  // The host's own loop stands still meanwhile.
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'exited', code: 0 });
  assert.deepEqual(worker.story(), ['ready', 'started 1', 'finished 1', 'started 2', 'exit']);
});

test('a kill ends an endless loop, and what was held behind it never begins', async () => {
  const worker = new Watched();
  worker.run(1, () => {
    for (;;);
  });
  worker.run(2, () => 'never');
  await worker.until('started');
  assert.deepEqual(worker.recall(), [2]);
  worker.kill();
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'killed', cause: 'cancel' });
  assert.deepEqual(worker.story(), ['ready', 'started 1', 'exit']);
});

test('a thread that is killed while it starts exits once, for that reason', async () => {
  const worker = new Watched();
  worker.kill();
  worker.kill();
  assert.deepEqual((await worker.until('exit')).exit.reason, { kind: 'killed', cause: 'cancel' });
});

test('a recalled task that is sent again runs once', async () => {
  const worker = new Watched();
  using gate = createGate();
  worker.run(1, passGateBlocking, gate.path, 1);
  worker.run(2, () => 2);
  await worker.until('started');
  assert.deepEqual(worker.recall(), [2]);
  gate.open();
  worker.run(2, () => 2);
  worker.send({ kind: 'leave' });
  await worker.until('exit');
  assert.deepEqual(worker.story(), ['ready', 'started 1', 'finished 1', 'started 2', 'finished 2', 'exit']);
});

test('options that a thread may not be given are a failure to start, told later', async () => {
  const worker = new Watched({ execArgv: ['--max-old-space-size=64'] });
  const { exit } = await worker.until('exit');
  assert.equal(exit.reason.kind, 'spawn-failed');
  assert.match(JSON.stringify(exit.reason), /max-old-space-size/);
  worker.run(1, () => 1);
  assert.deepEqual(worker.recall(), []);
  worker.kill();
});

test('a preload that throws is a failure to start that says what was thrown', async () => {
  const worker = new Watched({ execArgv: ['--import', 'data:text/javascript,throw new Error("no preload")'] });
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'spawn-failed', message: 'no preload' });
});

test('a heap at its limit is the reason of the exit, and the host lives', async () => {
  const worker = new Watched({ resourceLimits: { maxOldGenerationSizeMb: 24 } });
  worker.run(1, () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ more: [kept.length] });
  });
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'out-of-memory' });
  assert.ok((exit.rssBytes ?? 0) > 1_000_000);
});

test('the last lines of a thread that exits right after it wrote them are kept', async () => {
  for (const stdio of ['pipe', 'ignore'] as const) {
    const worker = new Watched({ stdio });
    worker.run(1, () => {
      for (let line = 1; line <= 3000; line += 1) console.error(`line ${line}`);
      process.exit(1);
    });
    const { exit } = await worker.until('exit');
    assert.match(exit.stderr ?? '', /line 2999\nline 3000\n$/);
  }
});

test('an error that nobody caught ends the thread under its task, and its stack is kept', async () => {
  const worker = new Watched();
  worker.run(1, () => new Promise(() => setTimeout(() => Promise.reject(new Error('stray')), 1)));
  const { exit } = await worker.until('exit');
  assert.deepEqual(exit.reason, { kind: 'exited', code: 1 });
  assert.match(exit.stderr ?? '', /Error: stray/);
});

test('a thread that is ended because its port was seen closed long before its exit has exited by itself', async () => {
  // On a machine so busy, a second is over before a thread that exits is gone.
  const hasty: Clock = {
    ...wallClock,
    startTimer: (delayMs, onFire) => wallClock.startTimer(delayMs <= 1000 ? 0 : delayMs, onFire),
  };
  for (let round = 0; round < 20; round += 1) {
    const worker = new Watched({ clock: hasty });
    worker.run(1, () => process.exit(5));
    assert.deepEqual((await worker.until('exit')).exit.reason, { kind: 'exited', code: 5 });
  }
});

test('user code finds neither the port nor the host’s other gifts', async () => {
  const worker = new Watched();
  worker.run(1, () => {
    const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
    parentPort?.postMessage({ kind: 'finished', task: 1 });
    parentPort?.close();
    process.removeAllListeners('exit');
    return workerData;
  });
  const { bytes } = await worker.until('finished');
  assert.equal(codec.decode(bytes, { direction: 'result', root: 'result' }), null);
  worker.send({ kind: 'leave' });
  assert.deepEqual((await worker.until('exit')).exit.reason, { kind: 'left' });
});

test('the event loop of an idle thread runs', async () => {
  const worker = new Watched();
  worker.run(1, () => void setTimeout(() => process.exit(9), 5));
  assert.deepEqual((await worker.until('exit')).exit.reason, { kind: 'exited', code: 9 });
  assert.deepEqual(worker.story(), ['ready', 'started 1', 'finished 1', 'exit']);
});
