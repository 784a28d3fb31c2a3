import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAST_TASK_NUMBER, TaskNumbers } from '#src/executors/task-numbers.js';

test('numbers ascend from 1, and begin anew behind the last that a frame takes, where they are free', () => {
  const free = (): boolean => false;
  const fresh = new TaskNumbers();
  assert.deepEqual([fresh.give(free), fresh.give(free)], [1, 2]);
  const old = new TaskNumbers(LAST_TASK_NUMBER - 1);
  const taken = new Set([1, 2, 4]);
  const isTaken = (number: number): boolean => taken.has(number);
  assert.deepEqual([old.give(isTaken), old.give(isTaken), old.give(isTaken)], [LAST_TASK_NUMBER, 3, 5]);
});
