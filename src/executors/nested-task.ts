/**
 * A task whose end somebody else hears of as well.
 *
 * Rules: passes everything on.
 */

import type { Outcome } from '../core/driver.js';
import type { Verdict, WorkerId } from '../core/events.js';
import type { TaskPayload, WorkerOutput } from '../core/ports.js';
import type { ByteTask } from './task-pool.js';

/** See the file's header. `onOver` is called before the task itself hears. */
export class NestedTask implements ByteTask {
  readonly #task: ByteTask;
  readonly #onOver: () => void;

  constructor(task: ByteTask, onOver: () => void) {
    this.#task = task;
    this.#onOver = onOver;
  }

  get payload(): TaskPayload {
    return this.#task.payload;
  }

  get byteLength(): number {
    return this.#task.byteLength;
  }

  get name(): string {
    return this.#task.name;
  }

  onStart(attempt: number, worker: WorkerId): void {
    this.#task.onStart(attempt, worker);
  }

  onRequeue(): void {
    this.#task.onRequeue();
  }

  onProgress(bytes: Uint8Array): void {
    this.#task.onProgress(bytes);
  }

  onOutput(stream: WorkerOutput['stream'], bytes: Uint8Array): void {
    this.#task.onOutput(stream, bytes);
  }

  wantsRetry(outcome: Outcome): boolean {
    return this.#task.wantsRetry(outcome);
  }

  within(act: () => void): void {
    if (this.#task.within === undefined) act();
    else this.#task.within(act);
  }

  onSettle(verdict: Verdict, outcome: Outcome | undefined): void {
    this.#onOver();
    this.#task.onSettle(verdict, outcome);
  }
}
