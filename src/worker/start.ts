/**
 * What a worker is, whatever it runs in: a link, a loop, and the care for errors that nobody caught.
 *
 * Rules: knows neither process nor thread: what differs is handed in. What it needs of `process` is captured before any
 * user code runs.
 * Guarantees: ends when the host asks, when the host is gone, and when an error that belongs to no task has spoiled it.
 */

import { inspect } from 'node:util';
import { wallClock } from '../base/clock.js';
import { selfUrl } from '../base/self-url.js';
import type { WorkerMemory } from '../memory/ports.js';
import type { Attachments } from '../serialization/attachments.js';
import { type Codec, createCodec } from '../serialization/codec.js';
import { createFunctionPort } from '../serialization/functions/function-port.js';
import { EXECUTOR_ARRIVAL, provideModule } from '../serialization/functions/provided-modules.js';
import { learnReducers } from '../serialization/reducer-shipping.js';
import { ReducerTable } from '../serialization/reducers.js';
import { encodeThrown } from '../serialization/remote-error.js';
import type { HeardMessage, Hello } from '../transport/wire.js';
import { connectToHost, hearAnswer } from './host-calls.js';
import { type LoopLink, WorkerLoop } from './loop.js';
import { watchMemory } from './memory-watch.js';
import { readInitializer } from './read-initializer.js';
import { sayOutput } from './say-output.js';
import { taskOfThisCode } from './task-context.js';

const { setImmediate } = globalThis;

/** Set by the entry of a bundle; otherwise it is a file beside this one. */
const bundledArrival = (globalThis as { [key: symbol]: (() => Promise<unknown>) | undefined })[
  Symbol.for('tardigrade.bundled-arrival')
];
provideModule(EXECUTOR_ARRIVAL, bundledArrival ?? (() => import(new URL('../executor-arrival.js', selfUrl).href)));

/** Exit codes of a worker that ends by itself. */
const HOST_GONE = 0;
const LINK_BROKEN = 70;
const SPOILED = 1;

/** Hears the host. */
export interface HostListener {
  onMessages(messages: readonly HeardMessage[]): void;
  /** The host is gone, or the link is unusable. */
  onEnd(fault: string | undefined): void;
}

