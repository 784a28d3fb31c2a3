/**
 * Starts workers as child processes, each with a link of its own on private descriptors.
 *
 *   0  closed (reads as empty)          3  host → worker, frames
 *   1  the host's stdout (by default)   4  worker → host, frames; written synchronously, so a result is safe once written
 *   2  tee'd to the host's stderr       5  the shared claims, if a file could be made for them
 *
 * Rules: knows messages only as far as it must (start, goodbye); payloads pass through.
 * Guarantees: the port's contract (`core/ports`). A death is judged when the process has exited *and* its link has been
 * read to its end, whichever comes last; the first reason that is known stays. No wait is without an end.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.js';
import type { ExitReason, ExitReport, KillCause } from '../base/exit-reason.js';
import type { TaskId } from '../core/events.js';
import type { HostMessage, Launcher, WorkerHandle, WorkerListener } from '../core/ports.js';
import type { AnswerSlots, SlotOffer, SlotUser } from '../memory/answer-slots.js';
import { LARGE_BYTES } from '../serialization/memory-port.js';
import { HostClaims } from '../transport/claims.js';
import { PipeLink } from '../transport/pipe-link.js';
import type { Hello, SpokenMessage } from '../transport/wire.js';
import { usualEntry } from './find-entry.js';
import { FILE_FOLDERS, nameHostFile } from './host-files.js';
import { describeSpawnFailure } from './permission.js';
import { killTree } from './process-tree.js';
import { trackerGone, trackWorker, untrackWorker } from './resource-tracker.js';
import { spawnOptions, type WorkerStdio } from './spawn-options.js';
import { StderrTail } from './stderr-tail.js';
import type { WorkerEntry } from './worker-entry.js';

/** How worker processes are started. */
export interface ProcessLauncherOptions {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: WorkerStdio;
  readonly hello: Omit<Hello, 'workerId'>;
  /** Default: the usual one. */
  readonly entry?: WorkerEntry | undefined;
  /** Kept as long as workers may be started: their hello may refer to memory that it holds. */
  readonly packedInitializer?: object | undefined;
  /** Where workers put large answers. */
  readonly slots?: AnswerSlots;
  readonly clock: Clock;
}

/** How long an exited worker's link may stay open (somebody else may hold its other end). */
const LINK_GRACE_MS = 1000;
/** How long a worker may live on after it closed its link. */
const EXIT_GRACE_MS = 1000;
/** How long a kill may take before the worker is given up. */
const KILL_GRACE_MS = 5000;
/** How long the rest of an exited worker's stderr is waited for. */
const STDERR_GRACE_MS = 100;

/** A launcher of worker processes. */
export function createProcessLauncher(options: ProcessLauncherOptions): Launcher {
  let workerId = 0;
  return {
    launch(listener) {
      workerId += 1;
      const instructions = options.entry?.instruct();
      return new ProcessWorker(options, { ...options.hello, workerId, instructions }, listener);
    },
    close: trackerGone,
  };
}

/** One worker process, from its start to the report of its end. */
class ProcessWorker implements WorkerHandle, SlotUser {
  readonly #options: ProcessLauncherOptions;
  readonly #listener: WorkerListener;
  readonly #stderr = new StderrTail();
  #child: ChildProcess | undefined;
  #link: PipeLink | undefined;
  #claims: HostClaims | undefined;
  #life: 'running' | 'reported' = 'running';
  /** Why it ended, from whoever knew first. */
  #reason: ExitReason | undefined;
  #failure: Uint8Array | undefined;
  #rssBytes: number | undefined;
  #exit: { readonly code: number | null; readonly signal: string | null } | undefined;
  #linkEnd: 'open' | 'ended' = 'open';
  #stderrEnd: 'open' | 'ended' = 'open';
  #initializer: 'none' | 'to-come' | 'running' = 'none';

  constructor(options: ProcessLauncherOptions, hello: Hello, listener: WorkerListener) {
    this.#options = options;
    this.#listener = listener;
    try {
      this.#start(hello);
    } catch (error) {
      this.#failToStart(error as Error);
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get threadId(): undefined {
    return undefined;
  }

  get rssBytes(): number | undefined {
    return this.#rssBytes;
  }

  get room(): 'one-task' | undefined {
    return this.#claims === undefined ? 'one-task' : undefined;
  }

  send(message: HostMessage): void {
    this.#link?.send(message);
  }

  offer(slot: SlotOffer): void {
    this.#link?.offer(slot);
  }

  recall(): readonly TaskId[] {
    // The claims are closed by then, and their number may be another file's.
    return this.#life === 'reported' ? [] : (this.#link?.recall() ?? []);
  }

  kill(cause: KillCause): void {
    this.#end({ kind: 'killed', cause });
  }

  #start(hello: Hello): void {
    this.#claims = HostClaims.create(FILE_FOLDERS, nameHostFile('.claims'));
    const child = spawn(
      this.#options.execPath,
      workerArguments(this.#options),
      spawnOptions(this.#options, this.#claims?.fd),
    );
    this.#child = child;
    child.once('error', (error) => {
      // Without a process id there never was a process, and there will be no 'exit'.
      if (child.pid === undefined) this.#failToStart(error);
    });
    if (child.pid === undefined) return;
    trackWorker(child.pid);
    child.unref();
    child.once('exit', (code, signal) => this.#onExit(code, signal));
    this.#listenToStderr(child);
    this.#listenToStdout(child.stdout as Socket | null);
    this.#link = new PipeLink({
      toWorker: child.stdio[3] as Socket,
      fromWorker: child.stdio[4] as Socket,
      claims: this.#claims,
      clock: this.#options.clock,
      onMessage: (message) => this.#hear(message),
      onDeaf: () => this.#endSoon(),
      onSpoiled: (message) => this.#end({ kind: 'protocol-violation', message }),
      onEnd: (fault) => this.#onLinkEnd(fault),
    });
    this.#link.greet(hello);
    if (hello.initializer !== null) this.#initializer = 'to-come';
  }

  #listenToStderr(child: ChildProcess): void {
    const stderr = child.stderr as Socket | null;
    if (stderr === null) {
      this.#stderrEnd = 'ended';
      return;
    }
    const tee = this.#options.stdio === 'inherit';
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr.push(chunk);
      if (tee) process.stderr.write(chunk);
      if (this.#options.stdio === 'pipe') this.#tellOutput('stderr', chunk);
    });
    stderr.on('error', () => {});
    stderr.once('close', () => {
      this.#stderrEnd = 'ended';
      this.#report();
    });
    stderr.unref();
  }

