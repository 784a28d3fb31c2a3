/**
 * The entry point of a worker process: joins the link, the loop and the process.
 *
 * Rules: what it needs of `process` is captured before any user code runs.
 * Guarantees: ends when the host asks, when the host is gone, and when an error that belongs to no task has spoiled it.
 */

import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { wallClock } from '../base/clock.js';
import { createCodec } from '../serialization/codec.js';
import type { AnyFunction } from '../serialization/function-record.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { encodeThrown } from '../serialization/remote-error.js';
import type { HeardMessage, Hello } from '../transport/wire.js';
import { WorkerLoop } from './loop.js';
import { watchMemory } from './memory-watch.js';
import { PipeHostLink } from './pipe-host-link.js';

const { setImmediate, Buffer } = globalThis;
const { pid } = process;
const exitProcess = process.exit.bind(process);
const killProcess = process.kill.bind(process);

/** Ends this process, even where a task has broken the ways to do so. */
function exit(code: number): never {
  try {
    exitProcess(code);
  } finally {
    killProcess(pid, 'SIGKILL');
  }
  throw new Error('A process that was killed went on.');
}

/** Tells the host, which keeps the last lines of stderr for its report of this worker's end. */
function complain(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // A task has closed it.
  }
}

/** Exit codes of a worker that ends by itself. */
const HOST_GONE = 0;
const LINK_BROKEN = 70;
const SPOILED = 1;

const codec = createCodec({ functions: createFunctionPort(), classes: 'load' });
let loop: WorkerLoop | undefined;
/** What came while the initializer was still running. */
const early: HeardMessage[] = [];

const link = new PipeHostLink({
  onMessages(messages) {
    for (let index = 0; index < messages.length; index += 1) hear(messages[index] as HeardMessage);
    loop?.proceed();
  },
  onEnd(fault) {
    if (fault === undefined) exit(HOST_GONE);
    complain(`The worker's link to its host is broken: ${fault}`);
    exit(LINK_BROKEN);
  },
});

function hear(message: HeardMessage): void {
  if (message.kind === 'hello') void start(message.hello);
  else if (loop === undefined) early[early.length] = message;
  else obey(loop, message);
}

function obey(loop: WorkerLoop, message: HeardMessage): void {
  switch (message.kind) {
    case 'run':
      return loop.take(message);
    case 'unit':
      return loop.learn(message.id, message.bytes);
    case 'abort':
      return loop.abort(message.task, message.cause);
    case 'leave':
      return loop.leave();
    case 'hello':
      return;
    default:
      message satisfies never;
  }
}

async function start(hello: Hello): Promise<void> {
  if (hello.sourceMaps) process.setSourceMapsEnabled(true);
  try {
    await runInitializer(hello);
  } catch (error) {
    link.failStart(encodeThrown(codec, error));
    exit(SPOILED);
  }
  const { workerId, depth, maxMemoryGrowthBytes } = hello;
  loop = new WorkerLoop({
    link,
    codec,
    clock: { nowMs: wallClock.nowMs, later: (callback) => void setImmediate(callback) },
    workerId,
    depth,
    afterTask: watchMemory({
      maxGrowthBytes: maxMemoryGrowthBytes,
      nowMs: wallClock.nowMs,
      onGrown: () => link.spent(),
    }),
    onLeave: () => exit(0),
  });
  for (const message of early.splice(0)) obey(loop, message);
  link.ready();
  loop.proceed();
}

async function runInitializer({ initializer }: Hello): Promise<void> {
  if (initializer === null) return;
  const where = { direction: 'argument' } as const;
  const fn = (await codec.decode(Buffer.from(initializer.unit, 'base64'), {
    ...where,
    root: 'initializer',
  })) as AnyFunction;
  const args = await codec.decode(Buffer.from(initializer.args, 'base64'), { ...where, root: 'initializerArgs' });
  await (fn as (...args: unknown[]) => unknown)(...(args as unknown[]));
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : `Uncaught ${inspect(error)}`;
  } catch {
    return 'An error that cannot be shown was not caught.';
  }
}

/**
 * An error that nobody caught. While a task runs it may be the task's own, which might then never answer: the worker
 * ends, and the task is lost with it. Otherwise it belongs to a task that has answered: the worker is spoiled and asks to
 * be replaced, and no other task pays for it.
 */
function onStrayError(error: unknown, event: 'uncaughtException' | 'unhandledRejection'): void {
  // Somebody in this worker has taken responsibility.
  if (process.listenerCount(event) > 1) return;
  complain(describe(error));
  if (loop === undefined || loop.running !== undefined) exit(SPOILED);
  link.spent();
}

process.on('uncaughtException', (error) => onStrayError(error, 'uncaughtException'));
process.on('unhandledRejection', (error) => onStrayError(error, 'unhandledRejection'));
