/** The contract of bad input at the call: a table of options of the wrong kind, each refused by its name. */

import assert from 'node:assert/strict';
import type { Executor, MapOptions, ShutdownOptions, TaskOptions } from 'tardigrade';
import { contractTest, type Subject } from './contract.js';

/** For each option: values that are refused, and as what. */
type Table = Readonly<Record<string, readonly (readonly [unknown, 'TypeError' | 'RangeError'])[]>>;

const duration = [
  ['1', 'TypeError'],
  [null, 'TypeError'],
  [-1, 'RangeError'],
  [Number.NaN, 'RangeError'],
] as const;
const positive = [
  ['a', 'TypeError'],
  [1.5, 'RangeError'],
  [0, 'RangeError'],
  [-1, 'RangeError'],
] as const;

const TASK: Table = {
  signal: [
    [{}, 'TypeError'],
    ['abort', 'TypeError'],
  ],
  timeoutMs: duration,
  graceMs: duration,
  retries: [
    ['1', 'TypeError'],
    [-1, 'RangeError'],
    [0.5, 'RangeError'],
  ],
  retryOn: [[7, 'TypeError']],
  priority: [
    ['high', 'TypeError'],
    [1.5, 'RangeError'],
  ],
  name: [[1, 'TypeError']],
};

/** `bufferSize` and `chunkSize` are also faults 153 and 108. */
const MAP: Table = {
  bufferSize: positive,
  chunkSize: [
    ['a', 'RangeError'],
    [true, 'TypeError'],
    [-1, 'RangeError'],
    [0, 'RangeError'],
    [1.5, 'RangeError'],
  ],
  ordered: [['yes', 'TypeError']],
  signal: [[{}, 'TypeError']],
  timeoutMs: duration,
};

const SHUTDOWN: Table = {
  cancelPending: [[1, 'TypeError']],
  killWorkers: [['yes', 'TypeError']],
  timeoutMs: duration,
};

function* rows(table: Table): Generator<{ options: object; option: string; value: unknown; error: string }> {
  for (const [option, cases] of Object.entries(table)) {
    for (const [value, error] of cases) yield { options: { [option]: value }, option, value, error };
  }
}

function assertRefused(call: () => unknown, option: string, error: string): void {
  assert.throws(call, (thrown: unknown) => {
    assert.ok(thrown instanceof Error);
    assert.deepEqual([thrown.name, (thrown as { code?: unknown }).code], [error, 'ERR_TARDIGRADE_INVALID_OPTION']);
    assert.match(thrown.message, new RegExp(`^options\\.${option} `));
    return true;
  });
}

/** Calls with each bad option; every one must throw at the call, and the pool works afterwards. */
export function testBadOptions(subject: Subject): void {
  const calls: Readonly<Record<string, readonly [Table, (pool: Executor, options: object) => unknown]>> = {
    withOptions: [TASK, (pool, options) => pool.withOptions(options as TaskOptions)],
    'map (faults 153)': [MAP, (pool, options) => pool.map((n: number) => n, [1], options as MapOptions)],
    shutdown: [SHUTDOWN, (pool, options) => pool.shutdown(options as ShutdownOptions)],
  };
  for (const [what, [table, call]] of Object.entries(calls)) {
    contractTest(subject, `bad options of ${what} fail at the call with the option's name`, async () => {
      const pool = subject.shared();
      for (const { options, option, error } of rows(table)) assertRefused(() => call(pool, options), option, error);
      assertRefused(() => call(pool, { colour: 'red' }), 'colour', 'TypeError');
      for (const options of [null, 1, 'options', []]) assert.throws(() => call(pool, options as object), TypeError);
      assert.equal(await pool.submit(() => 'works'), 'works');
    });
  }

  contractTest(subject, 'map without a function or without an iterable is a TypeError at the call', () => {
    const map = subject.shared().map.bind(subject.shared()) as (...args: unknown[]) => unknown;
    assert.throws(() => map(1, [1]), { name: 'TypeError', message: /^fn must be a function/ });
    for (const items of [undefined, null, 1, {}]) {
      assert.throws(() => map(() => {}, items), { name: 'TypeError', message: /^items must be/ });
    }
  });
}
