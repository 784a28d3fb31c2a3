/**
 * Strikes workers from outside at random: signals for processes, `terminate` for threads. Often the host is busy meanwhile.
 *
 * Rules: a process is struck only while it is a child of this one, so that no other can be hit.
 * Guarantees: what it stops with SIGSTOP it wakes or kills soon after.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { ProcessPoolExecutor, ThreadPoolExecutor } from 'tardigrade';
import type { Random } from '#src/testing/random.js';
import type { RoundPlan } from './plan.js';
import type { Strike } from './records.js';

/** A pool that can be struck. */
export type Pool = ProcessPoolExecutor | ThreadPoolExecutor;

const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGSTOP'] as const;

const threads = new Map<number, Worker>();
process.on('worker', (worker) => {
  const { threadId } = worker;
  threads.set(threadId, worker);
  worker.once('exit', () => threads.delete(threadId));
});

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    const [, parent] = /^\d+ \(.*\) [^Z] (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return parent === String(process.pid) && process.kill(pid, name);
  } catch {
    return false; // It has ended.
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** The host is busy: meanwhile workers answer, begin and die, and all of that waits to be read. */
function stallHost(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}

/** See the file's header. */
export class Striker {
  readonly strikes: Strike[] = [];
  readonly #pool: Pool;
  readonly #random: Random;
  readonly #pending: Promise<void>[] = [];
  #life: 'striking' | 'done' = 'striking';

  constructor(pool: Pool, random: Random) {
    this.#pool = pool;
    this.#random = random;
  }

  /** Strikes `count` times, with pauses, until it is stopped. */
  async strike(count: number, meanMs: number, at: RoundPlan['strikesAt']): Promise<void> {
    for (let left = count; left > 0 && this.#life === 'striking'; left -= 1) {
      await delay(this.#random.between(0, 2 * meanMs));
      if (this.#life !== 'striking') return;
      const stalls = this.#random.chance(0.5);
      if (stalls) stallHost(this.#random.int(1, 20));
      if (at === 'workers') this.#strikeOne();
      if (stalls) stallHost(this.#random.int(1, 20));
    }
  }

  /** Ends; what is stopped then goes on or is killed. */
  async stop(): Promise<void> {
    this.#life = 'done';
    await Promise.all(this.#pending);
  }

  #strikeOne(): void {
    const workers = this.#pool.workers.filter(({ state }) => state !== 'starting' || this.#random.chance(0.1));
    if (workers.length === 0) return;
    const { pid, threadId } = this.#random.pick(workers);
    if (pid !== undefined) this.#strikeProcess(pid);
    else if (threadId !== undefined) this.#strikeThread(threadId);
  }

  #strikeProcess(pid: number): void {
    const how = this.#random.pick(SIGNALS);
    if (!signal(pid, how)) return;
    this.strikes.push({ worker: pid, how });
    if (how === 'SIGSTOP') this.#pending.push(this.#endStop(pid));
  }

  async #endStop(pid: number): Promise<void> {
    const then = this.#random.pick(['SIGCONT', 'SIGKILL'] as const);
    await delay(this.#random.int(0, 50));
    signal(pid, then);
  }

  #strikeThread(threadId: number): void {
    const worker = threads.get(threadId);
    if (worker === undefined) return;
    this.strikes.push({ worker: threadId, how: 'terminate' });
    void worker.terminate();
  }
}
