import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Driver, type DriverClient } from '#src/core/driver.js';
import type { Command, Event } from '#src/core/events.js';
import type { HostMessage, WorkerListener } from '#src/core/ports.js';
import { VirtualClock } from '#src/testing/virtual-clock.js';

const CANCEL: Event = { kind: 'cancel-requested', task: 99 };
const PAYLOAD = {
  unit: { id: 1, bytes: new Uint8Array() },
  args: new Uint8Array(),
  shape: 'call',
  name: 'x',
  startNews: 'needed',
} as const;
const BYTES = Uint8Array.of(7);

/** A driver between a scripted scheduler and a launcher that writes everything down. */
class Stage {
  readonly clock = new VirtualClock();
  readonly heard: Event[] = [];
  readonly log: string[] = [];
  readonly listeners: WorkerListener[] = [];
  readonly driver: Driver;
  recallable: number[] = [];

  constructor(script: (event: Event) => Command[], client: Partial<DriverClient> = {}) {
    this.driver = new Driver({
      scheduler: {
        step: (event) => {
          this.heard.push(event);
          return script(event);
        },
      },
      clock: this.clock,
      launcher: {
        close: async () => {},
        launch: (listener) => {
          this.listeners.push(listener);
          const id = this.listeners.length;
          this.log.push(`launch ${id}`);
          return {
            pid: id,
            threadId: undefined,
            rssBytes: undefined,
            send: (message: HostMessage) => void this.log.push(`send ${message.kind} to ${id}`),
            recall: () => this.recallable,
            kill: (cause) => void this.log.push(`kill ${id}: ${cause}`),
          };
        },
      },
      client: {
        payloadOf: () => PAYLOAD,
        onStart: (task) => void this.log.push(`start ${task}`),
        onRequeue: (task) => void this.log.push(`requeue ${task}`),
        wantsRetry: () => false,
        onProgress: (task) => void this.log.push(`progress ${task}`),
        onSettle: (task, verdict, outcome) =>
          void this.log.push(`settle ${task}: ${verdict.kind}, ${outcome?.bytes[0] ?? 'no bytes'}`),
        onEnd: () => void this.log.push('end'),
        ...client,
      },
    });
  }
}

const on =
  (answers: Partial<Record<Event['kind'], Command[]>>) =>
  (event: Event): Command[] =>
    answers[event.kind] ?? [];

const SETTLE: Command = { kind: 'settle', task: 1, verdict: { kind: 'finished', failed: false } };

test('commands are carried out in their order, announcements follow when all is at rest', () => {
  const stage = new Stage(
    on({
      'cancel-requested': [
        { kind: 'announce-start', task: 1, worker: 1, attempt: 1 },
        { kind: 'spawn', worker: 1 },
        { kind: 'run', worker: 1, task: 1, attempt: 1 },
        { kind: 'abort', worker: 1, task: 1, cause: 'cancel' },
        { kind: 'ask-to-leave', worker: 1 },
        { kind: 'kill', worker: 1, cause: 'timeout' },
        { kind: 'announce-requeue', task: 1 },
        { kind: 'announce-end' },
      ],
    }),
  );
  stage.driver.dispatch(CANCEL);
  const acts = ['launch 1', 'send run to 1', 'send abort to 1', 'send leave to 1', 'kill 1: timeout'];
  assert.deepEqual(stage.log, [...acts, 'start 1', 'requeue 1', 'end']);
});

test('a recall is answered before anything else is heard', () => {
  const stage = new Stage((event) => {
    if (event.kind === 'cancel-requested') {
      return [
        { kind: 'spawn', worker: 1 },
        { kind: 'recall', worker: 1 },
        { kind: 'kill', worker: 1, cause: 'cancel' },
      ];
    }
    return [];
  });
  stage.recallable = [3, 4];
  stage.driver.dispatch(CANCEL);
  assert.deepEqual(stage.heard.at(-1), { kind: 'recalled', worker: 1, tasks: [3, 4] });
  assert.deepEqual(stage.log, ['launch 1', 'kill 1: cancel']);
});

test('a recall of a worker that is gone brings nothing back', () => {
  const stage = new Stage(on({ 'cancel-requested': [{ kind: 'recall', worker: 5 }] }));
  stage.driver.dispatch(CANCEL);
  assert.deepEqual(stage.heard.at(-1), { kind: 'recalled', worker: 5, tasks: [] });
});

