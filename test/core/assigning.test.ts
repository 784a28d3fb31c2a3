import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialogue } from './dialogue.js';

test('a worker is started for each task that waits, up to maxWorkers', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  assert.deepEqual(talk.submit(), ['spawn 1', 'timer startup:1 1000']);
  assert.deepEqual(talk.submit(), ['spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.submit(), []);
  assert.deepEqual(talk.ready(2), ['stop startup:2', 'timer watch 500', 'run 1 on 2']);
});

test('an idle worker goes before a new one, the last used first', () => {
  const talk = new Dialogue({ maxWorkers: 3 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  for (const worker of [2, 1]) {
    talk.started(worker, worker);
    talk.finished(worker, worker);
  }
  assert.deepEqual(talk.submit(), ['run 3 on 1']);
  assert.deepEqual(talk.submit(), ['run 4 on 2']);
});

test('nothing is held behind a task before it is known how long tasks take', () => {
  const talk = new Dialogue();
  talk.submit();
  talk.ready(1);
  assert.deepEqual(talk.submit(), []);
  talk.started(1, 1);
  assert.deepEqual(talk.finished(1, 1), ['settle 1: finished', 'run 2 on 1']);
});

test('short tasks are held behind the running one, long ones are not', () => {
  const quick = new Dialogue();
  quick.warmUp();
  assert.deepEqual(quick.submit(), ['run 3 on 1']);
  const slow = new Dialogue();
  slow.submit();
  slow.ready(1);
  slow.started(1, 1);
  slow.finished(1, 1, 5_000);
  slow.submit();
  assert.deepEqual(slow.submit(), []);
});

test('one long task among many short ones does not keep workers from holding short ones', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  talk.finished(1, 2, 50_000);
  talk.started(1, 3);
  assert.deepEqual(talk.submit(), ['run 4 on 1']);
});

test('after a few long tasks nothing is held, and after a few short ones it is again', () => {
  const talk = new Dialogue();
  talk.warmUp();
  for (const task of [3, 4, 5, 6, 7]) {
    talk.submit();
    talk.finished(1, task - 1, 50_000);
    talk.started(1, task);
  }
  assert.deepEqual(talk.submit(), []);
  for (const task of [8, 9, 10, 11, 12, 13]) {
    talk.finished(1, task - 1, 1);
    talk.started(1, task);
    if (task < 13) talk.submit();
  }
  assert.deepEqual(talk.submit(), ['run 14 on 1']);
});

test('a worker from which nothing can be taken back holds nothing behind the running task', () => {
  const talk = new Dialogue();
  talk.submit();
  talk.say({ kind: 'worker-ready', worker: 1, room: 'one-task' });
  talk.started(1, 1);
  talk.finished(1, 1);
  talk.submit();
  talk.started(1, 2);
  assert.deepEqual(talk.submit(), []);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished', 'run 3 on 1']);
});

test('no more is held than the limits allow: tasks, bytes, and the tasks that a worker may still have', () => {
  const talk = new Dialogue();
  talk.warmUp();
  const answers = [talk.submit(), talk.submit(), talk.submit(), talk.submit()];
  assert.deepEqual(answers, [['run 3 on 1'], ['run 4 on 1'], [], []]);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished', 'run 5 on 1', 'run 6 on 1']);

  const large = new Dialogue();
  large.warmUp({ bytes: 2_000 });
  assert.deepEqual(large.submit(), []);

  const bounded = new Dialogue({ maxTasksPerWorker: 3 });
  bounded.warmUp();
  assert.deepEqual(bounded.submit(), ['run 3 on 1']);
  assert.deepEqual(bounded.submit(), []);
});

test('a worker with nothing to do gets what another one holds', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.warmUp();
  assert.deepEqual(talk.submit(), ['spawn 2', 'timer startup:2 1000', 'run 3 on 1']);
  assert.deepEqual(talk.ready(2), ['stop startup:2', 'recall 1']);
  assert.deepEqual(talk.recalled(1, 3), ['run 3 on 2']);
});

test('a recall that brought nothing back is not repeated', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.warmUp();
  talk.submit();
  talk.ready(2);
  assert.deepEqual(talk.recalled(1), []);
  assert.deepEqual(talk.submit(), ['run 4 on 2']);
  talk.started(2, 4);
  assert.deepEqual(talk.finished(2, 4), ['settle 4: finished']);
});

test('held tasks make the pool grow when it may', () => {
  const talk = new Dialogue();
  talk.warmUp();
  talk.submit();
  talk.submit();
  assert.deepEqual(talk.say({ kind: 'resized', maxWorkers: 4 }), [
    'spawn 2',
    'timer startup:2 1000',
    'spawn 3',
    'timer startup:3 1000',
  ]);
});

test('a higher priority takes the place of held lower ones', () => {
  const talk = new Dialogue({ prefetch: { budgetUs: 1_000, maxTasks: 2, maxBytes: 1_000 } });
  talk.warmUp();
  talk.submit();
  assert.deepEqual(talk.submit({ priority: 1 }), ['recall 1']);
  assert.deepEqual(talk.recalled(1, 3), ['run 4 on 1']);
});