  /** What was written past the streams of JavaScript. It is only there when it is captured; unread, it would block the worker. */
  #listenToStdout(stdout: Socket | null): void {
    stdout?.on('error', () => {}).on('data', (bytes: Buffer) => this.#tellOutput('stdout', bytes));
    stdout?.unref();
  }

  #tellOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (this.#life === 'running') this.#listener.onMessage({ kind: 'output', task: undefined, stream, bytes });
  }

  #failToStart(error: Error): void {
    this.#reason ??= { kind: 'spawn-failed', message: describeSpawnFailure(error) };
    // The contract: no listener from inside `launch`.
    this.#options.clock.startTimer(0, () => this.#finish());
  }

  #hear(message: SpokenMessage): void {
    if (this.#life === 'reported') return;
    if (message.kind === 'goodbye') this.#reason ??= { kind: 'left' };
    else if (message.kind === 'memory') {
      this.#rssBytes = message.bytes;
      if (this.#initializer === 'to-come') this.#initializer = 'running';
    } else if (message.kind === 'start-failed') {
      this.#initializer = 'none';
      this.#reason ??= { kind: 'start-failed', message: 'its initializer failed' };
      this.#failure = message.bytes;
    } else {
      if (message.kind === 'ready') this.#initializer = 'none';
      if (message.kind === 'finished' && message.bytes.length >= LARGE_BYTES) {
        this.#options.slots?.noteLarge(this, message.bytes.length);
      }
      if (message.kind === 'output' && message.stream === 'stderr') this.#stderr.push(message.bytes as Buffer);
      this.#listener.onMessage(message);
    }
  }

  #onExit(code: number | null, signal: string | null): void {
    this.#exit = { code, signal };
    // What it started goes with it, whatever the way it ended.
    const pid = this.pid as number;
    untrackWorker(pid);
    killTree(pid);
    this.#options.clock.startTimer(LINK_GRACE_MS, () => this.#onLinkEnd(undefined));
    this.#report();
  }

  #onLinkEnd(fault: string | undefined): void {
    if (this.#linkEnd === 'ended') return;
    this.#linkEnd = 'ended';
    if (fault !== undefined) this.#end({ kind: 'protocol-violation', message: fault });
    else this.#endSoon();
    this.#report();
  }

  /** A worker whose link is closed is mostly about to exit; if it does not, it is useless. */
  #endSoon(): void {
    if (this.#exit !== undefined) return;
    this.#options.clock.startTimer(EXIT_GRACE_MS, () => this.#end({ kind: 'link-closed' }));
  }

  /** Ends the process for a reason, unless it has ended. */
  #end(reason: ExitReason): void {
    if (this.#exit !== undefined || this.#life === 'reported') return;
    this.#reason ??= reason;
    if (this.pid === undefined) return;
    killTree(this.pid);
    this.#options.clock.startTimer(KILL_GRACE_MS, () => this.#finish());
  }

  /** Tells of the end once everything that was said has been heard. */
  #report(): void {
    if (this.#exit === undefined || this.#linkEnd === 'open') return;
    if (this.#stderrEnd === 'ended') return this.#finish();
    // A descendant may hold stderr open for ever; what the worker itself wrote is here by then.
    this.#options.clock.startTimer(STDERR_GRACE_MS, () => this.#finish());
  }

  #finish(): void {
    if (this.#life === 'reported') return;
    this.#link?.conclude();
    this.#life = 'reported';
    this.#link?.close();
    this.#claims?.close();
    this.#options.slots?.retire(this);
    this.#child?.stderr?.destroy();
    this.#child?.stdout?.destroy();
    this.#listener.onExit(this.#describeEnd());
  }

  #describeEnd(): ExitReport {
    const { code, signal } = this.#exit ?? { code: null, signal: null };
    const natural: ExitReason = signal !== null ? { kind: 'signaled', signal } : { kind: 'exited', code: code ?? 0 };
    return {
      reason: this.#reason ?? natural,
      pid: this.pid,
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      stderr: this.#stderr.read(),
      rssBytes: this.#rssBytes,
      failure: this.#failure,
      during: this.#initializer === 'running' ? 'initializer' : undefined,
    };
  }
}

function workerArguments({ execArgv, entry }: ProcessLauncherOptions): string[] {
  return [...execArgv, fileURLToPath(entry?.file ?? usualEntry('process'))];
}