/** What a worker says, its loop and beside it. */
export interface WorkerLink extends LoopLink {
  /** Says that tasks may come. */
  ready(): void;
  /** Says why tasks may never come. */
  failStart(bytes: Uint8Array): void;
  /** Asks to be replaced. */
  spent(): void;
  /** Says how much memory the worker has. */
  memory(bytes: number): void;
  /** Says what a task, or nobody, has written. */
  output(task: number | undefined, stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** Asks the host for something, for a task. */
  ask(task: number, bytes: Uint8Array): void;
}

/** What differs between a process and a thread. */
export interface WorkerSurroundings {
  openLink(listener: HostListener): WorkerLink;
  /** Ends the worker, at once. */
  exit(code: number): never;
  /** Tells the host, which keeps the last lines of stderr for its report of this worker's end. Never throws. */
  complain(text: string): void;
  /** Whether the link carries shared memory and what is moved. */
  readonly attachments: 'carry' | 'refuse';
  /** How large and shared memory travels beside the bytes of the link. */
  readonly memory?: WorkerMemory | undefined;
  /** What goes beside the initializer's arguments. */
  readonly initializerItems?: Attachments | undefined;
  /** How much memory the worker has now. */
  memoryBytes(): number;
  /** Waits until the host has read enough of what was said before, where writing itself does not wait. */
  throttle?(bytes: number): void;
}

/** Makes a worker of the process or thread that calls this. */
export function startWorker(surroundings: WorkerSurroundings): void {
  const { openLink, exit, memoryBytes, memory, initializerItems } = surroundings;
  const { codec, reducers } = makeCodec(surroundings);
  let loop: WorkerLoop | undefined;
  /** What came while the initializer was still running. */
  const early: HeardMessage[] = [];

  function hear(message: HeardMessage): void {
    if (message.kind === 'hello') void start(message.hello);
    else if (message.kind === 'slot') memory?.offer(message.slot);
    else if (loop === undefined) early[early.length] = message;
    else obey(loop, message);
  }

  const link = openLink({
    onMessages(messages) {
      for (let index = 0; index < messages.length; index += 1) hear(messages[index] as HeardMessage);
      loop?.proceed();
    },
    onEnd: (fault) => endWith(surroundings, fault),
  });

  async function start(hello: Hello): Promise<void> {
    if (hello.sourceMaps) process.setSourceMapsEnabled(true);
    if (hello.output === 'said') sayOutput({ link, running: () => loop?.running, throttle: surroundings.throttle });
    await learnReducers(codec, reducers, hello.reducers);
    // The host knows from this that what follows is the initializer.
    if (hello.initializer !== null) link.memory(memoryBytes());
    link.flush();
    try {
      await (await readInitializer(codec, hello, initializerItems))?.();
    } catch (error) {
      link.failStart(encodeThrown(codec, error));
      exit(SPOILED);
    }
    loop = makeLoop({ hello, link, codec, surroundings });
    for (const message of early.splice(0)) obey(loop, message);
    link.memory(memoryBytes());
    link.ready();
    loop.proceed();
  }

  const isBusy = (): boolean => loop === undefined || loop.running !== undefined;
  handleStrayErrors({ isBusy, link, surroundings });
}

function endWith({ exit, complain }: WorkerSurroundings, fault: string | undefined): never {
  if (fault === undefined) exit(HOST_GONE);
  complain(`The worker's link to its host is broken: ${fault}\n`);
  return exit(LINK_BROKEN);
}

function makeCodec({ attachments, memory }: WorkerSurroundings) {
  const port = createFunctionPort();
  const reducers = new ReducerTable(port);
  return { codec: createCodec({ functions: port, classes: 'load', attachments, reducers, memory }), reducers };
}

interface LoopParts {
  readonly hello: Hello;
  readonly link: WorkerLink;
  readonly codec: Codec;
  readonly surroundings: WorkerSurroundings;
}

function makeLoop({ hello, link, codec, surroundings }: LoopParts): WorkerLoop {
  const { exit, memoryBytes } = surroundings;
  const { workerId, depth, maxMemoryGrowthBytes } = hello;
  const loop = new WorkerLoop({
    link,
    codec,
    clock: { nowMs: wallClock.nowMs, later: (callback) => void setImmediate(callback) },
    workerId,
    depth,
    afterTask: watchMemory({
      maxGrowthBytes: maxMemoryGrowthBytes,
      nowMs: wallClock.nowMs,
      memoryBytes,
      onMeasured: (bytes) => link.memory(bytes),
      onGrown: () => link.spent(),
    }),
    onLeave: () => exit(0),
  });
  // Not the current task, which may be one of an executor inside of the worker's own.
  connectToHost({ ask: (bytes) => link.ask(loop.running?.id ?? 0, bytes) });
  return loop;
}

function obey(loop: WorkerLoop, message: HeardMessage): void {
  switch (message.kind) {
    case 'run':
      return loop.take(message);
    case 'unit':
      return loop.learn(message.id, message.bytes);
    case 'forget':
      return loop.forget(message.id);
    case 'abort':
      return loop.abort(message.task, message.cause);
    case 'tell':
      return hearAnswer(message.bytes);
    case 'leave':
      return loop.leave();
    case 'hello':
    case 'slot':
      return;
    default:
      message satisfies never;
  }
}

function describe(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? error.message) : `Uncaught ${inspect(error)}`;
  } catch {
    return 'An error that cannot be shown was not caught.';
  }
}

interface StrayErrorParts {
  /** Whether an error may belong to a task that runs, or to the start. */
  isBusy(): boolean;
  readonly link: WorkerLink;
  readonly surroundings: WorkerSurroundings;
}

/**
 * An error that nobody caught. While a task runs it may be the task's own, which might then never answer: the worker
 * ends, and the task is lost with it. If it belongs to a task that has answered, the worker is spoiled and asks to be
 * replaced, and no other task pays for it. Where it cannot be known whose it is, a running task is taken for the one.
 */
function handleStrayErrors({ isBusy, link, surroundings }: StrayErrorParts): void {
  const handle = (event: 'uncaughtException' | 'unhandledRejection') => (error: unknown) => {
    // Somebody in this worker has taken responsibility.
    if (process.listenerCount(event) > 1) return;
    surroundings.complain(`${describe(error)}\n`);
    if (isBusy() && taskOfThisCode()?.isOver !== true) surroundings.exit(SPOILED);
    link.spent();
  };
  process.on('uncaughtException', handle('uncaughtException'));
  process.on('unhandledRejection', handle('unhandledRejection'));
}
