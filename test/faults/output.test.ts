/**
 * What becomes of what tasks write: `stdio` in its three forms, on both kinds of worker.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  type Executor,
  type OutputChunk,
  type PoolOptions,
  type PoolStats,
  ProcessPoolExecutor,
  TerminatedWorkerError,
  ThreadPoolExecutor,
} from 'tardigrade';
import { readHeldBytes } from '../futures/collect-garbage.js';
import { poolTest } from '../support/pools.js';

const MEGABYTE = 2 ** 20;

type Pool = Executor & { stats(): PoolStats };
const kinds: readonly (readonly [string, (options: PoolOptions) => Pool])[] = [
  ['processes', (options) => new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'pipe', ...options })],
  ['threads', (options) => new ThreadPoolExecutor({ maxWorkers: 1, stdio: 'pipe', ...options })],
];

const speak = (n: number): number => {
  console.log(`out ${n}`);
  console.error(`err ${n}`);
  return n;
};

/** Hears pieces, and tells when what is looked for has come. */
function listen(): { onOutput(chunk: OutputChunk): void; chunks: OutputChunk[]; until(text: string): Promise<void> } {
  const news = new EventTarget();
  const chunks: OutputChunk[] = [];
  return {
    chunks,
    onOutput(chunk) {
      chunks.push({ ...chunk, bytes: chunk.bytes.slice() });
      news.dispatchEvent(new Event('news'));
    },
    async until(text) {
      while (!chunks.some(({ bytes }) => Buffer.from(bytes).includes(text))) await once(news, 'news');
    },
  };
}

for (const [kind, make] of kinds) {
  poolTest(`${kind}: each task has its own output, however many wait in the worker`, async ({ use }) => {
    const pool = use(make({}));
    const futures = Array.from({ length: 200 }, (_, n) => pool.submit(speak, n));
    await Promise.all(futures);
    for (const [n, future] of futures.entries()) {
      assert.deepEqual(future.output, { stdout: `out ${n}\n`, stderr: `err ${n}\n`, truncated: false });
    }
  });

  poolTest(`${kind}: bytes, encodings and callbacks of write work as ever`, async ({ use }) => {
    const pool = use(make({}));
    const future = pool.submit(async () => {
      process.stdout.write(Buffer.from('bytes '));
      process.stdout.write('68657820', 'hex');
      await new Promise<void>((done) => void process.stdout.write('ends\n', () => done()));
      return process.stdout.write('');
    });
    assert.equal(await future, true);
    assert.equal(future.output.stdout, 'bytes hex ends\n');
    await assert.rejects(pool.submit(() => process.stdout.write(5 as never)).result(), TypeError);
  });

  poolTest(`${kind}: a lost task's error holds what it wrote before it died`, async ({ use }) => {
    const pool = use(make({}));
    const future = pool.submit(() => {
      console.log('last words');
      console.error('last cry');
      process.exit(3);
    });
    const error = await future.exception();
    assert.ok(error instanceof TerminatedWorkerError);
    assert.deepEqual(error.output, { stdout: 'last words\n', stderr: 'last cry\n', truncated: false });
    assert.deepEqual(future.output, error.output);
    assert.match(error.stderr, /last cry/);
  });

  poolTest(`${kind}: a task that is tried again shows the output of its last attempt`, async ({ use }) => {
    const pool = use(make({})).withOptions({ retries: 1 });
    const future = pool.submit(
      async (url: string) => {
        const { currentTask } = await import(url);
        console.log(`attempt ${currentTask().attempt}`);
        if (currentTask().attempt === 1) process.exit(1);
      },
      import.meta.resolve('tardigrade/worker'),
    );
    await future;
    assert.equal(future.output.stdout, 'attempt 2\n');
  });

  poolTest(
    `${kind}: what is written after the answer belongs to nobody, also while another task runs`,
    async ({ use }) => {
      const heard = listen();
      const pool = use(make({ onOutput: heard.onOutput }));
      const first = pool.submit(() => {
        const here = globalThis as { speakNow?: () => void };
        const said = new Promise<void>((resolve) => Object.assign(here, { speakNow: resolve }));
        void said.then(() => console.log('too late'));
      });
      await first;
      const second = pool.submit(async () => {
        (globalThis as { speakNow?: () => void }).speakNow?.();
        await new Promise(setImmediate);
        console.log('in time');
      });
      await second;
      await heard.until('too late');
      assert.deepEqual([first.output.stdout, second.output.stdout], ['', 'in time\n']);
      const [late] = heard.chunks;
      assert.deepEqual([late?.taskId, late?.taskName, late?.workerId], [undefined, undefined, 1]);
    },
  );

  poolTest(`${kind}: onOutput hears each piece with its task, and harms nobody when it throws`, async ({ use }) => {
    const warned = once(process, 'warning');
    const heard: unknown[] = [];
    const pool = use(
      make({
        onOutput({ stream, bytes, taskId, taskName, workerId }) {
          heard.push([stream, Buffer.from(bytes).toString(), taskId, taskName, workerId]);
          throw new Error('on purpose');
        },
      }),
    );
    assert.equal(await pool.submit(speak, 7), 7);
    assert.deepEqual(heard, [
      ['stdout', 'out 7\n', 1, 'speak', 1],
      ['stderr', 'err 7\n', 1, 'speak', 1],
    ]);
    const [warning] = (await warned) as [Error & { code?: string }];
    assert.equal(warning.code, 'TARDIGRADE_ON_OUTPUT');
  });

  poolTest(`${kind}: of 100 MB only the end is kept, and the host's memory does not grow by them`, async ({ use }) => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    // Processes do not share it; what they have written ahead lies in their own memory anyway.
    const linesWritten = kind === 'threads' ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
    let bytes = 0;
    let farthestAhead = 0;
    let mostHeld = 0;
    const count = (more: number): void => {
      // A host that is busy elsewhere: what is written meanwhile must wait in the worker.
      if (bytes < MEGABYTE && bytes + more >= MEGABYTE) Atomics.wait(cell, 0, 0, 500);
      if (linesWritten !== undefined) {
        farthestAhead = Math.max(farthestAhead, Atomics.load(linesWritten, 0) * 1024 - bytes);
      }
      if (Math.floor(bytes / (10 * MEGABYTE)) !== Math.floor((bytes + more) / (10 * MEGABYTE))) {
        mostHeld = Math.max(mostHeld, readHeldBytes());
      }
      bytes += more;
    };
    const pool = use(make({ onOutput: (chunk) => count(chunk.bytes.length) }));
    await pool.submit(speak, 0);
    const before = readHeldBytes();
    const future = pool.submit((written: Int32Array | undefined) => {
      const line = `${'ü'.repeat(511)}\n`;
      for (let lines = 0; lines < 100 * 1024; lines += 1) {
        process.stdout.write(line);
        if (written !== undefined) Atomics.add(written, 0, 1);
      }
      process.stdout.write('the end\n');
    }, linesWritten);
    await future;
    const { stdout, truncated } = future.output;
    assert.ok(truncated && stdout.endsWith('ü\nthe end\n') && !stdout.includes('\ufffd'));
    assert.ok(Buffer.byteLength(stdout) <= 64 * 1024 && Buffer.byteLength(stdout) > 60 * 1024);
    assert.ok(bytes > 99 * MEGABYTE, String(bytes));
    // What was collected is given back by a thread of its own, a little later; what is kept comes to all of it.
    assert.ok(mostHeld > 0 && mostHeld - before < 60 * MEGABYTE, `${(mostHeld - before) / MEGABYTE} MB more`);
    assert.ok(farthestAhead < 20 * MEGABYTE, `the thread was ${farthestAhead / MEGABYTE} MB ahead`);
  });

  poolTest(`${kind}: without 'pipe' there is no output to look at`, async ({ use }) => {
    const pool = use(make({ stdio: 'ignore' }));
    const future = pool.submit(speak, 1);
    await future;
    assert.deepEqual(future.output, { stdout: '', stderr: '', truncated: false });
  });
}

