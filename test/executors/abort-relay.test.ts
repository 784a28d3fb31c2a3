import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { AbortRelay } from '#src/executors/abort-relay.js';

const recorder = (told: unknown[], name: string) => ({ abort: (reason: unknown) => told.push([name, reason]) });

test('all tasks of a signal are told, through one listener', () => {
  const relay = new AbortRelay();
  const controller = new AbortController();
  const told: unknown[] = [];
  for (const name of ['a', 'b', 'c']) relay.watch(controller.signal, recorder(told, name));
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
  controller.abort('why');
  assert.deepEqual(told, [
    ['a', 'why'],
    ['b', 'why'],
    ['c', 'why'],
  ]);
});

test('a task that is forgotten is not told, and the last one takes the listener with it', () => {
  const relay = new AbortRelay();
  const controller = new AbortController();
  const told: unknown[] = [];
  const [a, b] = [recorder(told, 'a'), recorder(told, 'b')];
  relay.watch(controller.signal, a);
  relay.watch(controller.signal, b);
  relay.forget(controller.signal, a);
  relay.forget(controller.signal, a);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
  relay.forget(controller.signal, b);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  assert.deepEqual(told, []);
});

test('tasks that forget each other while they are told are all told once', () => {
  const relay = new AbortRelay();
  const controller = new AbortController();
  const told: number[] = [];
  const tasks = [0, 1, 2].map((index) => ({
    abort() {
      told.push(index);
      for (const task of tasks) relay.forget(controller.signal, task);
    },
  }));
  for (const task of tasks) relay.watch(controller.signal, task);
  controller.abort();
  assert.deepEqual(told, [0, 1, 2]);
});
