/**
 * Starts workers as threads of this program, each with a private port of its own.
 *
 * What a thread cannot do: survive a native crash (the program ends with it), end what it has started (processes that a
 * task spawned live on), and stop inside a native call that waits (it ends when the call returns).
 *
 * Rules: knows messages only as far as it must (start, goodbye); payloads pass through.
 * Guarantees: the port's contract (`core/ports`). A death is judged when the thread has exited; by then all that it posted
 * lies in the host's end of the port and is read first. The first reason that is known stays. No wait is without an end.
 */

import { MessageChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import type { Clock } from '../base/clock.js';
import type { ExitReason, ExitReport, KillCause } from '../base/exit-reason.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage, Launcher, WorkerHandle, WorkerListener } from '../core/ports.js';
import type { Attachments } from '../serialization/attachments.js';
import { PortLink } from '../transport/port-link.js';
import { SharedClaims } from '../transport/shared-claims.js';
import type { Hello, SpokenMessage } from '../transport/wire.js';
import { usualEntry } from './find-entry.js';
import { describeSpawnFailure } from './permission.js';
import type { WorkerStdio } from './spawn-options.js';
import { StderrTail } from './stderr-tail.js';
import type { WorkerEntry } from './worker-entry.js';

const { Buffer } = globalThis;

/** How worker threads are started. */
export interface ThreadLauncherOptions {
  /** Node's options for the thread; `undefined` inherits this program's. */
  readonly execArgv: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: WorkerStdio;
  readonly resourceLimits: NonNullable<WorkerOptions['resourceLimits']>;
  readonly hello: Omit<Hello, 'workerId'>;
  /** What goes beside the arguments of the initializer. */
  readonly initializerItems?: Attachments | undefined;
  /** Default: the usual one. */
  readonly entry?: WorkerEntry | undefined;
  readonly clock: Clock;
}

/** How long a thread may live on after it closed its link. */
const EXIT_GRACE_MS = 1000;
/** What a thread exits with that was terminated; `process.exit` may say the same. */
const TERMINATED_CODE = 1;
/** How long a kill may take before the thread is given up: it waits inside a native call. */
const KILL_GRACE_MS = 5000;
/** How long the rest of an ended thread's stderr is waited for. */
const STDERR_GRACE_MS = 100;

/** The worker threads of this program that have not ended. */
const alive = new Set<number>();

/** The worker threads of this program that have not ended, by their ids. */
export function listThreads(): readonly number[] {
  return [...alive];
}

/** A launcher of worker threads. */
export function createThreadLauncher(options: ThreadLauncherOptions): Launcher {
  let workerId = 0;
  return {
    launch(listener) {
      workerId += 1;
      const instructions = options.entry?.instruct();
      return new ThreadWorker(options, { ...options.hello, workerId, instructions }, listener);
    },
    close: async () => {},
  };
}

/** One worker thread, from its start to the report of its end. */
class ThreadWorker implements WorkerHandle {
  readonly pid = undefined;
  readonly #options: ThreadLauncherOptions;
  readonly #listener: WorkerListener;
  readonly #stderr = new StderrTail();
  #worker: Worker | undefined;
  #link: PortLink | undefined;
  #life: 'starting' | 'ready' | 'exited' | 'reported' = 'starting';
  #threadId: number | undefined;
  /** Why it ended, from whoever knew first. */
  #reason: ExitReason | undefined;
  #failure: Uint8Array | undefined;
  #exitCode: number | undefined;
  #memoryBytes: number | undefined;
  /** How much of the thread's output was heard: a port never tells the thread to wait. */
  readonly #outputRead = new Int32Array(new SharedArrayBuffer(4));
  #initializer: 'none' | 'to-come' | 'running' = 'none';

  constructor(options: ThreadLauncherOptions, hello: Hello, listener: WorkerListener) {
    this.#options = options;
    this.#listener = listener;
    try {
      this.#start(hello);
    } catch (error) {
      this.#reason = { kind: 'spawn-failed', message: describeSpawnFailure(error as Error) };
      // The contract: no listener from inside `launch`.
      options.clock.startTimer(0, () => this.#finish());
    }
  }

  get threadId(): number | undefined {
    return this.#threadId;
  }

  get rssBytes(): number | undefined {
    return this.#memoryBytes;
  }

  send(message: HostMessage): void {
    this.#link?.send(message);
  }

  recall(): readonly TaskId[] {
    return this.#link?.recall() ?? [];
  }

  kill(cause: KillCause): void {
    this.#end({ kind: 'killed', cause });
  }

  #start(hello: Hello): void {
    const { port1, port2 } = new MessageChannel();
    const claims = new SharedClaims();
    let worker: Worker;
    try {
      worker = new Worker(this.#options.entry?.file ?? usualEntry('thread'), {
        workerData: {
          port: port2,
          claims: claims.memory,
          outputRead: this.#outputRead,
          initializerItems: this.#options.initializerItems,
        },
        transferList: [port2],
        env: this.#options.env,
        ...(this.#options.execArgv === undefined ? {} : { execArgv: [...this.#options.execArgv] }),
        resourceLimits: this.#options.resourceLimits,
      });
    } catch (error) {
      port1.close();
      throw error;
    }
    this.#worker = worker;
    this.#threadId = worker.threadId;
    worker.unref();
    alive.add(worker.threadId);
    worker.once('error', (error) => this.#noteError(error));
    worker.once('exit', (code) => {
      alive.delete(this.#threadId as number);
      this.#onExit(code);
    });
    this.#directOutput(worker);
    this.#link = new PortLink({
      port: port1,
      claims,
      clock: this.#options.clock,
      onMessage: (message) => this.#hear(message),
      onDeaf: () => this.#endSoon(),
      onFault: (message) => this.#end({ kind: 'protocol-violation', message }),
    });
    this.#link.greet(hello);
    if (hello.initializer !== null) this.#initializer = 'to-come';
  }

  /**
   * Node has joined the thread's output to this program's. That is left or undone rather than asked for in the options,
   * because a stream that was asked for keeps the program alive while it is read.
   */
  #directOutput(worker: Worker): void {
    const { stdout, stderr } = worker;
    stderr.on('data', (chunk: Buffer | string) => this.#stderr.push(Buffer.from(chunk)));
    if (this.#options.stdio === 'inherit') return;
    stdout.unpipe(process.stdout).resume();
    stderr.unpipe(process.stderr).resume();
  }

  #hear(message: SpokenMessage): void {
    if (this.#life === 'reported') return;
    switch (message.kind) {
      case 'goodbye':
        this.#reason ??= { kind: 'left' };
        return;
      case 'start-failed':
        this.#reason ??= { kind: 'start-failed', message: 'its initializer failed' };
        this.#failure = message.bytes;
        this.#initializer = 'none';
        return;
      case 'memory':
        this.#memoryBytes = message.bytes;
        if (this.#initializer === 'to-come') this.#initializer = 'running';
        return;
      case 'ready':
        if (this.#life === 'starting') this.#life = 'ready';
        this.#initializer = 'none';
        break;
      case 'output':
        Atomics.add(this.#outputRead, 0, message.bytes.length);
        Atomics.notify(this.#outputRead, 0);
        if (message.stream === 'stderr') this.#stderr.push(Buffer.from(message.bytes));
        break;
      default:
    }
    this.#listener.onMessage(message);
  }

  /** An error that ended the thread, or kept it from starting. */
  #noteError(error: Error & { code?: string }): void {
    this.#forgetGuess();
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#reason ??= { kind: 'out-of-memory' };
    else if (this.#life === 'starting') this.#reason ??= { kind: 'spawn-failed', message: error.message };
    this.#stderr.push(Buffer.from(`${error.stack ?? String(error)}\n`));
  }

  #onExit(code: number): void {
    if (this.#life === 'reported') return;
    this.#exitCode = code;
    if (code !== TERMINATED_CODE) this.#forgetGuess();
    this.#link?.drain();
    this.#life = 'exited';
    const { stderr } = this.#worker as Worker;
    if (stderr.readableEnded) return this.#finish();
    stderr.once('end', () => this.#finish());
    this.#options.clock.startTimer(STDERR_GRACE_MS, () => this.#finish());
  }

  /** A thread whose link is closed is mostly about to exit; if it does not, it is useless. */
  #endSoon(): void {
    if (this.#life === 'exited' || this.#life === 'reported') return;
    this.#options.clock.startTimer(EXIT_GRACE_MS, () => this.#end({ kind: 'link-closed' }));
  }

  /** An exiting thread's port may be seen closed long before the thread is gone: on a busy machine, longer than the grace. */
  #forgetGuess(): void {
    if (this.#reason?.kind === 'link-closed') this.#reason = undefined;
  }

  /** Ends the thread for a reason, unless it has ended. */
  #end(reason: ExitReason): void {
    if (this.#life === 'exited' || this.#life === 'reported' || this.#worker === undefined) return;
    this.#reason ??= reason;
    void this.#worker.terminate();
    this.#options.clock.startTimer(KILL_GRACE_MS, () => this.#finish());
  }

  #finish(): void {
    if (this.#life === 'reported') return;
    // A thread that would not end may have answered.
    this.#link?.drain();
    this.#link?.conclude();
    this.#life = 'reported';
    this.#link?.close();
    this.#listener.onExit({
      reason: this.#reason ?? { kind: 'exited', code: this.#exitCode ?? 0 },
      threadId: this.#threadId,
      exitCode: this.#exitCode,
      stderr: this.#stderr.read(),
      failure: this.#failure,
      during: this.#initializer === 'running' ? 'initializer' : undefined,
      rssBytes: this.#memoryBytes,
    } satisfies ExitReport);
  }
}
