import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCrashReport } from '#src/base/crash-report.js';

const aborted = { kind: 'signaled', signal: 'SIGABRT' } as const;

test('what was not printed is absent', () => {
  assert.deepEqual(readCrashReport({ reason: aborted }), { stderr: '' });
  assert.deepEqual(readCrashReport({ reason: aborted, stderr: 'oh\n', rssBytes: 7 }), { stderr: 'oh', rssBytes: 7 });
});

test('the two stacks that Node prints when it aborts are told apart', () => {
  const stderr = `hello
----- Native stack trace -----

 1: 0xd3a3c0  [node]
 2: 0xf50bdf v8::internal::FunctionCallbackArguments::Call(v8::internal::CallHandlerInfo) [node]

----- JavaScript stack trace -----

1: inner (file:///tmp/ab.mjs:1:27)
2: file:///tmp/ab.mjs:3:1

`;
  const { nativeStack, javascriptStack } = readCrashReport({ reason: aborted, stderr });
  assert.deepEqual(nativeStack?.split('\n').length, 2);
  assert.match(nativeStack ?? '', /^1: 0xd3a3c0 {2}\[node\]\n2: 0xf50bdf v8/);
  assert.equal(javascriptStack, '1: inner (file:///tmp/ab.mjs:1:27)\n2: file:///tmp/ab.mjs:3:1');
});

test('the heap after the last collection is read where V8 says why it gave up', () => {
  const stderr = `
<--- Last few GCs --->

[6630:0x4177d000]       72 ms: Scavenge 18.6 (27.5) -> 18.4 (51.5) MB, pooled: 0 MB, 16.59 / 0.00 ms
[6630:0x4177d000]      114 ms: Mark-Compact (reduce) 34.4 (51.5) -> 34.5 (67.3) MB, pooled: 0 MB, 20.42 / 0.00 ms
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0x931db0  [node]
`;
  const report = readCrashReport({ reason: aborted, stderr });
  assert.deepEqual([report.heapBytes, report.nativeStack], [34.5 * 2 ** 20, '1: 0x931db0  [node]']);
  assert.equal(report.javascriptStack, undefined);
});

test('the stack of the last error that nobody caught is read, but not that of the host', () => {
  const stderr =
    'Error: first\n    at a (x.js:1:1)\nTypeError: of two\nlines\n    at b (x.js:2:2)\n    at c (x.js:3:3)\n';
  assert.equal(
    readCrashReport({ reason: { kind: 'exited', code: 1 }, stderr }).javascriptStack,
    'at b (x.js:2:2)\nat c (x.js:3:3)',
  );
  assert.equal(readCrashReport({ reason: { kind: 'out-of-memory' }, stderr }).javascriptStack, undefined);
});
