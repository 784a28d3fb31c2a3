import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termsOf } from '#src/executors/call-terms.js';

test('Without options nothing limits a call, and news of its start may wait', () => {
  const { timeoutMs, graceMs, retries, priority, startNews, retryOn, packing } = termsOf({}, 'call');
  assert.deepEqual([timeoutMs, graceMs, retries, priority, startNews, retryOn], [null, 0, 0, 0, 'may-wait', undefined]);
  assert.deepEqual(packing, { transfer: undefined, keeps: false });
});

test('What needs to know when a task begins hears of it at once', () => {
  const { signal } = new AbortController();
  const needing = [{ signal }, { timeoutMs: 5 }, { timeoutMs: Infinity }, { transfer: [] }];
  assert.deepEqual(
    needing.map((options) => termsOf(options, 'call').startNews),
    needing.map(() => 'needed'),
  );
});

test('No limit of time is one, however it is written', () => {
  assert.deepEqual(
    [5, Infinity, undefined].map((timeoutMs) => termsOf({ timeoutMs }, 'call').timeoutMs),
    [5, null, null],
  );
});

test('What is transferred is kept for another try, and left alone when the call will be refused', () => {
  const buffer = new ArrayBuffer(8);
  const { packing, packingRefused } = termsOf({ transfer: [buffer], retries: 2 }, 'call');
  assert.deepEqual(packing, { transfer: [buffer], keeps: true });
  assert.deepEqual(packingRefused, { transfer: undefined, keeps: true });
});
