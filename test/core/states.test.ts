import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  POOL_TRANSITIONS,
  TASK_TRANSITIONS,
  type TransitionTable,
  transition,
  WORKER_TRANSITIONS,
} from '#src/core/states.js';

const TABLES: Record<string, { table: TransitionTable<string, string>; ends: string[] }> = {
  task: { table: TASK_TRANSITIONS, ends: ['settled'] },
  worker: { table: WORKER_TRANSITIONS, ends: ['gone'] },
  pool: { table: POOL_TRANSITIONS, ends: ['broken', 'closed'] },
};

for (const [name, { table, ends }] of Object.entries(TABLES)) {
  test(`every state of a ${name} can be reached, and leads to its end`, () => {
    const [first] = Object.keys(table) as [string];
    const reached = new Set([first]);
    for (const state of reached) for (const next of Object.values(table[state] ?? {})) reached.add(next as string);
    assert.deepEqual([...reached].sort(), Object.keys(table).sort());
    const final = Object.keys(table).filter((state) => Object.keys(table[state] ?? {}).length === 0);
    assert.deepEqual(final.sort(), ends);
  });

  test(`a step that the table of a ${name} does not have throws and names both`, () => {
    const steps = new Set(Object.values(table).flatMap((row) => Object.keys(row)));
    for (const state of Object.keys(table)) {
      for (const step of steps) {
        const next = table[state]?.[step];
        if (next !== undefined) assert.equal(transition(table, state, step), next);
        else assert.throws(() => transition(table, state, step), new RegExp(`Illegal step: ${step} in state ${state}`));
      }
    }
  });
}
