/**
 * What any launcher must do, real or simulated: the contract in the header of `src/core/ports.ts`, as tests of a factory.
 *
 * Rules: knows no launcher. What only some can do (die by a task, fail to start) is asked for by capability.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExitReport } from '#src/base/exit-reason.js';
import type { Launcher, TaskPayload, WorkerHandle, WorkerMessage } from '#src/core/ports.js';

/** One launcher under test, and payloads that its workers understand. */
export interface LauncherSubject {
  readonly launcher: Launcher;
  /** Answers at once. */
  readonly quick: TaskPayload;
  /** Throws at once. */
  readonly failing: TaskPayload;
  /** Runs until its own signal fires. */
  readonly endless: TaskPayload;
  /** Ends its worker, where a task can. */
  readonly deadly?: TaskPayload;
  /** A launcher whose workers cannot be started, where there is one. */
  readonly unable?: Launcher;
  /** Lets things happen until `isDone`; throws when nothing happens any more. */
  waitFor(isDone: () => boolean): Promise<void>;
  /** Ends what the test has left behind. */
  close(): Promise<void>;
}

/** A worker that writes down what it is heard saying. */
class Recording {
  readonly messages: WorkerMessage[] = [];
  readonly exits: ExitReport[] = [];
  readonly handle: WorkerHandle;
  readonly #subject: LauncherSubject;
  #isCalling = false;