poolTest('processes: what native code and other programs write comes without a task', async ({ use }) => {
  const heard = listen();
  const pool = use(new ProcessPoolExecutor({ maxWorkers: 1, stdio: 'pipe', onOutput: heard.onOutput }));
  const future = pool.submit(() => {
    process.getBuiltinModule('node:fs').writeSync(1, 'raw\n');
    process.getBuiltinModule('node:child_process').execSync('echo from a program >&2', { stdio: 'inherit' });
  });
  await future;
  await Promise.all([heard.until('raw\n'), heard.until('from a program\n')]);
  assert.ok(heard.chunks.every(({ taskId }) => taskId === undefined));
  assert.equal(future.output.stdout, '');
});

test('onOutput without pipe is refused', () => {
  const options = { onOutput: () => {} };
  assert.throws(() => new ProcessPoolExecutor(options), /options\.onOutput needs options\.stdio to be 'pipe'/);
});

for (const kind of ['ProcessPoolExecutor', 'ThreadPoolExecutor']) {
  for (const [stdio, expected] of [
    ['inherit', { stdout: 'out\n', stderr: 'err\n' }],
    ['pipe', { stdout: '', stderr: '' }],
    ['ignore', { stdout: '', stderr: '' }],
  ] as const) {
    test(`${kind}: with '${stdio}' the program itself shows ${expected.stdout === '' ? 'nothing' : 'it'}`, () => {
      const program = `
        import { ${kind} } from 'tardigrade';
        const pool = new ${kind}({ maxWorkers: 1, stdio: '${stdio}' });
        await pool.submit(() => {
          process.stdout.write('out\\n');
          process.stderr.write('err\\n');
        });
        await pool.shutdown();`;
      const args = ['--input-type=module', '--eval', program];
      const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      assert.deepEqual({ stdout, stderr }, expected);
    });
  }
}
