import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdTable } from '#src/base/id-table.js';

test('A value is found under its number until it is taken out', () => {
  const table = new IdTable<{ readonly id: number }>();
  for (let id = 1; id <= 1000; id += 1) table.add(id, { id });
  assert.equal(table.size, 1000);
  for (let id = 1; id <= 1000; id += 1) assert.equal(table.get(id)?.id, id);
  for (let id = 1; id <= 1000; id += 3) table.delete(id);
  assert.equal(table.size, 666);
  for (let id = 1; id <= 1000; id += 1) assert.equal(table.has(id), id % 3 !== 1, `number ${id}`);
});

test('A number that has no value is not there, and can be taken out without harm', () => {
  const table = new IdTable<object>();
  assert.deepEqual([table.get(7), table.has(0), table.size], [undefined, false, 0]);
  table.delete(7);
  table.add(70, {});
  table.delete(7);
  table.delete(71);
  assert.deepEqual([table.size, table.has(70)], [1, true]);
  table.delete(70);
  table.delete(70);
  assert.equal(table.size, 0);
});

test('Values and numbers are listed in ascending order', () => {
  const table = new IdTable<{ readonly id: number }>();
  for (let id = 60; id < 200; id += 1) table.add(id, { id });
  for (let id = 60; id < 190; id += 1) if (id % 50 !== 0) table.delete(id);
  assert.deepEqual(
    [...table.entries()].map(([number, { id }]) => [number, id]),
    [100, 150, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199].map((id) => [id, id]),
  );
  assert.equal([...table.values()].length, table.size);
});

test('A table that was emptied is used again, also far away', () => {
  const table = new IdTable<{ readonly id: number }>();
  for (const id of [1, 2, 63, 64, 5000, 2 ** 33, 2 ** 33 + 1]) {
    table.add(id, { id });
    assert.deepEqual([...table.entries()], [[id, { id }]]);
    table.delete(id);
    assert.deepEqual([...table.entries()], []);
  }
});