  constructor(subject: LauncherSubject, launcher: Launcher = subject.launcher) {
    this.#subject = subject;
    this.handle = this.call(() =>
      launcher.launch({
        onMessage: (message) => {
          assert.equal(this.#isCalling, false, 'a listener was called from inside');
          assert.equal(this.exits.length, 0, `${message.kind} came after the exit`);
          this.messages.push(message);
        },
        onExit: (exit) => {
          assert.equal(this.#isCalling, false, 'a listener was called from inside');
          this.exits.push(exit);
        },
      }),
    );
  }

  /** Calls the worker; no listener may be called meanwhile. */
  call<T>(act: () => T): T {
    this.#isCalling = true;
    try {
      return act();
    } finally {
      this.#isCalling = false;
    }
  }

  run(task: number, payload: TaskPayload): void {
    this.call(() => this.handle.send({ kind: 'run', task, attempt: 1, payload }));
  }

  recall(): readonly number[] {
    return this.call(() => this.handle.recall());
  }

  /** What was said of tasks, such as `started 1`. */
  get story(): string[] {
    return this.messages.flatMap((message) => ('task' in message ? [`${message.kind} ${message.task}`] : []));
  }

  async hears(line: string): Promise<void> {
    await this.#subject.waitFor(() => this.exits.length > 0 || this.story.includes(line));
    assert.ok(this.story.includes(line), `"${line}" was not heard; ${JSON.stringify(this.exits)}`);
  }

  async isReady(): Promise<void> {
    await this.#subject.waitFor(() => this.messages.length + this.exits.length > 0);
    assert.equal(this.messages[0]?.kind, 'ready');
  }

  async isGone(): Promise<ExitReport> {
    await this.#subject.waitFor(() => this.exits.length > 0);
    return this.exits[0] as ExitReport;
  }
}

type Check = (subject: LauncherSubject) => Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  'a worker says that it is ready, first and once': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.quick);
    await worker.hears('finished 1');
    assert.equal(worker.messages.filter(({ kind }) => kind === 'ready').length, 1);
  },

  'tasks begin in the order in which they were sent, one at a time, each result before the next start': async (
    subject,
  ) => {
    const worker = new Recording(subject);
    await worker.isReady();
    const tasks = [5, 3, 9, 1];
    for (const task of tasks) worker.run(task, subject.quick);
    await worker.hears('finished 1');
    assert.deepEqual(
      worker.story,
      tasks.flatMap((task) => [`started ${task}`, `finished ${task}`]),
    );
  },

  'a task that throws is an answer like another': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.failing);
    worker.run(2, subject.quick);
    await worker.hears('finished 2');
    const answers = worker.messages.flatMap((message) => (message.kind === 'finished' ? [message.failed] : []));
    assert.deepEqual(answers, [true, false]);
  },

  'a recall gives back, in order, what waits behind the running task': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.endless);
    for (const task of [2, 3, 4]) worker.run(task, subject.quick);
    await worker.hears('started 1');
    assert.deepEqual(worker.recall(), [2, 3, 4]);
    assert.deepEqual(worker.recall(), []);
  },

  'of what a recall gave back nothing more is said, even when it is sent again': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.endless);
    for (const task of [2, 3, 4]) worker.run(task, subject.quick);
    await worker.hears('started 1');
    assert.deepEqual(worker.recall(), [2, 3, 4]);
    for (const task of [4, 2, 5]) worker.run(task, subject.quick);
    worker.call(() => worker.handle.send({ kind: 'abort', task: 1, cause: 'cancel' }));
    await worker.hears('finished 5');
    const rest = [4, 2, 5].flatMap((task) => [`started ${task}`, `finished ${task}`]);
    assert.deepEqual(worker.story, ['started 1', 'finished 1', ...rest]);
  },

  'each task that was sent is given back or spoken of, never both': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    const back: number[] = [];
    for (let task = 1; task <= 60; task += 3) {
      for (const each of [task, task + 1, task + 2]) worker.run(each, subject.quick);
      if (task % 2 === 0) await subject.waitFor(() => worker.story.some((line) => line.startsWith('finished')));
      back.push(...worker.recall());
    }
    worker.run(100, subject.quick);
    await worker.hears('finished 100');
    for (let task = 1; task <= 60; task += 1) {
      const lines = worker.story.filter((line) => line.endsWith(` ${task}`));
      const begun = [`started ${task}`, `finished ${task}`];
      const skipped = [`skipped ${task}`];
      if (back.includes(task)) assert.deepEqual(lines, []);
      else assert.deepEqual(lines, lines.length === 1 ? skipped : begun);
    }
  },

  'an abort ends a task that minds its signal': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.endless);
    await worker.hears('started 1');
    worker.call(() => worker.handle.send({ kind: 'abort', task: 7, cause: 'cancel' }));
    worker.call(() => worker.handle.send({ kind: 'abort', task: 1, cause: 'timeout' }));
    await worker.hears('finished 1');
  },

  'a worker that is asked to leave does, and says nothing more': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.quick);
    await worker.hears('finished 1');
    worker.call(() => worker.handle.send({ kind: 'leave' }));
    assert.deepEqual((await worker.isGone()).reason, { kind: 'left' });
  },

  'a killed worker is told of once, with the first cause, after all that it had said': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.quick);
    worker.run(2, subject.endless);
    await worker.hears('started 2');
    worker.call(() => worker.handle.kill('timeout'));
    worker.call(() => worker.handle.kill('shutdown'));
    assert.deepEqual((await worker.isGone()).reason, { kind: 'killed', cause: 'timeout' });
    assert.deepEqual(worker.story, ['started 1', 'finished 1', 'started 2']);
  },

  'a worker that is killed before it is ready is told of': async (subject) => {
    const worker = new Recording(subject);
    worker.call(() => worker.handle.kill('startup-timeout'));
    assert.deepEqual((await worker.isGone()).reason, { kind: 'killed', cause: 'startup-timeout' });
  },

  'what a dead worker is told is lost, without harm': async (subject) => {
    const worker = new Recording(subject);
    await worker.isReady();
    worker.call(() => worker.handle.kill('cancel'));
    await worker.isGone();
    worker.run(2, subject.quick);
    worker.call(() => worker.handle.send({ kind: 'leave' }));
    worker.recall();
    worker.call(() => worker.handle.kill('shutdown'));
    const other = new Recording(subject);
    await other.isReady();
    assert.equal(worker.exits.length, 1);
    assert.deepEqual(worker.story, []);
  },

  'workers do not hear of each other': async (subject) => {
    const workers = [new Recording(subject), new Recording(subject)] as const;
    for (const [index, worker] of workers.entries()) worker.run(index + 1, subject.quick);
    await workers[0].hears('finished 1');
    await workers[1].hears('finished 2');
    assert.deepEqual(workers[0].story, ['started 1', 'finished 1']);
  },

  'a result is heard although its worker dies right after': async (subject) => {
    assert.ok(subject.deadly);
    const worker = new Recording(subject);
    await worker.isReady();
    worker.run(1, subject.quick);
    worker.run(2, subject.deadly);
    worker.run(3, subject.quick);
    const { kind } = (await worker.isGone()).reason;
    assert.ok(kind === 'exited' || kind === 'signaled', kind);
    assert.deepEqual(worker.story, ['started 1', 'finished 1', 'started 2']);
  },

  'a worker that cannot be started is told of': async (subject) => {
    assert.ok(subject.unable);
    const worker = new Recording(subject, subject.unable);
    assert.equal((await worker.isGone()).reason.kind, 'spawn-failed');
    assert.deepEqual(worker.messages, []);
  },
};

/** What a launcher must be able to do for a promise to mean something. */
const NEEDS: Readonly<Record<string, 'deadly' | 'unable'>> = {
  'a result is heard although its worker dies right after': 'deadly',
  'a worker that cannot be started is told of': 'unable',
};

/** Tests a launcher: each promise on a fresh one. */
export function testLauncher(name: string, create: () => Promise<LauncherSubject>): void {
  for (const [promise, check] of Object.entries(CHECKS)) {
    test(`${name}: ${promise}`, async (context) => {
      const subject = await create();
      try {
        const need = NEEDS[promise];
        if (need !== undefined && subject[need] === undefined) context.skip(`these workers have no ${need} one`);
        else await check(subject);
      } finally {
        await subject.close();
      }
    });
  }
}
