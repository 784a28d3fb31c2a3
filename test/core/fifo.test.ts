import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fifo } from '#src/core/fifo.js';

test('items leave in the order in which they came, however many', () => {
  const fifo = new Fifo<number>();
  let next = 0;
  for (let item = 0; item < 10_000; item += 1) {
    fifo.push(item);
    if (item % 3 !== 0) assert.equal(fifo.shift(), next++);
  }
  assert.equal(fifo.size, 10_000 - next);
  while (fifo.size > 0) assert.equal(fifo.shift(), next++);
  assert.equal(next, 10_000);
  assert.equal(fifo.shift(), undefined);
});

test('the first item can be looked at without taking it', () => {
  const fifo = new Fifo<string>();
  assert.equal(fifo.peek(), undefined);
  fifo.push('a');
  assert.equal(fifo.peek(), 'a');
  assert.equal(fifo.size, 1);
});

test('what does not pass a filter is gone, the rest keeps its order', () => {
  const fifo = new Fifo<number>();
  for (const item of [1, 2, 3, 4, 5]) fifo.push(item);
  fifo.shift();
  fifo.filter((item) => item % 2 === 1);
  assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift()], [3, 5, undefined]);
});
