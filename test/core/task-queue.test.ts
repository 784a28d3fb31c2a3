import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskState } from '#src/core/states.js';
import { type Queued, TaskQueue } from '#src/core/task-queue.js';

interface Item extends Queued {
  state: TaskState;
}

const make = (id: number, priority = 0): Item => ({ id, priority, level: 0, state: 'waiting' });

function takeAll(queue: TaskQueue<Item>): number[] {
  const ids: number[] = [];
  while (queue.size > 0) ids.push((queue.shift() as Item).id);
  return ids;
}

function forget(queue: TaskQueue<Item>, item: Item): void {
  item.state = 'settled';
  queue.forget();
}

test('the highest priority goes first, the first submitted within one', () => {
  const queue = new TaskQueue<Item>();
  for (const [id, priority] of [
    [1, 0],
    [2, 5],
    [3, 0],
    [4, -1],
    [5, 5],
  ] as const)
    queue.push(make(id, priority));
  assert.equal(queue.topPriority, 5);
  assert.deepEqual(takeAll(queue), [2, 5, 1, 3, 4]);
  assert.equal(queue.topPriority, undefined);
});

test('what was put back stands where its id belongs, in whatever order it came back', () => {
  const queue = new TaskQueue<Item>();
  const items = [1, 2, 3, 4, 5, 6].map((id) => make(id));
  for (const item of items) queue.push(item);
  const taken = items.slice(0, 4).map(() => queue.shift() as Item);
  for (const index of [2, 0, 3, 1]) queue.putBack(taken[index] as Item);
  assert.deepEqual(takeAll(queue), [1, 2, 3, 4, 5, 6]);
});

test('what stopped waiting is passed over', () => {
  const queue = new TaskQueue<Item>();
  const items = [make(1, 1), make(2), make(3), make(4)] as const;
  for (const item of items) queue.push(item);
  forget(queue, items[0]);
  forget(queue, items[2]);
  assert.equal(queue.size, 2);
  assert.equal(queue.topPriority, 0);
  assert.deepEqual(takeAll(queue), [2, 4]);
});

test('thousands that stopped waiting are thrown out, and the rest keeps its order', () => {
  const queue = new TaskQueue<Item>();
  queue.push(make(0));
  for (let id = 1; id <= 5_000; id += 1) {
    const item = make(id);
    queue.push(item);
    if (id % 1_000 !== 0) forget(queue, item);
  }
  assert.equal(queue.size, 6);
  assert.deepEqual(takeAll(queue), [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
});

test('a hundred thousand tasks, each of the next priority, are no burden once they are gone', () => {
  const queue = new TaskQueue<Item>();
  for (let id = 1; id <= 100_000; id += 1) {
    queue.push(make(id, id));
    assert.equal(queue.shift()?.id, id);
  }
  assert.equal(queue.size, 0);
});
