import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeExit, type ExitReason } from '#src/base/exit-reason.js';

describe('describeExit', () => {
  const sentences: readonly (readonly [ExitReason, string])[] = [
    [{ kind: 'exited', code: 0 }, 'worker exited with code 0'],
    [{ kind: 'signaled', signal: 'SIGSEGV' }, 'worker was terminated by signal SIGSEGV'],
    [{ kind: 'left' }, 'worker left when asked'],
    [{ kind: 'killed', cause: 'timeout' }, 'worker was killed because its task passed its timeoutMs'],
    [{ kind: 'killed', cause: 'cancel' }, 'worker was killed because its task was aborted'],
    [{ kind: 'killed', cause: 'shutdown' }, 'worker was killed by shutdown()'],
    [{ kind: 'killed', cause: 'broken' }, 'worker was killed because the pool broke'],
    [
      { kind: 'killed', cause: 'startup-timeout' },
      'worker was killed because it was not ready within startupTimeoutMs',
    ],
    [{ kind: 'killed', cause: 'leave-timeout' }, 'worker was killed because it did not leave when asked'],
    [
      { kind: 'killed', cause: 'unresponsive' },
      'worker was killed because it did not begin the task that it was given',
    ],
    [{ kind: 'spawn-failed', message: 'ENOENT' }, 'worker could not be started: ENOENT'],
    [{ kind: 'start-failed', message: 'boom' }, 'worker failed while starting: boom'],
    [{ kind: 'protocol-violation', message: 'noise' }, 'worker broke the protocol and was killed: noise'],
    [{ kind: 'link-closed' }, 'worker closed its link to the host and was killed'],
  ];
  for (const [reason, sentence] of sentences) {
    it(`says: ${sentence}`, () => assert.equal(describeExit({ reason }), sentence));
  }

  it('says that it happened in the initializer, where it did', () => {
    const during = 'initializer';
    assert.equal(
      describeExit({ reason: { kind: 'exited', code: 3 }, during }),
      'worker exited with code 3 in its initializer',
    );
    assert.equal(
      describeExit({ reason: { kind: 'killed', cause: 'startup-timeout' }, during }),
      'worker was killed because its initializer did not finish within startupTimeoutMs',
    );
    assert.equal(
      describeExit({ reason: { kind: 'killed', cause: 'shutdown' }, during }),
      'worker was killed by shutdown()',
    );
  });

  it('names the process or the thread, where it is known', () => {
    assert.equal(describeExit({ reason: { kind: 'left' }, pid: 71 }), 'worker (pid 71) left when asked');
    assert.equal(describeExit({ reason: { kind: 'left' }, threadId: 0 }), 'worker (thread 0) left when asked');
  });
});
