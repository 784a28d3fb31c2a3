import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import * as errors from '#src/base/errors.js';

const codes = {
  TardigradeError: 'ERR_TARDIGRADE',
  BrokenExecutorError: 'ERR_TARDIGRADE_BROKEN_EXECUTOR',
  InitializerError: 'ERR_TARDIGRADE_INITIALIZER',
  ShutdownExecutorError: 'ERR_TARDIGRADE_SHUTDOWN_EXECUTOR',
  CancelledError: 'ERR_TARDIGRADE_CANCELLED',
  TimeoutError: 'ERR_TARDIGRADE_TIMEOUT',
  RecursionDepthError: 'ERR_TARDIGRADE_RECURSION_DEPTH',
  QueueFullError: 'ERR_TARDIGRADE_QUEUE_FULL',
} as const;

type Constructor = new (message: string, options?: ErrorOptions) => errors.TardigradeError;

const classes: Readonly<Record<string, unknown>> = { ...errors };

describe('the errors', () => {
  for (const [name, code] of Object.entries(codes)) {
    it(`${name} has its code, its name, its cause, and prints without noise`, () => {
      const Class = classes[name] as Constructor;
      const cause = new Error('why');
      const error = new Class('what', { cause });
      assert.ok(error instanceof errors.TardigradeError);
      assert.equal(error.code, code);
      assert.equal(error.cause, cause);
      assert.equal(error.name, name === 'CancelledError' ? 'AbortError' : name);
      assert.equal(Object.keys(error).includes('name'), false);
      assert.match(inspect(error), /what/);
    });
  }

  it('a lost task is told with its worker, how it ended, and what it last said', () => {
    const exit = {
      reason: { kind: 'exited', code: 7 },
      pid: 71,
      exitCode: 7,
      stderr: 'one\ntwo\n',
      rssBytes: 5,
    } as const;
    const details = { taskId: 3, taskName: 'resize', attempt: 2, exit };
    const Class = errors.TerminatedWorkerError as unknown as new (from: typeof details) => errors.TerminatedWorkerError;
    const error = new Class(details);
    assert.equal(
      error.message,
      'task 3 (resize) was lost: worker (pid 71) exited with code 7\nlast lines of its stderr:\n    one\n    two',
    );
    assert.ok(error instanceof errors.BrokenExecutorError);
    const { taskId, taskName, attempt, pid, threadId, exitCode, signal, stderr, rssBytes } = error;
    const facts = { taskId, taskName, attempt, pid, threadId, exitCode, signal, stderr, rssBytes };
    const told = { taskId: 3, taskName: 'resize', attempt: 2, pid: 71, threadId: undefined, exitCode: 7, signal: null };
    assert.deepEqual(facts, { ...told, stderr: 'one\ntwo', rssBytes: 5 });
  });

  it('what cannot travel is told with its path, its side and its direction', () => {
    const failure = {
      direction: 'argument',
      phase: 'writing',
      path: 'args[0].socket',
      reason: 'a socket stays',
    } as const;
    const Class = errors.SerializationError as unknown as new (from: typeof failure) => errors.SerializationError;
    const error = new Class(failure);
    assert.equal(error.message, 'args[0].socket cannot travel: a socket stays');
    assert.deepEqual([error.direction, error.phase, error.path], ['argument', 'writing', 'args[0].socket']);
    assert.equal('cause' in error, false);
    assert.equal('cause' in new Class({ ...failure, ...{ cause: undefined } }), true);
  });
});