test('what a worker says becomes an event, and its result goes with the verdict', () => {
  const stage = new Stage(on({ 'cancel-requested': [{ kind: 'spawn', worker: 1 }], 'task-finished': [SETTLE] }));
  stage.driver.dispatch(CANCEL);
  const listener = stage.listeners[0] as WorkerListener;
  listener.onMessage({ kind: 'ready' });
  listener.onMessage({ kind: 'started', task: 1 });
  listener.onMessage({ kind: 'progress', task: 1, bytes: BYTES });
  listener.onMessage({ kind: 'finished', task: 1, failed: false, durationUs: 5, bytes: BYTES });
  listener.onMessage({ kind: 'skipped', task: 2 });
  listener.onMessage({ kind: 'spent' });
  listener.onExit({ reason: { kind: 'left' } });
  const kinds = ['worker-ready', 'task-started', 'task-finished', 'task-skipped', 'worker-spent', 'worker-exited'];
  assert.deepEqual(
    stage.heard.slice(1).map(({ kind }) => kind),
    kinds,
  );
  assert.deepEqual(stage.log, ['launch 1', 'progress 1', 'settle 1: finished, 7']);
  assert.equal(stage.driver.handleOf(1), undefined);
});

test('a result that the scheduler drops is not kept for a later verdict', () => {
  const stage = new Stage(
    on({ 'cancel-requested': [{ kind: 'spawn', worker: 1 }], 'task-skipped': [SETTLE], 'task-finished': [] }),
  );
  stage.driver.dispatch(CANCEL);
  const listener = stage.listeners[0] as WorkerListener;
  listener.onMessage({ kind: 'finished', task: 1, failed: false, durationUs: 5, bytes: BYTES });
  listener.onMessage({ kind: 'skipped', task: 1 });
  assert.equal(stage.log.at(-1), 'settle 1: finished, no bytes');
});

test('a callback that dispatches is obeyed at once, and hears what came before its own news first', () => {
  const log: string[] = [];
  const stage = new Stage(
    (event) => {
      if (event.kind === 'cancel-requested') {
        return [
          { kind: 'announce-start', task: 1, worker: 1, attempt: 1 },
          { kind: 'announce-start', task: 2, worker: 1, attempt: 1 },
        ];
      }
      return [{ kind: 'announce-requeue', task: 3 }];
    },
    {
      onStart: (task) => {
        log.push(`start ${task}`);
        if (task !== 1) return;
        stage.driver.dispatch({ kind: 'resized', maxWorkers: 2 });
        log.push('dispatched');
      },
      onRequeue: (task) => void log.push(`requeue ${task}`),
    },
  );
  stage.driver.dispatch(CANCEL);
  assert.deepEqual(log, ['start 1', 'start 2', 'requeue 3', 'dispatched']);
});

test('a callback that throws loses no announcement', () => {
  const stage = new Stage(
    on({
      'cancel-requested': [
        { kind: 'announce-requeue', task: 1 },
        { kind: 'announce-start', task: 2, worker: 1, attempt: 1 },
      ],
    }),
    {
      onRequeue: () => {
        throw new Error('on purpose');
      },
    },
  );
  assert.throws(() => stage.driver.dispatch(CANCEL), /on purpose/);
  stage.driver.dispatch({ kind: 'resized', maxWorkers: 1 });
  assert.deepEqual(stage.log, ['start 2']);
});

test('a timer comes back as an event, once, unless it was stopped; starting it again replaces it', () => {
  const stage = new Stage((event) => {
    if (event.kind === 'cancel-requested') {
      return [
        { kind: 'start-timer', timer: 'idle:1', delayMs: 5 },
        { kind: 'start-timer', timer: 'idle:1', delayMs: 9 },
        { kind: 'start-timer', timer: 'idle:2', delayMs: 7 },
        { kind: 'stop-timer', timer: 'idle:2' },
        { kind: 'stop-timer', timer: 'idle:3' },
      ];
    }
    return [];
  });
  stage.driver.dispatch(CANCEL);
  assert.equal(stage.clock.runningTimers, 1);
  while (stage.clock.advance());
  assert.equal(stage.clock.nowMs(), 9);
  assert.deepEqual(stage.heard.slice(1), [{ kind: 'timer-fired', timer: 'idle:1' }]);
});

test('a hundred thousand announcements are delivered without a pause', () => {
  const many = Array.from({ length: 100_000 }, (_, task): Command => ({ kind: 'announce-requeue', task }));
  const stage = new Stage(on({ 'cancel-requested': many }));
  stage.driver.dispatch(CANCEL);
  assert.equal(stage.log.length, 100_000);
  assert.equal(stage.log.at(-1), 'requeue 99999');
});

test('its owner is asked about each result before the scheduler hears of it', () => {
  const asked: unknown[] = [];
  const stage = new Stage(on({ 'cancel-requested': [{ kind: 'spawn', worker: 1 }] }), {
    wantsRetry: (task, { failed }) => {
      asked.push([task, failed, stage.heard.length]);
      return failed;
    },
  });
  stage.driver.dispatch(CANCEL);
  const listener = stage.listeners[0] as WorkerListener;
  listener.onMessage({ kind: 'finished', task: 1, failed: true, durationUs: 5, bytes: BYTES });
  assert.deepEqual(asked, [[1, true, 1]]);
  assert.deepEqual(stage.heard[1], {
    kind: 'task-finished',
    worker: 1,
    task: 1,
    failed: true,
    wantsRetry: true,
    durationUs: 5,
  });
});