test('tasks behind a long one are taken back when the others have finished a round without it', () => {
  const talk = new Dialogue({ maxWorkers: 2, prefetch: { budgetUs: 100, maxTasks: 2, maxBytes: 10_000 } });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.ready(2);
  talk.started(1, 1);
  talk.started(2, 2);
  talk.finished(2, 2);
  // From here on, worker 1 says nothing any more.
  assert.deepEqual(talk.submit(), ['run 3 on 2']);
  talk.submit();
  for (let task = 5; task <= 20; task += 1) talk.submit();
  const holds = [...talk.model.workers.values()].map(({ tasks }) => tasks.map(({ id }) => id));
  assert.deepEqual(holds, [
    [1, 4],
    [3, 5],
  ]);
  const answers: string[] = [];
  for (let task = 3; answers.length === 0; task = task === 3 ? 5 : task + 1) {
    talk.started(2, task);
    answers.push(...talk.finished(2, task).filter((line) => line.startsWith('recall')));
  }
  assert.deepEqual(answers, ['recall 1']);
  assert.ok(talk.recalled(1, 4).includes('run 4 on 2'));
});

test('nothing is handed out while a recall is unanswered', () => {
  const talk = new Dialogue({ maxWorkers: 2 });
  talk.warmUp();
  talk.submit();
  talk.ready(2);
  assert.deepEqual(talk.submit(), []);
  assert.deepEqual(talk.recalled(1, 3), ['run 3 on 2', 'run 4 on 1']);
});

test('the successor of a spent worker starts at once, and runs nothing before that one is done', () => {
  const talk = new Dialogue({ prefetch: { budgetUs: 0, maxTasks: 1, maxBytes: 1 } });
  talk.warmUp();
  assert.deepEqual(talk.submit(), []);
  assert.deepEqual(talk.say({ kind: 'worker-spent', worker: 1 }), ['spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.ready(2), ['stop startup:2']);
  assert.equal(talk.scheduler.wouldWait, true);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished', 'ask-to-leave 1', 'timer leave:1 100', 'run 3 on 2']);
});

test('the successor of a worker that begins its last task starts even if no task waits, once', () => {
  const talk = new Dialogue({ maxTasksPerWorker: 2 });
  talk.submit();
  talk.ready(1);
  assert.deepEqual(talk.started(1, 1), ['start 1, attempt 1']);
  talk.finished(1, 1);
  talk.submit();
  assert.deepEqual(talk.started(1, 2), ['start 2, attempt 1', 'spawn 2', 'timer startup:2 1000']);
  assert.deepEqual(talk.ready(2), ['stop startup:2']);
  assert.deepEqual(talk.finished(1, 2), ['settle 2: finished', 'ask-to-leave 1', 'timer leave:1 100']);
  assert.deepEqual(talk.submit(), ['run 3 on 2']);
});

test('a spent worker that must be killed keeps its seat until it is gone', () => {
  const talk = new Dialogue({ maxTasksPerWorker: 1 });
  talk.submit({ timeoutMs: 50 });
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  talk.ready(2);
  assert.deepEqual(talk.fired('timeout:1').slice(-2), ['settle 1: timed-out', 'kill 1: timeout']);
  assert.deepEqual(talk.exited(1, { reason: { kind: 'killed', cause: 'timeout' } }), ['run 2 on 2']);
});

test('a successor that waits for its seat does not leave for having nothing to do', () => {
  const talk = new Dialogue({ maxTasksPerWorker: 1, idleTimeoutMs: 5 });
  talk.submit();
  talk.submit();
  talk.ready(1);
  talk.started(1, 1);
  talk.ready(2);
  assert.deepEqual(talk.fired('idle:2'), []);
  assert.ok(talk.finished(1, 1).includes('run 2 on 2'));
});

test('a smaller pool gives up workers that are starting, and lets busy ones finish', () => {
  const talk = new Dialogue({ maxWorkers: 3 });
  for (const task of [1, 2, 3]) talk.submit({ task });
  for (const worker of [1, 2]) talk.ready(worker);
  talk.started(1, 1);
  talk.started(2, 2);
  talk.finished(2, 2);
  assert.deepEqual(talk.say({ kind: 'resized', maxWorkers: 1 }), ['stop startup:3', 'kill 3: shutdown']);
  assert.deepEqual(talk.finished(1, 1), ['settle 1: finished', 'ask-to-leave 1', 'timer leave:1 100']);
  assert.equal(talk.scheduler.viewWorkers().find(({ id }) => id === 2)?.state, 'busy');
});

test('minWorkers are there from the first event on', () => {
  const talk = new Dialogue({ maxWorkers: 4, minWorkers: 3 });
  const spawned = talk.submit().filter((line) => line.startsWith('spawn'));
  assert.deepEqual(spawned, ['spawn 1', 'spawn 2', 'spawn 3']);
});
